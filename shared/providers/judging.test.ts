import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anAnswer } from '../../test/providers/answers.ts';
import { judgeUndocumented } from './judging.ts';

const answer = (status: number, body: unknown = {}, headers = {}) => ({
  status,
  headers,
  body: JSON.stringify(body),
});

test.each([
  [429, { kind: 'throttled' }],
  [408, { kind: 'unavailable' }],
  [425, { kind: 'unavailable' }],
  [500, { kind: 'unavailable' }],
  [503, { kind: 'unavailable' }],
  [599, { kind: 'unavailable' }],
  [200, { kind: 'ambiguous' }],
  [204, { kind: 'ambiguous' }],
  [401, { kind: 'misconfigured', credentials: true }],
  [407, { kind: 'misconfigured', credentials: true }],
  [301, { kind: 'misconfigured', credentials: false }],
  [307, { kind: 'misconfigured', credentials: false }],
  [404, { kind: 'misconfigured', credentials: false }],
  [405, { kind: 'misconfigured', credentials: false }],
  [410, { kind: 'misconfigured', credentials: false }],
  [415, { kind: 'misconfigured', credentials: false }],
  [400, { kind: 'refused' }],
  [403, { kind: 'refused' }],
  [422, { kind: 'refused' }],
] as const)('%i is %j', (status, verdict) => {
  expect(judgeUndocumented(answer(status))).toMatchObject({ ...verdict, detail: `http ${status}` });
});

test.each([302, 400, 403, 404])('invalid_client of status %i is our credentials', (status) => {
  expect(judgeUndocumented(answer(status, { error: 'invalid_client' }))).toEqual({
    kind: 'misconfigured',
    credentials: true,
    detail: `http ${status} invalid_client`,
  });
});

test.each([429, 503])('a %i takes its Retry-After along', (status) => {
  expect(judgeUndocumented(answer(status, {}, { 'retry-after': '30' }))).toMatchObject({
    retryAfterSeconds: 30,
  });
});

describe('whatever the answer', () => {
  test('it never says that the token is dead, nor that it can never die', () => {
    fc.assert(
      fc.property(anAnswer, (any) => {
        expect(['revoked', 'already_invalid', 'unsupported']).not.toContain(
          judgeUndocumented(any).kind,
        );
      }),
    );
  });
});
