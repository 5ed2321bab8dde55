import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Choice } from '../../../shared/dead-letters/claim.ts';
import { redrive } from '../../../shared/dead-letters/redrive.ts';
import { createSpread } from '../../../shared/dead-letters/spread.ts';
import type { ParkReason } from '../../../shared/domain/outcome.ts';
import { type SliceIdentity, unitsOf } from '../../../shared/domain/slice.ts';
import { jsonBody } from '../../../shared/http/body.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { describeFault } from '../../../shared/log/logger.ts';
import { SendFault } from '../../../shared/queue/lanes.ts';
import type { LedgerJob } from '../../../shared/store/ledger-entry.ts';
import { checkRedrive } from '../check-dead-letters.ts';
import type { RedriveAnswer, RedriveRequest } from '../contract/dead-letters.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Found, findByIds, idsBeyond, toSend, walkLedger } from '../ledger-jobs.ts';
import { cursorAt, progressOf } from '../redrive-cursor.ts';

/** API Gateway waits 29 s for an answer; the rest is for ending what is under way. */
const workMs = 20_000;
/** Slices dealt with at once: as many as SQS takes a call. */
const atOnce = 10;

/** `POST /v1/dead-letters/redrive` */
export async function postRedrive(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const request = checkRedrive(jsonBody(event), deps.catalog);
  return json(200, await redriveParked(request, deps, Date.now() + workMs));
}

/**
 * Sends what a request is about again, slice by slice, until all is sent, the deadline has passed,
 * or as many jobs as its rate lets start within SQS' longest delay.
 *
 * @param deadline epoch milliseconds
 * @throws Problem `unavailable` when nothing could be queued
 */
export async function redriveParked(
  request: RedriveRequest,
  deps: ApiDependencies,
  deadline: number,
): Promise<RedriveAnswer> {
  const { ids, dryRun } = request;
  const deal = dryRun === true ? countAll : sendAll;
  if (ids !== undefined) {
    const found = (await findByIds(ids, deps)).map((each) => toSend(each, request, deps));
    const skipped = idsBeyond(ids, found);
    const { answer, left, rest } = await deal(found, request, deps, deadline);
    return {
      ...answer,
      ...((left || rest !== undefined) && { more: true }),
      ...(skipped.length > 0 && { skipped }),
    };
  }
  const before = progressOf(request);
  const found = walkLedger(request, before.after, deps);
  const { answer, left, rest } = await deal(found, request, deps, deadline);
  const behind = before.left || left;
  if (rest === undefined) return { ...answer, ...(behind && { more: true }) };
  const cursor = cursorAt({ after: rest.after ?? before.after, left: behind });
  return { ...answer, more: true, ...(cursor !== undefined && { cursor }) };
}

type Founds = AsyncIterable<Found> | Iterable<Found>;

/** What a call came to. */
interface Dealt {
  readonly answer: RedriveAnswer;
  /** Whether something failed that is to be tried again. */
  readonly left: boolean;
  /** There is more behind this slice (undefined: none was dealt with); absent when all was done. */
  readonly rest: { readonly after: SliceIdentity | undefined } | undefined;
}

async function countAll(
  found: Founds,
  request: RedriveRequest,
  deps: ApiDependencies,
  deadline: number,
): Promise<Dealt> {
  const reasons: Partial<Record<ParkReason, number>> = {};
  // A provider may be called `constructor`.
  const byProvider = new Map<string, number>();
  let count = 0;
  let after: SliceIdentity | undefined;
  let rest: Dealt['rest'];
  for await (const each of found) {
    if (Date.now() > deadline) {
      rest = { after };
      break;
    }
    const { entry, jobs } = toSend(each, request, deps);
    after = entry;
    if (jobs.length === 0) continue;
    count += jobs.length;
    byProvider.set(entry.provider, (byProvider.get(entry.provider) ?? 0) + jobs.length);
    for (const { reason } of jobs) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const providers = Object.fromEntries(byProvider);
  return { answer: { dryRun: true, count, reasons, providers }, left: false, rest };
}

async function sendAll(
  found: Founds,
  request: RedriveRequest,
  deps: ApiDependencies,
  deadline: number,
): Promise<Dealt> {
  const spread = createSpread(request.rate);
  const failures: unknown[] = [];
  let count = 0;
  let after: SliceIdentity | undefined;
  let rest: Dealt['rest'];
  let choices: Choice[] = [];
  let chosen = 0;
  const send = async () => {
    const stores = { ledger: deps.ledger, slices: deps.slices, revocations: deps.revocations };
    const result = await redrive(choices, { stores, lanes: deps.lanes }, spread.take);
    count += result.sent.length;
    failures.push(...result.failures);
    choices = [];
    chosen = 0;
  };

  for await (const each of found) {
    // First of all: a long stretch of the ledger may have nothing that fits.
    if (Date.now() > deadline) {
      rest = { after };
      break;
    }
    const { entry, jobs } = toSend(each, request, deps);
    const own = fitting(jobs, spread.room() - chosen);
    if (own.length > 0) {
      choices.push(choiceOf(entry, new Set(own.map(({ index }) => index)), request));
      chosen += own.length;
    }
    if (own.length < jobs.length) {
      rest = { after };
      break;
    }
    after = entry;
    if (choices.length === atOnce) await send();
  }
  if (choices.length > 0) await send();

  deps.log('dead-letters.redriven', { count, failed: failures.length });
  for (const failure of failures) deps.log('dead-letters.unsent', describeFault(failure));
  if (count === 0 && failures.length > 0) throw problemOf(failures[0]);
  return { answer: { count }, left: failures.length > 0, rest };
}

/**
 * The first of a slice's jobs for which there is room. Both of a pair or neither: only a worker that
 * has both in one message revokes them in order. The lowest rate has room for more than a slice.
 */
function fitting(jobs: readonly LedgerJob[], room: number): LedgerJob[] {
  const own: LedgerJob[] = [];
  for (const unit of unitsOf(jobs)) {
    if (own.length + unit.length > room) break;
    own.push(...unit);
  }
  return own;
}

/** The ledger's listing lags behind a little, so the reason is asked again where it counts. */
const choiceOf = (
  place: Found['entry'],
  indexes: ReadonlySet<number>,
  { reason }: RedriveRequest,
): Choice => ({
  place,
  wanted: (job) => indexes.has(job.index) && (reason === undefined || job.reason === reason),
});

const problemOf = (failure: unknown): unknown =>
  failure instanceof SendFault
    ? new Problem(
        'unavailable',
        'Nothing could be queued. Repeat the request: what it had begun goes on then.',
        { headers: { 'retry-after': '5' } },
      )
    : failure;
