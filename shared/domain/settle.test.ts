import { describe, expect, test } from 'vitest';
import { settle, uncounted } from './settle.ts';

const policy = { maxAttempts: 3, baseSeconds: 10, maxSeconds: 900 };
const detail = 'http 503';

describe('ends the job', () => {
  test.each([
    [{ kind: 'revoked' }, { kind: 'ended', outcome: 'revoked', evidence: 'accepted' }],
    [
      { kind: 'already_invalid' },
      { kind: 'ended', outcome: 'already_invalid', evidence: 'accepted' },
    ],
    [
      { kind: 'unsupported', detail },
      { kind: 'ended', outcome: 'unsupported', detail },
    ],
  ] as const)('%j', (verdict, settlement) => {
    expect(settle(verdict, 1, policy)).toEqual(settlement);
    expect(settle(verdict, policy.maxAttempts, policy)).toEqual(settlement);
  });

  test('with why it could not be verified', () => {
    expect(settle({ kind: 'revoked', detail }, 1, policy, 'accepted')).toMatchObject({ detail });
  });

  test('with the evidence that a look-up gave', () => {
    expect(settle({ kind: 'already_invalid' }, 1, policy, 'verified')).toMatchObject({
      evidence: 'verified',
    });
  });
});

test('parks what the provider refuses, at the first try', () => {
  expect(settle({ kind: 'refused', detail }, 1, policy)).toEqual({
    kind: 'parked',
    reason: 'refused',
    detail,
  });
});

describe('tries again, then parks', () => {
  test.each([
    [{ kind: 'unavailable', detail }, 'exhausted'],
    [{ kind: 'ambiguous', detail }, 'exhausted'],
    [{ kind: 'misconfigured', detail, credentials: true }, 'misconfigured'],
    [{ kind: 'misconfigured', detail, credentials: false }, 'misconfigured'],
  ] as const)('%j', (verdict, reason) => {
    const waiting = (seconds: number) => ({
      kind: 'waiting',
      wait: verdict.kind,
      detail,
      seconds,
    });
    expect(settle(verdict, 1, policy, undefined, 0)).toEqual(waiting(5));
    expect(settle(verdict, 2, policy, undefined, 0)).toEqual(waiting(10));
    expect(settle(verdict, 3, policy, undefined, 0)).toEqual({ kind: 'parked', reason, detail });
  });

  test.each([
    { kind: 'throttled', detail },
    { kind: 'unavailable', detail },
    { kind: 'misconfigured', detail, credentials: true },
  ] as const)('but not a job whose provider has said yes: only its look-up met %j', (verdict) => {
    expect(settle(verdict, 2, policy, 'accepted')).toMatchObject({ kind: 'waiting' });
    expect(settle(verdict, 3, policy, 'accepted')).toEqual({
      kind: 'ended',
      outcome: 'revoked',
      evidence: 'accepted',
      detail: 'not verified: http 503',
    });
  });

  test('a 429 that names no time leaves it to the lane', () => {
    expect(settle({ kind: 'throttled', detail }, 1, policy)).toMatchObject({ seconds: 0 });
  });

  test.each([
    { kind: 'throttled', detail },
    { kind: 'misconfigured', detail, credentials: true },
  ] as const)('never parks for a try that does not count: %j', (verdict) => {
    const settled = settle(verdict, 1000, uncounted(policy));
    expect(settled).toMatchObject({ kind: 'waiting' });
  });

  test.each(['throttled', 'unavailable'] as const)('%s waits as the provider asks', (kind) => {
    const verdict = { kind, detail, retryAfterSeconds: 5000 };
    expect(settle(verdict, 1, policy, undefined, 0)).toMatchObject({ seconds: 5000 });
  });
});
