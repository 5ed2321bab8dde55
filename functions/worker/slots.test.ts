import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSlots, type Granted } from './slots.ts';

const start = 1_800_000_000_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setImmediate'], now: start });
});
afterEach(() => void vi.useRealTimers());

const granted = (change: Partial<Granted> = {}): Granted => ({
  kind: 'go',
  at: start,
  first: start,
  interval: 100,
  gap: 98,
  slots: 5,
  state: {},
  ...change,
});

/** Uses all slots as they come; how long after the first each one came. */
function drain(slots: ReturnType<typeof createSlots>): number[] {
  const began = Date.now();
  const times: number[] = [];
  for (let wait = slots.wait(); wait !== undefined; wait = slots.wait()) {
    vi.advanceTimersByTime(wait);
    times.push(Date.now() - began);
    slots.use();
    vi.advanceTimersByTime(0);
  }
  return times;
}

test('come at their times', () => {
  expect(drain(createSlots(granted()))).toEqual([0, 100, 200, 300, 400]);
});

test('the burst comes at once, the others at their times', () => {
  const slots = createSlots(granted({ first: start - 200 }));
  expect(drain(slots)).toEqual([0, 0, 0, 100, 200]);
});

test('of a worker that was held up keep their distance until they have caught up', () => {
  const slots = createSlots(granted({ interval: 50, gap: 40, slots: 8 }));
  vi.advanceTimersByTime(120);
  // Their times were 0, 50, 100, 150 …, and it is 120.
  expect(drain(slots)).toEqual([0, 40, 80, 120, 160, 200, 240, 280]);
});

test('are lost when they come too late: the ones behind are somebody else’s', () => {
  const slots = createSlots(granted());
  vi.advanceTimersByTime(330);
  // The first two of five.
  expect(drain(slots)).toEqual([0, 98, 196]);
  expect(slots.wait()).toBeUndefined();
});

test('that took long to be reserved are late only after they have come', () => {
  const reservation = granted();
  vi.advanceTimersByTime(1000);
  expect(drain(createSlots(reservation))).toEqual([0, 98, 196, 294]);
});

test('of a lane that nothing limits are neither spaced nor counted', () => {
  const slots = createSlots(granted({ interval: 0, gap: 0, slots: 1 }));
  for (let nth = 0; nth < 100; nth += 1) {
    expect(slots.wait()).toBe(0);
    slots.use();
  }
});
