import { describe, expect, test } from 'vitest';
import { judgeRevocation, judgeTokenInfo } from './judge.ts';

const answer = (status: number, body: unknown) => ({
  status,
  headers: {},
  body: JSON.stringify(body),
});

/** What may name a bad API key: taken for a dead token, each would hide a living one. */
const badKeys = [
  { error: 'token.unauthorized_access' },
  { error: 'api.authentication_error' },
  { error: 'invalid_client' },
  { error: 'unauthorized_client' },
  { error: 'bad_request', error_code: 401 },
  { error: 'bad_request', error_code: 'token.unauthorized_access' },
  { error: 'bad_request', error_description: 'Invalid API key.' },
  { error: 'bad_request', error_description: 'the api_key has expired' },
  { error: 'bad_request', error_description: 'Unauthorized' },
  { error: { type: 'token.unauthorized_access', message: 'x' } },
  { error: { type: 'bad_request', message: 'API-key not found' } },
];

describe.each(badKeys)('a 400 that says %j', (body) => {
  test('is a matter of credentials, and never of the token', () => {
    const verdict = judgeRevocation(answer(400, body));
    expect(verdict).toMatchObject({ kind: 'misconfigured', credentials: true });
    expect(judgeTokenInfo(answer(400, body))).toMatchObject({ kind: 'unknown', verdict });
  });
});

test.each([{ error: 'internal_error' }, { error: 'x', error_code: 503 }, { error_code: '500' }])(
  'a 400 that says %j is an outage',
  (body) => {
    expect(judgeRevocation(answer(400, body)).kind).toBe('unavailable');
    expect(judgeTokenInfo(answer(400, body)).kind).toBe('unknown');
  },
);

test('any 2xx is success, whatever its body', () => {
  expect(judgeRevocation({ status: 204, headers: {}, body: '' })).toEqual({ kind: 'revoked' });
  expect(judgeRevocation({ status: 200, headers: {}, body: 'ok' })).toEqual({ kind: 'revoked' });
});

test('token info without an object of data is no sign of life', () => {
  for (const data of [null, 'yes', undefined]) {
    expect(judgeTokenInfo(answer(200, { data })).kind).toBe('unknown');
  }
});

describe('a 2xx', () => {
  test.each([
    ['nothing', 200, ''],
    ['JSON', 200, '{"request_id":"1"}'],
    ['no content', 204, ''],
  ])('with %s is success', (_, status, body) => {
    expect(judgeRevocation({ status, headers: {}, body })).toEqual({ kind: 'revoked' });
  });

  test.each([
    ['a web page', 200, '<html>sign in</html>'],
    ['an error', 200, '{"error":"invalid_request"}'],
    ['an error object', 200, '{"error":{"type":"server_error"}}'],
    ['a status of its own', 200, '{"statusCode":403}'],
    ['a denial', 200, '{"success":false}'],
    ['a promise', 202, '{"status":"pending"}'],
    ['a part', 206, '{"reques'],
  ])('with %s is doubtful, so token info decides', (_, status, body) => {
    expect(judgeRevocation({ status, headers: {}, body })).toMatchObject({ kind: 'ambiguous' });
  });
});
