import { goOnAbandoning } from '../../shared/dead-letters/abandon.ts';
import type { Choice } from '../../shared/dead-letters/claim.ts';
import { expire } from '../../shared/dead-letters/expire.ts';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import { settleAll } from '../../shared/dead-letters/settle-all.ts';
import type { SlicePlace } from '../../shared/domain/slice.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { PaceState } from '../../shared/pace/state.ts';
import { type LedgerEntry, type LedgerJob, timesSent } from '../../shared/store/ledger-entry.ts';
import type { SweepDependencies } from './dependencies.ts';
import { type Due, dueOf, isProbing } from './due.ts';
import { eraseGrants } from './erase-grants.ts';

/** What a sweep came to. */
export interface SweepReport {
  /** Jobs that were sent again. */
  readonly redriven: number;
  /** Jobs that were closed because their tokens have died by themselves. */
  readonly expired: number;
  /** Grants whose sealed tokens were erased, since all their jobs have ended. */
  readonly erased: number;
  /** Whether all was looked through in time; if not, the next sweep goes on. */
  readonly complete: boolean;
}

/** Slices dealt with at once: as many as SQS takes a call. */
const atOnce = 10;

/** One provider's part of the ledger, read page by page. */
interface Reading {
  readonly pages: AsyncGenerator<readonly LedgerEntry[]>;
  readonly lane: PaceState;
  /** The least tried of those that may be sent to try the lane out. */
  probe: { readonly place: SlicePlace; readonly job: LedgerJob } | undefined;
  /** Whether such a job is out already. */
  probing: boolean;
}

/** What is gathered and not done yet, and what has been done. */
interface Run {
  readonly failures: unknown[];
  redriven: number;
  expired: number;
}

/**
 * Looks the ledger through, sends what is due again and closes what has expired, a page of each provider in turn, so that
 * one with a large backlog does not keep the others from theirs. Erases what grants need no more, meanwhile.
 *
 * @param deadline epoch milliseconds after which nothing more is begun
 * @throws Error when something failed; everything else was done
 */
export async function sweep(deps: SweepDependencies, deadline: number): Promise<SweepReport> {
  const run: Run = { failures: [], redriven: 0, expired: 0 };
  const [ledger, grants] = await Promise.all([
    sweepLedger(run, deps, deadline),
    eraseGrants(deps, deadline).catch((error: unknown) => {
      run.failures.push(error);
      return { erased: 0, complete: true };
    }),
  ]);
  const { erased } = grants;
  const complete = ledger && grants.complete;
  deps.metrics.flush();
  for (const failure of run.failures) deps.log('sweep.failed', describeFault(failure));
  const { redriven, expired } = run;
  deps.log('sweep.done', { redriven, expired, erased, failed: run.failures.length, complete });
  if (run.failures.length > 0) throw new Error('not all could be swept; the log tells more');
  return { redriven, expired, erased, complete };
}

/** @returns whether all of the ledger was looked through */
async function sweepLedger(run: Run, deps: SweepDependencies, deadline: number): Promise<boolean> {
  const started = await settleAll(deps.providers.map((provider) => read(provider, deps)));
  run.failures.push(...started.failures);
  let open = started.values;
  while (open.length > 0 && Date.now() < deadline) {
    const left: Reading[] = [];
    for (const reading of open) {
      if (Date.now() >= deadline || (await sweepPage(reading, run, deps))) left.push(reading);
    }
    open = left;
  }
  return open.length === 0;
}

const read = async (provider: string, { stores, paceOf }: SweepDependencies): Promise<Reading> => ({
  lane: await paceOf(provider).read(),
  pages: stores.ledger.walk({ provider }),
  probe: undefined,
  probing: false,
});

/** @returns whether there is more to read */
async function sweepPage(reading: Reading, run: Run, deps: SweepDependencies): Promise<boolean> {
  let page: readonly LedgerEntry[];
  try {
    const next = await reading.pages.next();
    if (next.done === true) {
      await sendProbe(reading, run, deps);
      return false;
    }
    page = next.value;
  } catch (error) {
    run.failures.push(error);
    return false;
  }
  const due = page.map((entry) => ({ entry, ...sorted(entry, reading, deps) }));
  for (const { entry } of due) if (entry.shut === true) tellShut(entry, deps);
  const having = (kind: Due) => due.filter(({ [kind]: jobs }) => jobs.length > 0);
  await close(having('expire'), run, deps);
  await send(
    having('redrive').map(({ entry, redrive: jobs }) => choiceOf(entry, jobs)),
    run,
    deps,
  );
  await inTens(having('abandon'), run, ({ entry, abandon: jobs }) =>
    // By the decision that was made; the person has gone.
    goOnAbandoning(entry, new Set(jobs.map(({ index }) => index)), deps.stores),
  );
  return true;
}

/** It is left to the version that wrote it. */
function tellShut({ revocation, slice }: LedgerEntry, { log }: SweepDependencies): void {
  log('ledger.newer', { revocation, slice });
}

async function inTens<Value>(
  values: readonly Value[],
  run: Run,
  act: (value: Value) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < values.length; start += atOnce) {
    const { failures } = await settleAll(values.slice(start, start + atOnce).map(act));
    run.failures.push(...failures);
  }
}

const close = (
  due: readonly { readonly entry: LedgerEntry; readonly expire: readonly LedgerJob[] }[],
  run: Run,
  { stores, metrics }: SweepDependencies,
): Promise<void> =>
  inTens(due, run, async ({ entry, expire: jobs }) => {
    const closed = await expire(entry, jobs, stores);
    run.expired += closed;
    metrics.add('Outcomes', { Provider: entry.provider, Outcome: 'expired' }, closed);
  });

/** An entry's jobs by what is to be done about them. */
function sorted(
  entry: LedgerEntry,
  reading: Reading,
  { maxAgeDays }: SweepDependencies,
): Record<Due, LedgerJob[]> {
  const jobs: Record<Due, LedgerJob[]> = {
    redrive: [],
    expire: [],
    abandon: [],
    probe: [],
    nothing: [],
  };
  const now = Date.now();
  for (const job of entry.jobs) {
    if (isProbing(job)) reading.probing = true;
    jobs[dueOf(job, entry, reading.lane, now, maxAgeDays)].push(job);
  }
  for (const job of jobs.probe) {
    if (reading.probe === undefined || timesSent(job) < timesSent(reading.probe.job)) {
      reading.probe = { place: entry, job };
    }
  }
  return jobs;
}

async function sendProbe(
  { probe, probing }: Reading,
  run: Run,
  deps: SweepDependencies,
): Promise<void> {
  if (probe === undefined || probing) return;
  await send([choiceOf(probe.place, [probe.job])], run, deps);
}

/** The ledger's listing lags behind a little, so what made a job due is asked again. */
function choiceOf(place: SlicePlace, jobs: readonly LedgerJob[]): Choice {
  const due = new Map(jobs.map((job) => [job.index, job]));
  return {
    place,
    wanted: ({ index, parkedAt, reason }) => {
      const seen = due.get(index);
      return seen !== undefined && seen.parkedAt === parkedAt && seen.reason === reason;
    },
  };
}

async function send(
  choices: readonly Choice[],
  run: Run,
  { stores, lanes, metrics }: SweepDependencies,
): Promise<void> {
  for (let start = 0; start < choices.length; start += atOnce) {
    const { sent, failures } = await redrive(choices.slice(start, start + atOnce), {
      stores,
      lanes,
    });
    run.failures.push(...failures);
    run.redriven += sent.length;
    for (const { provider, job } of sent) {
      metrics.add('Redriven', { Provider: provider, Reason: job.reason });
    }
  }
}
