import { describe, expect, test } from 'vitest';
import { type JobRecord, triesOf } from '../../shared/domain/outcome.ts';
import { crashedRecord, overdueRecord, recordOf } from './record.ts';

const before: JobRecord = {
  ref: 'user-1',
  fingerprint: 'f',
  attempts: 2,
  answers: 3,
  crashes: 1,
  reason: 'misconfigured',
  detail: 'http 401',
  httpStatus: 401,
  at: 1,
};

describe('recordOf', () => {
  test.each([
    [
      { kind: 'ended', outcome: 'revoked', evidence: 'accepted' },
      { outcome: 'revoked', evidence: 'accepted', detail: undefined },
    ],
    [
      { kind: 'ended', outcome: 'unsupported', detail: 'http 400' },
      { outcome: 'unsupported', detail: 'http 400' },
    ],
    [
      { kind: 'parked', reason: 'refused', detail: 'http 403' },
      { outcome: 'parked', reason: 'refused', detail: 'http 403' },
    ],
    [
      { kind: 'waiting', wait: 'unavailable', seconds: 10, detail: 'http 503' },
      { reason: 'exhausted', detail: 'http 503' },
    ],
    [
      { kind: 'waiting', wait: 'misconfigured', seconds: 10, detail: 'http 401' },
      { reason: 'misconfigured', detail: 'http 401' },
    ],
  ] as const)('of %j', (settlement, kept) => {
    const record = recordOf(before, settlement, { httpStatus: 200, answers: 1 });
    expect(record).toEqual({
      ref: 'user-1',
      fingerprint: 'f',
      attempts: 3,
      answers: 4,
      httpStatus: 200,
      at: expect.any(Number),
      ...kept,
    });
    expect(record.at).toBeGreaterThan(1_700_000_000);
  });

  test('keeps nothing of an earlier try: no status without an answer, no crash that was lived through', () => {
    const lost = recordOf(
      before,
      { kind: 'waiting', wait: 'unavailable', seconds: 1, detail: 'no answer: timeout' },
      { answers: 0 },
    );
    expect(lost.httpStatus).toBeUndefined();
    expect(lost.crashes).toBeUndefined();
    expect(lost.outcome).toBeUndefined();
  });
});

test('a job that crashed its worker is parked with how often', () => {
  expect(crashedRecord(before, 2)).toMatchObject({
    ref: 'user-1',
    attempts: 2,
    outcome: 'parked',
    reason: 'crashed',
    detail: expect.stringContaining('2 times'),
  });
});

test('a job that waited too long is parked for what it last waited for', () => {
  expect(overdueRecord(before)).toMatchObject({
    outcome: 'parked',
    reason: 'misconfigured',
    detail: 'http 401',
    attempts: 2,
  });
  expect(overdueRecord({ fingerprint: 'f', attempts: 0, at: 1 })).toMatchObject({
    outcome: 'parked',
    reason: 'exhausted',
    detail: expect.stringContaining('no room'),
  });
});

test('a try that does not count is one, and is taken off those that do', () => {
  const waiting = { kind: 'waiting', wait: 'throttled', seconds: 0, detail: 'http 429' } as const;
  const record = recordOf(before, waiting, { httpStatus: 429, answers: 1 }, false);
  expect(record).toMatchObject({ attempts: 3, triesBefore: 1 });
  expect(triesOf(record)).toBe(triesOf(before));
});
