import { describe, expect, test } from 'vitest';
import { type Faults, faultsSchema } from './faults.ts';
import { createInjector } from './injector.ts';
import { createRateGate } from './rate-gate.ts';

/** What happens to so many revocations, one letter each: a point is a proper answer. */
function fates(faults: Faults, calls: number): string {
  const inject = createInjector(faultsSchema.parse(faults));
  return Array.from({ length: calls }, () => {
    const { interruption } = inject('revoke');
    return interruption === undefined ? '.' : interruption.kind[0];
  }).join('');
}

describe('which requests a fault hits', () => {
  test.each<[string, Faults, string]>([
    ['all', { drop: {} }, 'ccccc'],
    ['the first ones', { drop: { count: 2 } }, 'cc...'],
    ['none', { drop: { count: 0 } }, '.....'],
    ['every n-th', { throttle: { everyNth: 2 } }, '.t.t.'],
    ['every n-th, so many', { throttle: { everyNth: 2, count: 1 } }, '.t...'],
    ['none after its time', { drop: { forMs: 0 } }, '.....'],
    ['those of another purpose', { drop: { on: 'verify' } }, '.....'],
    [
      'the first fault wins and alone is used up',
      { unavailable: { count: 2 }, drop: { count: 1 } },
      'uuc..',
    ],
  ])('%s', (_, faults, expected) => {
    expect(fates(faults, 5)).toBe(expected);
  });

  test('a fraction, the same with the same seed', () => {
    const faults = { seed: 7, drop: { probability: 0.25 } };
    const first = fates(faults, 1000);
    expect(fates(faults, 1000)).toBe(first);
    expect(fates({ ...faults, seed: 8 }, 1000)).not.toBe(first);
    expect(first.split('c').length - 1).toBeGreaterThan(200);
    expect(first.split('c').length - 1).toBeLessThan(300);
  });

  test('latency is scattered over its jitter', () => {
    const inject = createInjector(faultsSchema.parse({ latencyMs: 20, jitterMs: 10 }));
    const delays = Array.from({ length: 100 }, () => inject('revoke').delayMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...delays)).toBeLessThan(30);
    expect(new Set(delays).size).toBeGreaterThan(90);
  });

  test.each([
    { drops: {} },
    { drop: { probability: 2 } },
    { throttle: { retryAfter: 'soon' } },
    1,
    null,
  ])('%j is refused', (faults) => {
    expect(faultsSchema.safeParse(faults).success).toBe(false);
  });
});

test('an enforced rate lets the burst pass, then one each interval', () => {
  let at = 0;
  const gate = createRateGate(10, 3, () => at);
  expect([gate(), gate(), gate(), gate()]).toEqual([0, 0, 0, 100]);
  at = 40;
  expect(gate()).toBe(60);
  at = 100;
  expect([gate(), gate()]).toEqual([0, 100]);
  at = 10_000;
  expect([gate(), gate(), gate(), gate()]).toEqual([0, 0, 0, 100]);
});
