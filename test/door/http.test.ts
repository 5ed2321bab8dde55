import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../functions/api/contract/answers.ts';
import { maximumHeaderBytes } from '../../local/http-front.ts';
import { maximumBodyBytes } from '../../shared/http/body.ts';
import { type RawAnswer, sendRaw } from '../support/raw-http.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let rescind: TestStack;

beforeAll(async () => {
  rescind = await startTestStack({
    providers: [{ id: 'mollie', kind: 'mollie', baseUrl: 'http://127.0.0.1:9' }],
    secrets: {},
  });
});

afterAll(() => rescind[Symbol.asyncDispose]());

/** Whatever is refused, it is refused as the contract says, and nobody caches or guesses it. */
function expectRefusal({ status, headers, body }: RawAnswer, expected: number) {
  expect([status, body]).toEqual([expected, expect.any(String)]);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(problem.parse(JSON.parse(body)).status).toBe(expected);
  expect(body).not.toContain('token-4711');
}

const key = () => `authorization: Bearer ${rescind.stack.apiKey}\r\n`;
const host = 'host: 127.0.0.1\r\n';
const json = 'content-type: application/json\r\n';
const raw = (bytes: string | Buffer) => sendRaw(rescind.stack.url, bytes);
const get = (target: string, headers = '') =>
  raw(`GET ${target} HTTP/1.1\r\n${host}${key()}${headers}\r\n`);
const post = (body: string | Buffer, headers = json) => {
  const bytes = Buffer.from(body);
  const head = `POST /v1/revocations HTTP/1.1\r\n${host}${key()}${headers}`;
  return raw(Buffer.concat([Buffer.from(`${head}content-length: ${bytes.length}\r\n\r\n`), bytes]));
};

describe('what is not HTTP', () => {
  it.each([
    ['garbage', 'token-4711\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03])],
    ['a header without a colon', `GET / HTTP/1.1\r\n${host}token-4711\r\n\r\n`],
    ['a header with a line break in it', `GET / HTTP/1.1\r\n${host}x: a\n b\r\n\r\n`],
    ['a length that is none', `POST / HTTP/1.1\r\n${host}content-length: -1\r\n\r\n`],
    ['two lengths', `POST / HTTP/1.1\r\n${host}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])('%s is a 400', async (_, bytes) => {
    expectRefusal(await raw(bytes), 400);
  });

  it('two Host headers are a 400, the first being ours or not', async () => {
    for (const hosts of [`${host}host: evil.example\r\n`, `host: evil.example\r\n${host}`]) {
      expectRefusal(await raw(`GET /v1/health HTTP/1.1\r\n${hosts}\r\n`), 400);
    }
  });
});

describe('another server', () => {
  it.each([
    ['no Host', 'GET /v1/health HTTP/1.1\r\n\r\n'],
    ['another Host', 'GET /v1/health HTTP/1.1\r\nhost: evil.example\r\n\r\n'],
    [
      'a Host that begins like ours',
      'GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1.evil.example\r\n\r\n',
    ],
    ['a target that names another', `GET http://evil.example/v1/health HTTP/1.1\r\n${host}\r\n`],
    ['a target of another scheme', `GET ftp://127.0.0.1/v1/health HTTP/1.1\r\n${host}\r\n`],
  ])('%s is a 421', async (_, bytes) => {
    expectRefusal(await raw(bytes), 421);
  });

  it('is not a target that names us', async () => {
    const { status } = await raw(`GET http://localhost/v1/health HTTP/1.1\r\n${host}\r\n`);
    expect(status).toBe(200);
  });
});

describe('what is too large', () => {
  it.each([
    ['a header', () => get('/v1/providers', `x: ${'a'.repeat(maximumHeaderBytes)}\r\n`)],
    ['many headers', () => get('/v1/providers', 'x: a\r\n'.repeat(maximumHeaderBytes / 6))],
    ['a path', () => get(`/v1/revocations/${'a'.repeat(maximumHeaderBytes)}`)],
    ['a query', () => get(`/v1/revocations?cursor=${'a'.repeat(maximumHeaderBytes)}`)],
  ])('%s is a 431', async (_, send) => {
    expectRefusal(await send(), 431);
  });

  it('a body is a 413, also when it tells no length', async () => {
    const large = ' '.repeat(maximumBodyBytes + 1);
    expectRefusal(await post(large), 413);
    const head = `POST /v1/revocations HTTP/1.1\r\n${host}${key()}${json}transfer-encoding: chunked\r\n\r\n`;
    const chunk = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    expectRefusal(await raw(head + chunk), 413);
  });

  it('a body that only says so is a 413 before any of it has come', async () => {
    const head = `POST /v1/revocations HTTP/1.1\r\n${host}${key()}${json}`;
    expectRefusal(await raw(`${head}content-length: 999999999999\r\n\r\n`), 413);
  });
});

describe('a body', () => {
  const jobs = (job: string) => `{"jobs":[${job}]}`;

  it.each([
    ['that ends too soon', '{"jobs":'],
    ['with a name twice', jobs('{"provider":"mollie","token":"token-4711","token":"b"}')],
    ['with a name __proto__', jobs('{"__proto__":{"provider":"mollie"},"token":"a"}')],
    ['nested deeply', `{"jobs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'with half a surrogate pair',
      jobs('{"provider":"mollie","token":"access_a","ref":"\\ud83d"}'),
    ],
    ['in UTF-16', Buffer.from('{"jobs":[]}', 'utf16le')],
    ['in Latin-1', Buffer.from('{"label":"é"}', 'latin1')],
    ['with a byte order mark', '\ufeff{"jobs":[]}'],
  ])('%s is a 400', async (_, body) => {
    expectRefusal(await post(body), 400);
  });

  it.each([
    'content-type: text/plain\r\n',
    'content-type: application/json; charset=utf-16\r\n',
    `${json}content-encoding: gzip\r\n`,
    '',
  ])('is a 415 with %j', async (headers) => {
    expectRefusal(await post('{}', headers), 415);
  });

  it.each(['a'.repeat(256), 'a b', 'é', 'a\r\nidempotency-key: b'])(
    'is not looked at under an Idempotency-Key %j',
    async (idempotencyKey) => {
      const body = jobs('{"provider":"mollie","token":"access_token-4711"}');
      expectRefusal(await post(body, `${json}idempotency-key: ${idempotencyKey}\r\n`), 400);
    },
  );
});

describe('a path', () => {
  it.each([
    '/v1/revocations/%',
    '/v1/revocations/..%2f..',
    '/v1/revocations/rev_%00',
    '/v1/revocations%2frev_1',
    '//evil.example/v1/revocations',
    '/v1/../../etc/passwd',
    '/V1/revocations',
    '*',
  ])('%s leads nowhere', async (path) => {
    expectRefusal(await get(path), 404);
  });

  it('with dots leads past no guard', async () => {
    expectRefusal(await raw(`GET /v1/health/../revocations HTTP/1.1\r\n${host}\r\n`), 401);
    expectRefusal(await raw(`GET /v1/health%2f..%2frevocations HTTP/1.1\r\n${host}\r\n`), 401);
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE'])('has no %s', async (method) => {
    const answer = await raw(`${method} /v1/revocations HTTP/1.1\r\n${host}${key()}\r\n`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, GET');
  });

  it('of health needs the key for all but GET', async () => {
    expectRefusal(await raw(`POST /v1/health HTTP/1.1\r\n${host}content-length: 0\r\n\r\n`), 401);
  });
});

it('an expectation that nobody knows is passed over', async () => {
  expect((await get('/v1/providers', 'expect: token-4711\r\n')).status).toBe(200);
});
