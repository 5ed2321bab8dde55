import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detailOf, jsonObject, providerError } from './provider-error.ts';

const answer = (body: string, status = 400) => ({ status, headers: {}, body });
const errorOf = (body: unknown) => providerError(answer(JSON.stringify(body)));

describe('providerError reads', () => {
  test.each([
    [
      'RFC 6749',
      { error: 'invalid_client', error_description: 'no such client' },
      { code: 'invalid_client', description: 'no such client' },
    ],
    [
      'Nylas',
      {
        request_id: '1',
        error: { type: 'token.unauthorized_access', message: 'Invalid API key.' },
      },
      { code: 'token.unauthorized_access', description: 'Invalid API key.' },
    ],
    [
      'HAL',
      { status: 404, title: 'Not Found', detail: 'No token exists' },
      { code: 'not_found', status: 404, description: 'No token exists' },
    ],
    [
      'GenAuth',
      { statusCode: 400, apiCode: 2000, message: 'bad' },
      { status: 400, description: 'bad' },
    ],
    ['a numeric code', { code: 403, message: 'no' }, { status: 403, description: 'no' }],
    ['a nested code', { error: { code: 'gone' } }, { code: 'gone' }],
  ])('%s', (_, body, read) => {
    expect(errorOf(body)).toEqual({
      code: undefined,
      status: undefined,
      description: undefined,
      ...read,
    });
  });

  test.each(['', 'null', 'true', '[]', '"x"', '<html></html>', '{"error":'])(
    'nothing out of %j',
    (body) => {
      expect(providerError(answer(body))).toEqual({
        code: undefined,
        status: undefined,
        description: undefined,
      });
    },
  );
});

test('any body at all is read without a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      const object = jsonObject(answer(body));
      expect(object === undefined || typeof object === 'object').toBe(true);
      expect(detailOf(answer(body))).toMatch(/^http 400( [A-Za-z][A-Za-z0-9_.-]{0,63})?$/);
    }),
  );
});

describe('detailOf', () => {
  test.each([
    [{ error: 'invalid_client' }, 'http 400 invalid_client'],
    [{ status: 404, title: 'Not Found' }, 'http 400 not_found'],
    [{ error: 'The token abc was not found' }, 'http 400'],
    [{ error: 'x'.repeat(65) }, 'http 400'],
    [{ error: '4711' }, 'http 400'],
    [{}, 'http 400'],
  ])('of %j is %j', (body, detail) => {
    expect(detailOf(answer(JSON.stringify(body)))).toBe(detail);
  });

  const token = 'Access_aB3dE6gH9';

  test.each([
    { error_description: `token ${token} is unknown` },
    { error: { type: 'not_found', message: token } },
    { title: `Token ${token} was not found` },
    { title: token },
    { status: 404, title: 'Not Found', detail: token },
    { code: `token ${token}` },
  ])('keeps no token out of the free text of %j, not even in another spelling', (body) => {
    const detail = detailOf(answer(JSON.stringify(body))).toLowerCase();
    expect(detail).not.toContain('ab3de6gh9');
  });
});
