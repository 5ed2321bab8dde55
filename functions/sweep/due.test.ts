import { describe, expect, test } from 'vitest';
import type { ParkReason } from '../../shared/domain/outcome.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import type { PaceState } from '../../shared/pace/state.ts';
import type { LedgerJob } from '../../shared/store/ledger-entry.ts';
import { dueOf } from './due.ts';

const now = Date.parse('2026-06-10T12:00:00Z');
const hour = 3_600_000;
const acceptedAt = (now - 48 * hour) / 1000;

const aJob = (reason: ParkReason, hoursAgo: number, more: Partial<LedgerJob> = {}): LedgerJob => ({
  index: 0,
  fingerprint: 'f',
  reason,
  attempts: 8,
  parkedAt: new Date(now - hoursAgo * hour).toISOString(),
  acceptedAt,
  ...more,
});

const due = (job: LedgerJob, lane: PaceState = {}, revocation = newRevocationId(now - 48 * hour)) =>
  dueOf(job, { revocation }, lane, now, 7);

describe('an exhausted job', () => {
  test.each([
    [0.9, 0, 'nothing'],
    [1, 0, 'redrive'],
    [3.9, 1, 'nothing'],
    [4, 1, 'redrive'],
    [23, 5, 'nothing'],
    [24, 5, 'redrive'],
  ])('parked %d hours ago, sent again %d times: %s', (hoursAgo, redrives, expected) => {
    expect(due(aJob('exhausted', hoursAgo, { redrives }))).toBe(expected);
  });

  test('that is too old is left alone, also where only its revocation tells its age', () => {
    const job = aJob('exhausted', 200, { acceptedAt: (now - 201 * hour) / 1000 });
    expect(due(job)).toBe('nothing');
    const untold = aJob('exhausted', 2, { acceptedAt: undefined });
    expect(due(untold)).toBe('redrive');
    expect(due(untold, {}, newRevocationId(now - 169 * hour))).toBe('nothing');
  });

  test('is sent whatever its lane stands still for: the lane keeps it until it is open', () => {
    const lane = { pausedUntil: now + hour, pauseReason: 'unavailable' } as const;
    expect(due(aJob('exhausted', 1), lane)).toBe('redrive');
  });
});

test.each(['refused', 'crashed'] as const)('a %s job is for people', (reason) => {
  expect(due(aJob(reason, 1000))).toBe('nothing');
});

describe('a misconfigured job', () => {
  const paused = (until: number): PaceState => ({
    pausedUntil: now + until,
    pauseReason: 'misconfigured',
    pauses: 4,
  });

  test.each<[string, LedgerJob, PaceState, string]>([
    ['waits while its lane stands still', aJob('misconfigured', 9), paused(1), 'nothing'],
    ['may probe a lane whose pause has run out', aJob('misconfigured', 9), paused(-1), 'probe'],
    ['does not probe at once', aJob('misconfigured', 0.5), paused(-1), 'nothing'],
    [
      'probes once a day in the end, however old it is',
      aJob('misconfigured', 24, { redrives: 30, acceptedAt: 0 }),
      paused(-1),
      'probe',
    ],
    [
      'goes when its lane has recovered since it was parked, however old it is',
      aJob('misconfigured', 0.1, { acceptedAt: 0 }),
      { resumedAt: now - 1 },
      'redrive',
    ],
    [
      'waits when its lane recovered and fell ill again',
      aJob('misconfigured', 0.1),
      { resumedAt: now - 1, ...paused(1) },
      'nothing',
    ],
    [
      'of a lane that was well all the time goes at the intervals of an exhausted one',
      aJob('misconfigured', 0.9),
      { resumedAt: now - 9 * hour },
      'nothing',
    ],
    ['so it goes when that is due', aJob('misconfigured', 1), {}, 'redrive'],
    [
      'that is too old is left alone then',
      aJob('misconfigured', 24, { acceptedAt: 0 }),
      {},
      'nothing',
    ],
  ])('%s', (_, job, lane, expected) => {
    expect(due(job, lane)).toBe(expected);
  });

  test.each(['unavailable', 'throttled'] as const)('of a lane whose probe was %s', (reason) => {
    const until = (ms: number): PaceState => ({ pausedUntil: now + ms, pauseReason: reason });
    const old = { times: 1, acceptedAt: 0 };
    const job = aJob('misconfigured', 24, old);
    expect(due(job, until(1))).toBe('nothing');
    expect(due(job, until(-1))).toBe('probe');
    expect(due(aJob('misconfigured', 0.5, old), until(-1))).toBe('nothing');
    expect(due(job, { ...until(-1), resumedAt: now - hour })).toBe('redrive');
  });
});

describe('what was begun', () => {
  const since = (minutesAgo: number) => now / 1000 - minutesAgo * 60;
  test.each([
    ['redriving', 1, 'nothing'],
    ['redriving', 3, 'redrive'],
    ['abandoning', 1, 'nothing'],
    ['abandoning', 3, 'abandon'],
    ['queued', 3000, 'nothing'],
    ['abandoned', 3000, 'nothing'],
  ] as const)('%s for %d minutes: %s', (state, minutes, expected) => {
    expect(due(aJob('refused', 50, { state, since: since(minutes) }))).toBe(expected);
  });
});

test('a job that shuts its lane each time it is sent does not go round with every sweep', () => {
  const parkedAt = new Date(now - 60_000).toISOString();
  const job = {
    index: 0,
    fingerprint: 'f',
    attempts: 9,
    reason: 'misconfigured',
    parkedAt,
  } as const;
  const recovered = { resumedAt: now - 30_000 };
  const place = { revocation: `rev_${'0'.repeat(40)}` };
  expect(dueOf(job, place, recovered, now, 7)).toBe('redrive');
  expect(dueOf({ ...job, redrives: 1 }, place, recovered, now, 7)).toBe('nothing');
  expect(dueOf({ ...job, redrives: 1 }, place, recovered, now + 4 * 3_600_000, 7)).toBe('redrive');
});
