import { epochSeconds, type JobRecord } from '../domain/outcome.ts';
import { isToReopen, reopened } from '../domain/redrive.ts';
import { idTime } from '../domain/revocation.ts';
import { type SliceMessage, sliceFormat } from '../domain/slice.ts';
import { type Lanes, SendFault } from '../queue/lanes.ts';
import { mergeCounts } from '../store/delivery-counts.ts';
import { type LedgerJob, stateOf } from '../store/ledger-entry.ts';
import type { SliceState } from '../store/slices.ts';
import { hasEnded, parkedJob, type Stores } from '../store/write-down.ts';
import { type Choice, type Claim, claim, claimedBy, handBack } from './claim.ts';
import { parkedRecord } from './parked-record.ts';
import { settleAll } from './settle-all.ts';

/** What a redrive works with. It holds no key: the sealed tokens go as they are. */
export interface RedriveDependencies {
  readonly stores: Stores;
  readonly lanes: Lanes;
}

/** A claim whose jobs are queued, as far as the table says. */
interface Reopened extends Claim {
  readonly records: ReadonlyMap<number, JobRecord>;
}

/** What became of choices. */
export interface Redriven {
  /** Jobs that were sent. */
  readonly sent: readonly { readonly provider: string; readonly job: LedgerJob }[];
  /** Why others were not; they stay in the ledger, and the next redrive goes on with them. */
  readonly failures: readonly unknown[];
}

/**
 * Sends parked jobs again, in an order that lets a crash at any point be mended by repeating:
 *
 *   ledger: "redriving" → slice item: queued, with fresh tries → progress: no longer parked →
 *   SQS → ledger: "queued"
 *
 * The first claims them, so that of two redrives at a time one sends each job. Whoever finds jobs
 * that have been "redriving" for minutes goes on where the slice item says that it was left; a
 * message that is then sent twice does nothing twice, since the worker reads that item first.
 *
 * @param delayOf seconds after which so many jobs more may start; called once a message
 */
export async function redrive(
  choices: readonly Choice[],
  { stores, lanes }: RedriveDependencies,
  delayOf: (jobs: number) => number = () => 0,
): Promise<Redriven> {
  const claims = await settleAll(choices.map((choice) => claim(choice, stores)));
  const claimed = claims.values.flat();
  const opened = await settleAll(claimed.map((each) => reopen(each, stores)));
  const left = new Set(opened.values.map(({ jobs }) => jobs));
  const { messages, unsent, failures } = await send(opened.values, lanes, delayOf);
  const sent = opened.values.filter((each) => !unsent.has(each));
  await handBack([...claimed.filter(({ jobs }) => !left.has(jobs)), ...unsent], stores);
  const confirmed = await settleAll(sent.map((each) => confirm(each, stores)));
  return {
    sent: sent.flatMap((each) => {
      const numbers = new Set(messages.get(each)?.jobs.map(({ index }) => index));
      return each.jobs
        .filter(({ index }) => numbers.has(index))
        .map((job) => ({ provider: each.entry.provider, job }));
    }),
    failures: [...claims.failures, ...opened.failures, ...failures, ...confirmed.failures],
  };
}

/** @returns the messages there were to send, and whose SQS has not said it took */
async function send(
  opened: readonly Reopened[],
  lanes: Lanes,
  delayOf: (jobs: number) => number,
): Promise<{
  readonly messages: ReadonlyMap<Reopened, SliceMessage>;
  readonly unsent: ReadonlySet<Reopened>;
  readonly failures: readonly unknown[];
}> {
  const messages = new Map<Reopened, SliceMessage>();
  const delays = new Map<SliceMessage, number>();
  for (const each of opened) {
    const message = messageOf(each);
    if (message === undefined) continue;
    messages.set(each, message);
    delays.set(message, delayOf(message.jobs.length));
  }
  try {
    await lanes.send([...messages.values()], (message) => delays.get(message) ?? 0);
    return { messages, unsent: new Set(), failures: [] };
  } catch (error) {
    const isUnsent = (message: SliceMessage) =>
      !(error instanceof SendFault) || error.unsent.has(message);
    const unsent = [...messages].flatMap(([each, message]) => (isUnsent(message) ? [each] : []));
    return { messages, unsent: new Set(unsent), failures: [error] };
  }
}

const isQueued = (record: JobRecord | undefined): boolean =>
  record !== undefined && record.outcome === undefined;

/** Writes on slice and part that a claim's jobs are queued, as far as that has not been done. */
async function reopen(claimed: Claim, { slices, revocations }: Stores): Promise<Reopened> {
  const { entry, redrives, jobs } = claimed;
  const { revocation, part } = entry;
  // Before the slice is read: what ends after that is not parked any more, so it is not taken back.
  const left = jobs.some((job) => stateOf(job) === 'redriving')
    ? await revocations.unopened(revocation, part, new Set(jobs.map(({ index }) => index)))
    : new Set<number>();
  const recordIn = (state: SliceState | undefined, job: LedgerJob) =>
    state?.records.get(job.index) ?? parkedRecord(job);
  let fresh: readonly LedgerJob[] = [];
  const state = await slices.amend(entry, (current) => {
    const now = epochSeconds();
    fresh = jobs.filter((job) => isToReopen(recordIn(current, job), redrives));
    if (fresh.length === 0) return undefined;
    const records = new Map([
      ...(current?.records ?? []),
      ...fresh.map((job): [number, JobRecord] => [
        job.index,
        reopened(recordIn(current, job), redrives, now),
      ]),
    ]);
    // Deliveries are counted by message, and this one has had none.
    return { ...mergeCounts(current, { redrives, receives: 0 }, records), records };
  });
  const records = state?.records ?? new Map<number, JobRecord>();
  const isLeft = ({ index }: LedgerJob) => left.has(index) && isQueued(records.get(index));
  const unopened = jobs.filter((job) => fresh.includes(job) || isLeft(job));
  if (unopened.length > 0) {
    await revocations.reopen(revocation, part, new Set(unopened.map(({ index }) => index)));
  }
  if (fresh.length < jobs.length) {
    // Somebody died over the others. They may have ended since, and been counted just before.
    const read = async () => (await slices.read(entry))?.records ?? new Map<number, JobRecord>();
    await revocations.progress(revocation, part, await read(), read);
  }
  return { ...claimed, records };
}

/** The slice's jobs that have not ended meanwhile; undefined when all have. */
function messageOf({ entry, redrives, jobs, records }: Reopened): SliceMessage | undefined {
  const { revocation, part, slice, provider, acceptedAt, sealed = '' } = entry;
  const queued = jobs.filter(({ index }) => isQueued(records.get(index)));
  if (queued.length === 0) return undefined;
  return {
    v: sliceFormat,
    revocation,
    part,
    slice,
    provider,
    redrives,
    acceptedAt: acceptedAt ?? idTime(revocation),
    jobs: queued.map(({ index, ref, fingerprint, tokenType, expiresAt, after }) => ({
      index,
      ref,
      fingerprint,
      tokenType,
      expiresAt,
      after,
    })),
    sealed,
  };
}

async function confirm(sent: Reopened, { ledger }: Stores): Promise<void> {
  const isOurs = claimedBy(sent);
  await ledger.amend(sent.entry, ({ jobs }) => {
    const now = epochSeconds();
    if (!jobs.some(isOurs)) return undefined;
    return {
      jobs: jobs.flatMap((job) => (isOurs(job) ? afterSending(job, sent.records, now) : [job])),
    };
  });
}

/** What the ledger says of a job that was claimed; nothing once it has ended. */
function afterSending(
  job: LedgerJob,
  records: ReadonlyMap<number, JobRecord>,
  now: number,
): LedgerJob[] {
  const record = records.get(job.index);
  if (record === undefined || record.outcome === undefined) {
    return [{ ...job, state: 'queued', since: now }];
  }
  if (hasEnded(record)) return [];
  return [{ ...job, state: undefined, since: undefined, ...parkedJob(job.index, record) }];
}
