import { epochSeconds, type JobRecord } from '../domain/outcome.ts';
import { isToReopen, reopened } from '../domain/redrive.ts';
import { idTime } from '../domain/revocation.ts';
import { type SliceMessage, type SlicePlace, sliceFormat } from '../domain/slice.ts';
import type { Lanes } from '../queue/lanes.ts';
import { type LedgerJob, type StoredEntry, stateOf } from '../store/ledger-entry.ts';
import type { SliceState } from '../store/slices.ts';
import { hasEnded, parkedJob, type Stores } from '../store/write-down.ts';
import { settleAll } from './settle-all.ts';

/**
 * Seconds after which whoever began to redrive or abandon a job and has not gone on is taken for
 * dead. Far longer than these steps take, and than the API's function may run.
 */
export const staleSeconds = 120;

/** What a redrive works with. It holds no key: the sealed tokens go as they are. */
export interface RedriveDependencies {
  readonly stores: Stores;
  readonly lanes: Lanes;
}

/** Jobs of one slice that are to be sent again, as far as they may be. */
export interface Choice {
  readonly place: SlicePlace;
  readonly wanted: (job: LedgerJob) => boolean;
}

/** Jobs that nobody else will send again now. */
interface Claim {
  readonly entry: StoredEntry;
  /** Which time it is that jobs of this slice are sent again. */
  readonly redrives: number;
  readonly jobs: readonly LedgerJob[];
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

/** Whether a job may be sent again: it is parked, or somebody died who was about to send it. */
export const mayBeSent = (job: LedgerJob, now = epochSeconds()): boolean =>
  stateOf(job) === 'parked' || (stateOf(job) === 'redriving' && isStale(job, now));

export const isStale = ({ since = 0 }: LedgerJob, now: number): boolean =>
  now - since > staleSeconds;

/**
 * Sends parked jobs again, in an order that lets a crash at any point be mended by repeating:
 *
 *   ledger: "redriving" → progress: no longer parked → slice item: queued, with fresh tries →
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
  const messages = new Map<SliceMessage, number>();
  for (const each of opened.values) {
    const message = messageOf(each);
    if (message !== undefined) messages.set(message, delayOf(message.jobs.length));
  }
  const failures = [...claims.failures, ...opened.failures];
  if (opened.failures.length > 0) {
    const left = new Set(opened.values.map(({ jobs }) => jobs));
    await handBack(
      claimed.filter(({ jobs }) => !left.has(jobs)),
      stores,
    );
  }
  try {
    await lanes.send([...messages.keys()], (message) => messages.get(message) ?? 0);
  } catch (error) {
    await handBack(opened.values, stores);
    return { sent: [], failures: [...failures, error] };
  }
  const confirmed = await settleAll(opened.values.map((each) => confirm(each, stores)));
  const sent = opened.values.flatMap((each) =>
    each.jobs
      .filter(({ index }) => isQueued(each.records.get(index)))
      .map((job) => ({ provider: each.entry.provider, job })),
  );
  return { sent, failures: [...failures, ...confirmed.failures] };
}

/**
 * Lets the next redrive go on at once with what this one has claimed in vain. Where that fails, too,
 * it waits until the claim is stale.
 */
async function handBack(claims: readonly Claim[], { ledger }: Stores): Promise<void> {
  await settleAll(
    claims.map((claimed) =>
      ledger.amend(claimed.entry, ({ jobs }) => {
        const isOurs = claimedBy(claimed);
        return jobs.some(isOurs)
          ? { jobs: jobs.map((job) => (isOurs(job) ? { ...job, since: 0 } : job)) }
          : undefined;
      }),
    ),
  );
}

/** Whether a job is still as a claim has left it. */
function claimedBy({ redrives, jobs }: Claim): (job: LedgerJob) => boolean {
  const numbers = new Set(jobs.map(({ index }) => index));
  return (job) =>
    numbers.has(job.index) && stateOf(job) === 'redriving' && job.redrives === redrives;
}

const isQueued = (record: JobRecord | undefined): boolean =>
  record !== undefined && record.outcome === undefined;

/** Those that a dead redrive has left first: they keep the number that it had given them. */
async function claim({ place, wanted }: Choice, { ledger }: Stores): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (;;) {
    let chosen: Omit<Claim, 'entry'> | undefined;
    const entry = await ledger.amend(place, ({ jobs, redrives, sealed }) => {
      const now = epochSeconds();
      const free = jobs.filter((job) => mayBeSent(job, now) && wanted(job));
      chosen = sealed === undefined ? undefined : firstOf(free, redrives + 1);
      if (chosen === undefined) return undefined;
      const numbers = new Set(chosen.jobs.map(({ index }) => index));
      const number = chosen.redrives;
      const claimed = { state: 'redriving', redrives: number, since: now } as const;
      return {
        redrives: Math.max(redrives, number),
        jobs: jobs.map((job) => (numbers.has(job.index) ? { ...job, ...claimed } : job)),
      };
    });
    if (entry === undefined || chosen === undefined) return claims;
    claims.push({ ...chosen, entry });
    if (chosen.jobs.every((job) => stateOf(job) === 'parked')) return claims;
  }
}

/** Jobs of one number: left ones of the lowest there is, else the parked ones with a new one. */
function firstOf(free: readonly LedgerJob[], next: number): Omit<Claim, 'entry'> | undefined {
  if (free.length === 0) return undefined;
  const left = free.filter((job) => stateOf(job) === 'redriving');
  if (left.length === 0) return { redrives: next, jobs: free };
  const redrives = Math.min(...left.map((job) => job.redrives ?? next));
  return { redrives, jobs: left.filter((job) => (job.redrives ?? next) === redrives) };
}

async function reopen(claimed: Claim, { slices, revocations }: Stores): Promise<Reopened> {
  const { entry, redrives, jobs } = claimed;
  const recordIn = (state: SliceState | undefined, job: LedgerJob) =>
    state?.records.get(job.index) ?? recordOf(job);
  const toReopen = (state: SliceState | undefined) =>
    jobs.filter((job) => isToReopen(recordIn(state, job), redrives));

  const seen = await slices.read(entry);
  const parked = toReopen(seen);
  if (parked.length === 0) return { ...claimed, records: seen?.records ?? new Map() };
  const { revocation, part } = entry;
  await revocations.reopen(revocation, part, new Set(parked.map(({ index }) => index)));
  const state = await slices.amend(entry, (current) => {
    const now = epochSeconds();
    const changed = toReopen(current);
    if (changed.length === 0) return undefined;
    const latest = Math.max(current?.redrives ?? 0, redrives);
    return {
      redrives: latest,
      // Deliveries are counted by message, and this one has had none.
      receives: current?.redrives === latest ? current.receives : 0,
      records: new Map([
        ...(current?.records ?? []),
        ...changed.map((job): [number, JobRecord] => [
          job.index,
          reopened(recordIn(current, job), redrives, now),
        ]),
      ]),
    };
  });
  return { ...claimed, records: state?.records ?? new Map() };
}

/** What the ledger knows of a job whose slice item has been forgotten: it keeps longer. */
const recordOf = ({ ref, fingerprint, reason, detail, attempts, httpStatus }: LedgerJob) =>
  ({ ref, fingerprint, outcome: 'parked', reason, detail, attempts, httpStatus, at: 0 }) as const;

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
    jobs: queued.map(({ index, ref, fingerprint, expiresAt, after }) => ({
      index,
      ref,
      fingerprint,
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
