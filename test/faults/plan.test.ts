import { expect, test } from 'vitest';
import { sandboxKinds } from '../../local/sandbox/index.ts';
import { awsFaultKinds } from './aws-faults.ts';
import { crashSteps, providerCrashSteps } from './crash-steps.ts';
import { eventKinds, planRun } from './plan.ts';
import { providerFaultKinds } from './provider-faults.ts';
import { createDeck, createRandom } from './random.ts';

const plan = (seed: number, jobs = 10_000, rounds = 18) =>
  planRun({ random: createRandom(seed), jobs, rounds, providers: sandboxKinds });

test('the same seed plans the same run, another one another', () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(2)).not.toEqual(plan(1));
});

test.each([
  [10_000, 18],
  [400, 2],
  [1, 1],
])('%i jobs are spread over %i rounds', (jobs, rounds) => {
  const planned = plan(3, jobs, rounds).flatMap(({ submissions }) => submissions);
  expect(planned.flatMap((submission) => submission.jobs)).toHaveLength(jobs);
  expect(Math.max(...planned.map((submission) => submission.jobs.length))).toBeLessThanOrEqual(500);
});

test.each([2, 5, 18])('every kind of trouble is dealt in %i rounds', (rounds) => {
  const rounded = plan(4, 1000, rounds);
  const dealt = new Set([
    ...rounded.flatMap(({ aws }) => aws.faults.map(({ kind }) => kind as string)),
    ...rounded.flatMap(({ aws }) => aws.crashes.map(({ step }) => step)),
    ...rounded.flatMap(({ events }) => events.map(({ kind }) => kind as string)),
    ...rounded
      .flatMap(({ providers }) => Object.values(providers))
      .flatMap(({ faults, crashes }) => [
        ...faults.map(({ kind }) => kind as string),
        ...crashes.map(({ step }) => step as string),
      ]),
  ]);
  for (const kind of [
    ...awsFaultKinds,
    ...crashSteps.keys(),
    ...eventKinds,
    ...providerFaultKinds,
    ...providerCrashSteps,
  ]) {
    expect(dealt).toContain(kind);
  }
});

test('a deck deals every card before one comes again, and no hand holds one twice', () => {
  const deal = createDeck([1, 2, 3, 4, 5], createRandom(5));
  const hands = Array.from({ length: 5 }, () => deal(3));
  expect(new Set([...(hands[0] ?? []), ...(hands[1] ?? [])]).size).toBe(5);
  for (const hand of hands) expect(new Set(hand).size).toBe(3);
});
