import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomes } from './outcome.ts';
import { countsOf, newRevocationId, revocationIdPattern, statusOf } from './revocation.ts';

const none = {
  revoked: 0,
  already_invalid: 0,
  unsupported: 0,
  parked: 0,
  abandoned: 0,
  expired: 0,
};

describe('status', () => {
  test.each([
    ['queued', none],
    ['running', { ...none, revoked: 1 }],
    ['running', { ...none, parked: 2 }],
    ['completed', { ...none, revoked: 3 }],
    ['completed', { ...none, revoked: 1, already_invalid: 1, parked: 1 }],
    ['completed', { ...none, unsupported: 1, abandoned: 1, expired: 1 }],
  ] as const)('%s of 3 jobs with %j', (status, ended) => {
    const completedAt = status === 'completed' ? '2026-01-01T00:00:00.000Z' : undefined;
    expect(statusOf({ total: 3, ended, completedAt })).toBe(status);
  });
});

test('a revocation is not completed before its completion is noted', () => {
  expect(statusOf({ total: 3, ended: { ...none, revoked: 3 } })).toBe('running');
});

describe('counts', () => {
  const some = fc.record(Object.fromEntries(outcomes.map((outcome) => [outcome, fc.nat(500)])));

  test('always add up to the total', () => {
    fc.assert(
      fc.property(some, fc.nat(500), (counted, queued) => {
        const ended = { ...none, ...counted };
        const total = Object.values(ended).reduce((sum, count) => sum + count, queued);
        expect(countsOf({ total, ended })).toEqual({ total, queued, ...ended });
      }),
    );
  });
});

describe('ids', () => {
  test('match their pattern and never repeat', () => {
    const ids = Array.from({ length: 100 }, () => newRevocationId());
    for (const id of ids) expect(id).toMatch(revocationIdPattern);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('sort by age', () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(time, time, (one, other) => {
        fc.pre(one !== other);
        expect(newRevocationId(one) < newRevocationId(other)).toBe(one < other);
      }),
    );
  });
});
