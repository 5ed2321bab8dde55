import { describe, expect, test } from 'vitest';
import { callsAtOnce, createSlots, runPaced, type Slots } from './pool.ts';

const always = () => 60_000;
const enough: Slots = { take: async () => true };
const never = () => false;

describe('slots', () => {
  test('come at their time, also when they are asked for all at once', async () => {
    // Prepare
    const first = Date.now() + 20;
    const slots = createSlots({ first, interval: 15, slots: 5 }, always);
    const times: number[] = [];

    // Act
    const taken = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const got = await slots.take();
        times.push(Date.now());
        return got;
      }),
    );

    // Assess: timers may fire a millisecond early.
    expect(taken).toEqual(Array(5).fill(true));
    for (const [nth, time] of times.entries()) {
      expect(time).toBeGreaterThanOrEqual(first + nth * 15 - 1);
    }
  });

  test('that lie in the past come at once', async () => {
    const slots = createSlots({ first: Date.now() - 1000, interval: 10, slots: 20 }, always);
    const started = performance.now();
    for (let nth = 0; nth < 20; nth += 1) await slots.take();
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('are as many as were reserved', async () => {
    const slots = createSlots({ first: 0, interval: 0, slots: 3 }, always);
    const taken = [1, 2, 3, 4, 5].map(() => slots.take());
    expect(await Promise.all(taken)).toEqual([true, true, true, false, false]);
  });

  test('are not given when their call could not end in time, and are not used up by that', async () => {
    let left = 100;
    const slots = createSlots({ first: 0, interval: 0, slots: 1 }, () => left);
    left = 0;
    expect(await slots.take()).toBe(false);
    left = -1;
    expect(await slots.take()).toBe(false);
    left = 1;
    expect(await slots.take()).toBe(true);
  });

  test('are not waited for past that time', async () => {
    const slots = createSlots({ first: Date.now() + 60_000, interval: 0, slots: 1 }, () => 59_000);
    const started = performance.now();
    expect(await slots.take()).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('runPaced', () => {
  test('runs every task once, in order, and never more than so many at a time', async () => {
    // Prepare
    let underWay = 0;
    let most = 0;
    const begun: number[] = [];
    const tasks = Array.from({ length: 30 }, (_, task) => task);

    // Act
    await runPaced(tasks, enough, never, async (task) => {
      begun.push(task);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    });

    // Assess
    expect(begun).toEqual(tasks);
    expect(most).toBe(callsAtOnce);
    expect(underWay).toBe(0);
  });

  test('a slow task does not hold the others up', async () => {
    const slow = Promise.withResolvers<void>();
    const done: number[] = [];
    const tasks = Array.from({ length: 12 }, (_, task) => task);
    await runPaced(tasks, enough, never, async (task) => {
      if (task === 0) await slow.promise;
      done.push(task);
      if (task === 11) slow.resolve();
    });
    expect(done).toEqual([...tasks.slice(1), 0]);
  });

  test('starts none once it is told to stop, and waits for those under way', async () => {
    let stopped = false;
    const begun: number[] = [];
    const done: number[] = [];
    const tasks = Array.from({ length: 20 }, (_, task) => task);
    await runPaced(
      tasks,
      enough,
      () => stopped,
      async (task) => {
        begun.push(task);
        if (task === 2) stopped = true;
        await new Promise((resolve) => setImmediate(resolve));
        done.push(task);
      },
    );
    expect(begun.length).toBeLessThanOrEqual(callsAtOnce);
    expect(done.toSorted()).toEqual(begun.toSorted());
  });

  test('starts none whose slot came after the stop', async () => {
    // Prepare: the first call is answered while the others wait for their slot.
    let stopped = false;
    const gate = Promise.withResolvers<void>();
    let taken = 0;
    const slots: Slots = {
      take: async () => {
        taken += 1;
        if (taken > 1) await gate.promise;
        return true;
      },
    };
    const begun: number[] = [];

    // Act
    await runPaced(
      [0, 1, 2, 3],
      slots,
      () => stopped,
      async (task) => {
        begun.push(task);
        stopped = true;
        gate.resolve();
      },
    );

    // Assess
    expect(begun).toEqual([0]);
  });

  test('ends when the slots do', async () => {
    const slots = createSlots({ first: 0, interval: 0, slots: 7 }, always);
    const begun: number[] = [];
    await runPaced([...Array(20).keys()], slots, never, async (task) => void begun.push(task));
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('without tasks takes no slot', async () => {
    let taken = 0;
    const counting: Slots = {
      take: async () => {
        taken += 1;
        return true;
      },
    };
    await runPaced([], counting, never, async () => undefined);
    expect(taken).toBe(0);
  });
});
