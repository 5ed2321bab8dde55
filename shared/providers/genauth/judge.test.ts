import { describe, expect, test } from 'vitest';
import { judgeIntrospection, judgeRevocation } from './judge.ts';

const answer = (status: number, body: string, headers = {}) => ({ status, headers, body });

describe('a 200', () => {
  test.each(['', ' \r\n', '{}', '{"statusCode":200}', '{"code":"200","message":"ok"}'])(
    'with %j is success',
    (body) => expect(judgeRevocation(answer(200, body))).toEqual({ kind: 'revoked' }),
  );

  test.each([
    'true',
    'false',
    'null',
    '0',
    '[]',
    '"ok"',
    'OK',
    '<html></html>',
    '{"success":false}',
  ])('with %j might be anything', (body) =>
    expect(judgeRevocation(answer(200, body)).kind).toBe('ambiguous'),
  );

  test.each([
    ['{"statusCode":"429"}', 'throttled'],
    ['{"code":429,"message":"x"}', 'throttled'],
    ['{"statusCode":503}', 'unavailable'],
    ['{"statusCode":200,"code":500}', 'unavailable'],
    ['{"statusCode":401}', 'misconfigured'],
    ['{"code":"invalid_client"}', 'misconfigured'],
    ['{"statusCode":404}', 'refused'],
    ['{"code":2020}', 'refused'],
    ['{"code":null}', 'refused'],
    ['{"error":null}', 'refused'],
    ['{"error":{"message":"x"}}', 'refused'],
  ])('with %s is %s', (body, kind) => {
    expect(judgeRevocation(answer(200, body)).kind).toBe(kind);
    expect(judgeIntrospection(answer(200, body))).toMatchObject({ verdict: { kind } });
  });

  test('that means too many calls may name a Retry-After', () => {
    const throttled = answer(200, '{"statusCode":429}', { 'retry-after': '9' });
    expect(judgeRevocation(throttled)).toMatchObject({ retryAfterSeconds: 9 });
  });
});

test('no other 2xx is documented', () => {
  expect(judgeRevocation(answer(204, '')).kind).toBe('ambiguous');
});
