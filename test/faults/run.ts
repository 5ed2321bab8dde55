import { sandboxKinds } from '../../local/sandbox/index.ts';
import { awsFaultKinds } from './aws-faults.ts';
import { crashSteps, providerCrashSteps } from './crash-steps.ts';
import { inWords, table } from './figures.ts';
import type { Violation } from './invariants.ts';
import { eventKinds, farOffKind, planRun } from './plan.ts';
import { providerFaultKinds } from './provider-faults.ts';
import { createRandom } from './random.ts';
import { type RoundReport, startSuite } from './suite.ts';
import type { Tallied, Tally } from './tally.ts';

export interface RunOptions {
  readonly seed: number;
  readonly jobs: number;
  readonly rounds: number;
  readonly print: (line: string) => void;
  /** Gets what the functions print. */
  readonly log?: NodeJS.WritableStream | undefined;
  /** Plays these rounds alone, by number from 1 on. */
  readonly only?: readonly number[] | undefined;
}

export interface RunReport {
  readonly violations: readonly Violation[];
  /** Kinds of trouble that never came about. */
  readonly missed: readonly string[];
  /** After everything was healed. */
  readonly end: RoundReport;
}

const kinds: Readonly<Record<Tallied, readonly string[]>> = {
  fault: [...awsFaultKinds, ...providerFaultKinds],
  crash: [...crashSteps.keys(), ...providerCrashSteps],
  event: [...eventKinds, farOffKind],
};

const headings: Readonly<Record<Tallied, string>> = {
  fault: 'faults',
  crash: 'crashes',
  event: 'events',
};

/** One run from its seed: rounds of trouble, each followed by a look at every promise. */
export async function run({
  seed,
  jobs,
  rounds,
  print,
  log,
  only,
}: RunOptions): Promise<RunReport> {
  const began = performance.now();
  const random = createRandom(seed);
  const plans = planRun({ random: random.fork('plan'), jobs, rounds, providers: sandboxKinds });
  print(`seed ${seed}: ${jobs} jobs in ${rounds} rounds`);
  await using suite = await startSuite(seed, log);
  const reports: RoundReport[] = [];
  for (const [number, plan] of plans.entries()) {
    if (only !== undefined && !only.includes(number + 1)) continue;
    const report = await suite.round(plan, number);
    reports.push(report);
    print(`round ${number + 1}/${rounds}: ${lineOf(report)}`);
    for (const violation of report.violations) print(told(violation));
  }
  const end = await suite.heal();
  print(`healed: ${lineOf(end)}`);
  for (const violation of end.violations) print(told(violation));
  const seconds = Math.round((performance.now() - began) / 1000);
  for (const kind of ['fault', 'crash', 'event'] as const) {
    print(`${headings[kind]}:`);
    for (const line of table(suite.tally, kind, kinds[kind])) print(line);
  }
  print(
    `${end.accepted} accepted = ${inWords(end.byOutcome)}; ${suite.tally.total()} faults, ${suite.calls()} provider calls, ${end.attempts} tries, ${seconds} s, seed ${seed}`,
  );
  return {
    violations: [...reports, end].flatMap((report) => report.violations),
    missed: missedBy(suite.tally).filter((kind) => kind !== farOffKind || rounds > 2),
    end,
  };
}

const missedBy = (tally: Tally): string[] =>
  (['fault', 'crash', 'event'] as const).flatMap((of) =>
    kinds[of].filter((kind) => (tally.of(of).get(kind) ?? 0) === 0),
  );

const lineOf = ({ accepted, byOutcome, byReason, seconds }: RoundReport): string =>
  `${accepted} accepted = ${inWords(byOutcome)} (${inWords(byReason)}); ${seconds.toFixed(1)} s`;

const told = ({ rule, revocation, jobs }: Violation): string =>
  `  BROKEN: ${rule}: ${revocation} ${jobs.slice(0, 10).join(' ')}`;
