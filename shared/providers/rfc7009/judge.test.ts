import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../domain/verdict.ts';
import type { HttpAnswer } from '../adapter.ts';
import { judgeIntrospection, judgeRevocation } from './judge.ts';

const answer = (
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): HttpAnswer => ({
  status,
  headers: typeof body === 'string' ? headers : { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const error = (code: unknown) => ({ error: code, error_description: 'what went wrong' });
const html = { 'content-type': 'text/html; charset=utf-8' };

describe('judgeRevocation', () => {
  test.each<[string, HttpAnswer]>([
    ['an empty 200 (RFC 7009 §2.2)', answer(200)],
    ['an empty object (GitLab)', answer(200, {})],
    ['a body of its own (X, Notion)', answer(200, { revoked: true, request_id: 'r' })],
    ['JSON that is no object (Dropbox)', answer(200, 'null')],
    ['plain text', answer(200, 'OK', { 'content-type': 'text/plain' })],
    ['an empty answer labelled HTML (Django)', answer(200, '\n', html)],
    ['a code that is no HTTP status', answer(200, { code: 20_000, message: 'success' })],
    ['204', answer(204)],
  ])('takes %s as revoked', (_, given) => {
    expect(judgeRevocation(given)).toEqual({ kind: 'revoked' });
  });

  test.each<[string, HttpAnswer, string]>([
    [
      'invalid_token in a 200 (Keycloak)',
      answer(200, error('invalid_token')),
      'http 200 invalid_token',
    ],
    [
      'token_revoked in a 200 (Slack)',
      answer(200, error('token_revoked')),
      'http 200 token_revoked',
    ],
    ['400 invalid_token (Google)', answer(400, error('invalid_token')), 'http 400 invalid_token'],
    ['401 invalid_token (PayPal)', answer(401, error('invalid_token')), 'http 401 invalid_token'],
    ['400 token_expired', answer(400, error('token_expired')), 'http 400 token_expired'],
    ['an error without a code', answer(200, error(null)), 'http 200'],
    ['a denial', answer(200, { ok: false }), 'http 200 but denied in the body'],
    ['a gateway’s status', answer(200, { statusCode: 403 }), 'http 200 but 403 in the body'],
    ['a login page', answer(200, '<!doctype html><p>Log in', html), 'http 200 with a web page'],
    ['a page without its type', answer(200, '\n<html></html>'), 'http 200 with a web page'],
    ['202', answer(202), 'http 202'],
    ['206', answer(206), 'http 206'],
  ])('leaves %s in doubt', (_, given, detail) => {
    expect(judgeRevocation(given)).toEqual({ kind: 'ambiguous', detail });
  });

  test.each([200, 400, 401, 403])('knows unsupported_token_type with %i', (status) => {
    const verdict = judgeRevocation(answer(status, error('unsupported_token_type')));
    expect(verdict).toEqual({
      kind: 'unsupported',
      detail: `http ${status} unsupported_token_type`,
    });
  });

  test.each<[number, string]>([
    [200, 'invalid_client'],
    [400, 'invalid_client'],
    [401, 'invalid_client'],
    [403, 'invalid_client'],
    [401, 'unauthorized_client'],
    [401, 'invalid_credentials'],
  ])('blames our credentials for %i %s', (status, code) => {
    expect(judgeRevocation(answer(status, error(code)))).toEqual({
      kind: 'misconfigured',
      detail: `http ${status} ${code}`,
      credentials: true,
    });
  });

  test.each<[number, string]>([
    [200, 'invalid_request'],
    [200, 'account_inactive'],
    [400, 'invalid_request'],
    [400, 'invalid_grant'],
    [400, 'unauthorized_client'],
    [403, 'unauthorized_client'],
  ])('takes %i %s as refused', (status, code) => {
    expect(judgeRevocation(answer(status, error(code)))).toEqual({
      kind: 'refused',
      detail: `http ${status} ${code}`,
    });
  });

  test.each<[HttpAnswer, Verdict]>([
    [
      answer(503, '', { 'retry-after': '120' }),
      { kind: 'unavailable', detail: 'http 503', retryAfterSeconds: 120 },
    ],
    [
      answer(503, error('unsupported_token_type')),
      { kind: 'unavailable', detail: 'http 503 unsupported_token_type' },
    ],
    [
      answer(429, '', { 'retry-after': '7' }),
      { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 7 },
    ],
    [
      answer(400, error('temporarily_unavailable'), { 'retry-after': '3' }),
      { kind: 'unavailable', detail: 'http 400 temporarily_unavailable', retryAfterSeconds: 3 },
    ],
    [answer(200, error('server_error')), { kind: 'unavailable', detail: 'http 200 server_error' }],
  ])('waits out %o', (given, verdict) => {
    expect(judgeRevocation(given)).toEqual(verdict);
  });

  test('reads a Retry-After date', () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    const verdict = judgeRevocation(answer(503, '', { 'retry-after': at }));
    expect(verdict).toMatchObject({ kind: 'unavailable' });
    if (verdict.kind !== 'unavailable') return;
    expect(verdict.retryAfterSeconds).toBeGreaterThan(55);
    expect(verdict.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  test('takes a redirect and 404 as a wrong endpoint', () => {
    const wrong = { kind: 'misconfigured', credentials: false };
    expect(judgeRevocation(answer(302))).toMatchObject(wrong);
    // oidc-provider answers an unknown route so.
    expect(judgeRevocation(answer(404, error('invalid_request')))).toMatchObject(wrong);
  });
});

describe('judgeIntrospection', () => {
  test('believes `active`', () => {
    expect(judgeIntrospection(answer(200, { active: false }))).toEqual({ kind: 'dead' });
    expect(judgeIntrospection(answer(200, { active: true, sub: 's' }))).toEqual({ kind: 'alive' });
  });

  test.each<[string, HttpAnswer, Verdict]>([
    ['no `active`', answer(200, {}), { kind: 'ambiguous', detail: 'http 200' }],
    [
      '`active` of another type',
      answer(200, { active: 'false' }),
      { kind: 'ambiguous', detail: 'http 200' },
    ],
    [
      '`active` in an error',
      answer(403, { active: false }),
      { kind: 'ambiguous', detail: 'http 403' },
    ],
    [
      'a kind of token it cannot look up',
      answer(400, error('unsupported_token_type')),
      { kind: 'ambiguous', detail: 'http 400 unsupported_token_type' },
    ],
    [
      'an unknown client',
      answer(400, error('invalid_client')),
      { kind: 'misconfigured', detail: 'http 400 invalid_client', credentials: true },
    ],
    [
      'too many calls',
      answer(429, '', { 'retry-after': '9' }),
      { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 9 },
    ],
    [
      'a wrong endpoint',
      answer(404),
      { kind: 'misconfigured', detail: 'http 404', credentials: false },
    ],
  ])('knows nothing after %s', (_, given, verdict) => {
    expect(judgeIntrospection(given)).toEqual({ kind: 'unknown', verdict });
  });
});
