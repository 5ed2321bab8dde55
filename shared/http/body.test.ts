import { describe, expect, test } from 'vitest';
import { httpEvent } from '../../test/support/http-event.ts';
import { problemOf } from '../../test/support/problems.ts';
import { jsonBody, maximumBodyBytes } from './body.ts';

const eventOf = (body: string | undefined, type?: string, isBase64Encoded = false) => ({
  ...httpEvent(),
  headers: type === undefined ? {} : { 'content-type': type },
  ...(body === undefined ? {} : { body }),
  isBase64Encoded,
});

describe('the content type', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    ' Application/JSON',
    'application/vnd.rescind.v1+json',
    'application/json;charset="UTF-8"; profile=x',
  ])('%s is JSON', (type) => {
    expect(jsonBody(eventOf('{"a":1}', type))).toEqual({ a: 1 });
  });

  test.each([
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json-seq',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; profile=x; charset=iso-8859-1',
    'application/x-www-form-urlencoded',
  ])('%s is not', async (type) => {
    const problem = await problemOf(() => jsonBody(eventOf('{"a":1}', type)));
    expect(problem.code).toBe('unsupported-media-type');
  });
});

describe('the encoding', () => {
  const encoded = (encoding: string) => ({
    ...eventOf('{"a":1}'),
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
  });

  test.each(['', 'identity', ' Identity '])('%j changes nothing', (encoding) => {
    expect(jsonBody(encoded(encoding))).toEqual({ a: 1 });
  });

  test.each(['gzip', 'br', 'identity, gzip', 'x'])('%s is not taken', async (encoding) => {
    const problem = await problemOf(() => jsonBody(encoded(encoding)));
    expect(problem.code).toBe('unsupported-media-type');
    expect(problem.headers).toEqual({ 'accept-encoding': 'identity' });
  });

  test('is UTF-8', async () => {
    const latin1 = Buffer.from('{"label":"é"}', 'latin1').toString('base64');
    const problem = await problemOf(() => jsonBody(eventOf(latin1, 'application/json', true)));
    expect(problem).toMatchObject({ code: 'invalid-json', message: 'The body is not UTF-8.' });
  });
});

test('a body that API Gateway encoded is decoded', () => {
  const body = Buffer.from('{"label":"é"}').toString('base64');
  expect(jsonBody(eventOf(body, 'application/json', true))).toEqual({ label: 'é' });
});

test.each([undefined, '', '{', 'token-4711', '{"token": token-4711}'])(
  'a body that is not JSON is not quoted: %j',
  async (body) => {
    const problem = await problemOf(() => jsonBody(eventOf(body, 'application/json')));
    expect(problem.code).toBe('invalid-json');
    expect(JSON.stringify([problem.message, problem.errors, problem.cause])).not.toContain('4711');
  },
);

describe('the size', () => {
  const text = (bytes: number) => `"${'é'.repeat((bytes - 2) / 2)}"`;

  test('is counted in bytes, up to and including the limit', async () => {
    expect(jsonBody(eventOf(text(maximumBodyBytes), 'application/json'))).toHaveLength(
      (maximumBodyBytes - 2) / 2,
    );
    const problem = await problemOf(() =>
      jsonBody(eventOf(text(maximumBodyBytes + 2), 'application/json')),
    );
    expect(problem.code).toBe('too-large');
  });
});
