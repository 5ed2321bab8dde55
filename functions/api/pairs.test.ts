import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { submittedJob } from './contract/submission.ts';
import { countTokens, splitPairs } from './pairs.ts';

describe('a pair', () => {
  const [access, other, refresh] = splitPairs([
    {
      provider: 'mollie',
      token: 'access_1',
      refreshToken: 'refresh_1',
      ref: 'user-1',
      subject: 'jane',
      parameters: { shop: 'a' },
      expiresAt: '2027-01-15T09:00:00+01:00',
      refreshExpiresAt: '2027-01-15T09:00:01+01:00',
    },
    { provider: 'mollie', token: 'access_2' },
  ]);
  const shared = { provider: 'mollie', ref: 'user-1', subject: 'jane', parameters: { shop: 'a' } };

  test('becomes two jobs; the access token comes after the refresh token', () => {
    expect(access).toEqual({
      ...shared,
      token: 'access_1',
      tokenType: 'access_token',
      index: 0,
      after: 2,
      expiresAt: 1_800_000_000,
    });
    expect(refresh).toEqual({
      ...shared,
      token: 'refresh_1',
      tokenType: 'refresh_token',
      index: 2,
      expiresAt: 1_800_000_001,
    });
  });

  test('leaves the other jobs as they are', () => {
    expect(other).toEqual({ provider: 'mollie', token: 'access_2', index: 1 });
  });
});

test('every token becomes one job, in its place or behind them all', () => {
  const aJob = fc.record(
    { provider: fc.constant('polar'), token: fc.string(), refreshToken: fc.string() },
    { requiredKeys: ['provider', 'token'] },
  );
  fc.assert(
    fc.property(fc.array(aJob), (submitted) => {
      const jobs = splitPairs(submitted);
      expect(jobs.map(({ index }) => index)).toEqual([...jobs.keys()]);
      expect(jobs).toHaveLength(countTokens(submitted));
      for (const [index, { token, refreshToken }] of submitted.entries()) {
        const job = jobs[index];
        expect(job?.token).toBe(token);
        expect(job?.after === undefined ? undefined : jobs[job.after]?.token).toBe(refreshToken);
      }
    }),
  );
});

describe('an expiry', () => {
  const expiryOf = (expiresAt: string) =>
    splitPairs([submittedJob.parse({ provider: 'polar', token: 't', expiresAt })])[0]?.expiresAt;

  test.each([
    ['2027-01-15T08:00:00Z', 1_800_000_000],
    ['2027-01-15T08:00:00.001Z', 1_800_000_001],
    ['2027-01-15T13:30:00+05:30', 1_800_000_000],
    ['1960-01-01T00:00:00Z', 0],
    ['9999-12-31T23:59:59-23:00', 253_402_300_799],
  ])('%s is %i', (timestamp, seconds) => {
    expect(expiryOf(timestamp)).toBe(seconds);
  });

  test('is whole seconds, whatever time it is', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
        (date) => {
          const seconds = expiryOf(date.toISOString()) ?? Number.NaN;
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds * 1000 - date.getTime()).toBeGreaterThanOrEqual(0);
          expect(seconds * 1000 - date.getTime()).toBeLessThan(1000);
        },
      ),
    );
  });
});
