import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { sendRaw } from '../test/support/raw-http.ts';
import { masterKey } from './api-keys.ts';
import { createFront, type FrontSettings } from './http-front.ts';
import { listenOnLoopback } from './loopback.ts';

const key = 'key-of-the-front';
const authorization = `Bearer ${key}`;

async function listening(settings: Partial<FrontSettings>) {
  const front: Server = createFront({
    keys: [masterKey(key)],
    invoke: async () => ({ statusCode: 200, body: '{}' }),
    ...settings,
  });
  const url = await listenOnLoopback(front, 0);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      front.closeAllConnections();
      front.close();
      await once(front, 'close');
    },
  };
}

it('answers 408 to who dribbles a request in, and ends the connection', async () => {
  await using front = await listening({ arrivalMs: 50 });
  for (const begun of [
    'GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ',
    `POST /v1/revocations HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${authorization}\r\ncontent-length: 9\r\n\r\n{`,
  ]) {
    const { status, headers } = await sendRaw(front.url, begun);
    expect(status).toBe(408);
    expect(headers.get('connection')).toBe('close');
    expect(headers.get('content-type')).toBe('application/problem+json');
  }
});

it('answers 429 beyond the burst, telling when to come again, and lets health through', async () => {
  await using front = await listening({ throttle: { rateLimit: 0.01, burstLimit: 2 } });
  const call = (path: string, headers: Record<string, string>) =>
    fetch(front.url + path, { headers });
  // Whoever has no key uses up nothing.
  for (const guess of ['a', 'b', 'c']) {
    const answer = await call('/v1/providers', { authorization: `Bearer ${guess}` });
    expect(answer.status).toBe(401);
  }
  const answers = await Promise.all([1, 2, 3].map(() => call('/v1/providers', { authorization })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
  const refused = answers.find(({ status }) => status === 429);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(90);
  expect(await refused?.json()).toMatchObject({ type: 'urn:rescind:problem:too-many-requests' });
  expect((await call('/v1/health', {})).status).toBe(200);
});

it('answers 503 when the function does not', async () => {
  await using front = await listening({ invoke: () => Promise.reject(new Error('crashed')) });
  const answer = await fetch(`${front.url}/v1/providers`, { headers: { authorization } });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
});

it('outlives a client that leaves at any moment', async () => {
  await using front = await listening({});
  const request = `POST /v1/revocations HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: ${authorization}\r\ncontent-length: 4\r\n\r\n{}  `;
  const { hostname, port } = new URL(front.url);
  for (const length of [0, 1, 20, 60, request.length - 3, request.length]) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(request.slice(0, length));
    socket.resetAndDestroy();
    await once(socket, 'close');
  }
  expect((await fetch(`${front.url}/v1/health`)).status).toBe(200);
});
