import { expect, test } from 'vitest';
import { inFlight } from './in-flight.ts';

async function* numbers(count: number, onTaken: (n: number) => void = () => undefined) {
  for (let n = 0; n < count; n += 1) {
    onTaken(n);
    yield n;
  }
}

test('works on several at a time, and takes no more', async () => {
  let running = 0;
  let most = 0;
  let taken = 0;
  const done: number[] = [];
  await inFlight(
    numbers(50, () => {
      taken += 1;
      expect(taken - done.length).toBeLessThanOrEqual(4);
    }),
    4,
    async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(n);
    },
  );
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(most).toBe(4);
});

test('after a failure it takes none, and lets the others end', async () => {
  const ended: number[] = [];
  let taken = 0;
  const work = inFlight(
    numbers(50, () => {
      taken += 1;
    }),
    3,
    async (n) => {
      await new Promise(setImmediate);
      if (n === 1) throw new Error('no');
      ended.push(n);
    },
  );
  await expect(work).rejects.toThrow('no');
  expect(ended).toContain(0);
  expect(taken).toBeLessThan(8);
});
