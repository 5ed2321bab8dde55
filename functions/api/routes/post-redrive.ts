import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Choice, redrive } from '../../../shared/dead-letters/redrive.ts';
import { createSpread } from '../../../shared/dead-letters/spread.ts';
import type { ParkReason } from '../../../shared/domain/outcome.ts';
import { jsonBody } from '../../../shared/http/body.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { describeFault } from '../../../shared/log/logger.ts';
import { SendFault } from '../../../shared/queue/lanes.ts';
import { checkRedrive } from '../check-dead-letters.ts';
import type { RedriveAnswer, RedriveRequest } from '../contract/dead-letters.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Found, findByIds, idsBeyond, toSend, walkLedger } from '../ledger-jobs.ts';

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
  const byId = ids && (await findByIds(ids, deps)).map((each) => toSend(each, request, deps));
  const skipped = ids && byId && idsBeyond(ids, byId);
  const found = byId ?? walkLedger(request, deps);
  const answer = await (dryRun === true ? countAll : sendAll)(found, request, deps, deadline);
  return { ...answer, ...(skipped !== undefined && skipped.length > 0 && { skipped }) };
}

type Founds = AsyncIterable<Found> | Iterable<Found>;

async function countAll(
  found: Founds,
  request: RedriveRequest,
  deps: ApiDependencies,
  deadline: number,
): Promise<RedriveAnswer> {
  const reasons: Partial<Record<ParkReason, number>> = {};
  const providers: Record<string, number> = {};
  let count = 0;
  let more = false;
  for await (const each of found) {
    more = Date.now() > deadline;
    if (more) break;
    const { entry, jobs } = toSend(each, request, deps);
    if (jobs.length === 0) continue;
    count += jobs.length;
    providers[entry.provider] = (providers[entry.provider] ?? 0) + jobs.length;
    for (const { reason } of jobs) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return { dryRun: true, count, reasons, providers, ...(more && { more }) };
}

async function sendAll(
  found: Founds,
  request: RedriveRequest,
  deps: ApiDependencies,
  deadline: number,
): Promise<RedriveAnswer> {
  const spread = createSpread(request.rate);
  const failures: unknown[] = [];
  let count = 0;
  let more = false;
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
      more = true;
      break;
    }
    const { entry, jobs } = toSend(each, request, deps);
    if (jobs.length === 0) continue;
    const room = Math.min(jobs.length, spread.room() - chosen);
    more ||= room < jobs.length;
    if (room <= 0) break;
    choices.push(choiceOf(entry, new Set(jobs.slice(0, room).map(({ index }) => index)), request));
    chosen += room;
    if (choices.length === atOnce) await send();
  }
  if (choices.length > 0) await send();

  deps.log('dead-letters.redriven', { count, failed: failures.length });
  for (const failure of failures) deps.log('dead-letters.unsent', describeFault(failure));
  if (count === 0 && failures.length > 0) throw problemOf(failures[0]);
  return { count, ...((more || failures.length > 0) && { more: true }) };
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
