import { expect, test } from 'vitest';
import { createNotice } from './notice.ts';
import { waitBefore } from './retry.ts';

const refused = { what: 'ECONNREFUSED' };

/** What is told of calls that fail for so many seconds, and when. */
function toldOf(seconds: number, calls = 1) {
  let at = 0;
  const told: [at: number, text: string][] = [];
  const notice = createNotice(
    (text) => told.push([at, text]),
    () => at * 1000,
  );
  for (let tries = 1; at < seconds; tries += 1) {
    const wait = waitBefore(tries, refused, 0.5);
    for (let call = 0; call < calls; call += 1) notice.onSetback(refused, wait, seconds - at);
    at += wait;
  }
  return { told, notice };
}

test('a lost connection is told within the first waits, then ever less often', () => {
  const { told } = toldOf(600);
  expect(told[0]).toEqual([1.125, 'ECONNREFUSED; trying again for up to 9m59s']);
  const gaps = told.slice(1).map(([at], before) => at - (told[before]?.[0] ?? 0));
  expect(gaps.length).toBeGreaterThan(2);
  expect(gaps.length).toBeLessThan(6);
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
});

test('calls side by side tell it once', () => {
  expect(toldOf(600, 4).told).toEqual(toldOf(600).told);
});

test('what passes at once is not told', () => {
  let at = 0;
  const told: string[] = [];
  const notice = createNotice(
    (text) => told.push(text),
    () => at,
  );
  for (let round = 0; round < 100; round += 1) {
    notice.onSetback({ what: 'HTTP 429', retryAfter: 1 }, 1, 600);
    at += 1000;
    notice.onAnswer();
  }
  expect(told).toEqual([]);
});

test('a long wait is told when it begins', () => {
  const told: string[] = [];
  const notice = createNotice((text) => told.push(text));
  notice.onSetback({ what: 'HTTP 503', retryAfter: 30 }, 30, 600);
  expect(told).toEqual(['HTTP 503; trying again for up to 10m00s']);
});
