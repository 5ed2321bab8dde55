import { describe, expect, test } from 'vitest';
import { freeTicket, gateFor, openGate } from '../../test/support/gate.ts';
import type { Ticket } from './gate.ts';
import { callsAtOnce, jobsAtOnce, runPaced } from './pool.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('runPaced', () => {
  test('runs every task once, in order, and never more than so many at a time', async () => {
    // Prepare
    let underWay = 0;
    let most = 0;
    const begun: number[] = [];
    const tasks = Array.from({ length: 30 }, (_, task) => task);

    // Act
    await runPaced(tasks, openGate, 5, async (task) => {
      begun.push(task);
      underWay += 1;
      most = Math.max(most, underWay);
      await turn();
      underWay -= 1;
    });

    // Assess
    expect(begun).toEqual(tasks);
    expect(most).toBe(5);
    expect(underWay).toBe(0);
  });

  test('a slow task does not hold the others up', async () => {
    const slow = Promise.withResolvers<void>();
    const done: number[] = [];
    const tasks = Array.from({ length: 12 }, (_, task) => task);
    await runPaced(tasks, openGate, 5, async (task) => {
      if (task === 0) await slow.promise;
      done.push(task);
      if (task === 11) slow.resolve();
    });
    expect(done).toEqual([...tasks.slice(1), 0]);
  });

  test('starts none once the gate lets nobody through, and waits for those under way', async () => {
    const begun: number[] = [];
    const done: number[] = [];
    await runPaced([...Array(20).keys()], gateFor(7), 5, async (task) => {
      begun.push(task);
      await turn();
      done.push(task);
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(done.toSorted()).toEqual(begun);
  });

  test('gives every ticket back, also of a task that throws', async () => {
    let given = 0;
    let back = 0;
    const backAgain = () => {
      back += 1;
    };
    const enter = async (): Promise<Ticket> => {
      given += 1;
      return { ...freeTicket, done: () => backAgain() };
    };
    const fail = async () => {
      throw new Error('a bug');
    };
    await expect(runPaced([1, 2, 3], { enter }, 1, fail)).rejects.toThrow('a bug');
    expect({ given, back }).toEqual({ given: 1, back: 1 });
  });

  test('passes over what is not due until something else has ended', async () => {
    const ended: number[] = [];
    // 1 comes after 3, and 2 after 9, which is not among them.
    const after = new Map([
      [1, 3],
      [2, 9],
    ]);
    const isDue = (task: number) => {
      const first = after.get(task);
      return first === undefined || ended.includes(first);
    };
    for (const atOnce of [1, 5]) {
      ended.length = 0;
      const run = async (task: number) => {
        await turn();
        ended.push(task);
      };
      await runPaced([1, 2, 3, 4], openGate, atOnce, run, isDue);
      expect(ended.toSorted()).toEqual([1, 3, 4]);
      expect(ended.indexOf(3)).toBeLessThan(ended.indexOf(1));
    }
  });

  test('asks for no ticket without a task', async () => {
    let asked = 0;
    const enter = async () => {
      asked += 1;
      return freeTicket;
    };
    await runPaced([], { enter }, 5, async () => undefined);
    await runPaced([1, 2, 3], { enter }, 50, async () => undefined);
    expect(asked).toBe(3);
  });
});

test.each([
  ['without a rate as many as one worker may', undefined, 10, callsAtOnce],
  ['with one as many as the lane may', { requestsPerSecond: 8, burst: 1 }, 4, 20],
  ['but no more than a provider can be asked to bear', { requestsPerSecond: 8, burst: 1 }, 900, 50],
] as const)('jobs at once: %s', (_, rate, maxConcurrency, expected) => {
  expect(jobsAtOnce({ rate, maxConcurrency })).toBe(expected);
});
