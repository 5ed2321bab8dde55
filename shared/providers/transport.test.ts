import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import { version } from '../version.ts';
import { HeldBack, TransportFault } from './faults.ts';
import { createTransport } from './transport.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server of the test's own. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return listenOnLoopback(server, 0);
}

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });
const post = (url: string, body: string, headers = {}) => ({
  method: 'POST' as const,
  url,
  headers,
  body,
});

/** The fault that a call ends in. */
async function faultOf(call: Promise<unknown>): Promise<TransportFault> {
  const fault: unknown = await call.then(
    () => expect.fail('there was an answer'),
    (error: unknown) => error,
  );
  if (!(fault instanceof TransportFault)) throw fault;
  return fault;
}

describe('a request', () => {
  test('arrives as it was built', async () => {
    const arrived: object[] = [];
    const origin = await serve(async (request, response) => {
      const { method, url, headers } = request;
      arrived.push({ method, url, headers, body: await text(request) });
      response.end();
    });

    await createTransport(2000)(post(`${origin}/a?b=c%20d`, 'token=é', { 'x-own': 'yes' }));

    expect(arrived).toMatchObject([
      {
        method: 'POST',
        url: '/a?b=c%20d',
        headers: {
          'x-own': 'yes',
          'user-agent': `rescind/${version}`,
          'content-length': '8',
        },
        body: 'token=é',
      },
    ]);
  });

  test.each(['GET', 'POST', 'PUT', 'DELETE'] as const)(
    'a %s without a body carries none',
    async (method) => {
      const arrived: [string | undefined, string][] = [];
      const origin = await serve(async (request, response) => {
        arrived.push([request.headers['transfer-encoding'], await text(request)]);
        response.end();
      });
      await createTransport(2000)({ method, url: origin, headers: {} });
      expect(arrived).toEqual([[undefined, '']]);
    },
  );
});

describe('an answer', () => {
  test.each([200, 204, 302, 401, 429, 503])('of status %i is an answer', async (status) => {
    const origin = await serve((_, response) => {
      response.writeHead(status, { 'Retry-After': '7', 'X-Twice': ['a', 'b'] }).end();
    });
    expect(await createTransport(2000)(get(origin))).toMatchObject({
      status,
      headers: { 'retry-after': '7', 'x-twice': 'a, b' },
      body: '',
    });
  });

  test('keeps text that was split in the middle of a character', async () => {
    const bytes = Buffer.from('{"é":"😀"}');
    const origin = await serve((_, response) => {
      for (const byte of bytes) response.write(Buffer.from([byte]));
      response.end();
    });
    expect((await createTransport(2000)(get(origin))).body).toBe(bytes.toString());
  });

  test('that redirects is not followed', async () => {
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await createTransport(2000)(post(`${origin}/first`, 'token=x'))).status).toBe(307);
    expect(asked).toEqual(['/first']);
  });

  test('without end is cut, and its connection given up', async () => {
    const closed = Promise.withResolvers<void>();
    const origin = await serve((_, response) => {
      response.on('close', () => closed.resolve());
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const { body, unreadable } = await createTransport(5000)(get(origin));
    expect(body).toHaveLength(64 * 1024);
    expect(unreadable).toBe(true);
    await closed.promise;
  });

  test.each([64 * 1024 - 1, 64 * 1024])('of %i bytes is whole', async (size) => {
    const origin = await serve((_, response) => response.end('x'.repeat(size)));
    const { body, unreadable } = await createTransport(2000)(get(origin));
    expect(body).toHaveLength(size);
    expect(unreadable).toBeUndefined();
  });

  test('that is encoded says so, since nobody asked for that', async () => {
    const origin = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('junk'),
    );
    expect((await createTransport(2000)(get(origin))).unreadable).toBe(true);
  });
});

describe('no answer', () => {
  test.each<[string, RequestListener]>([
    ['a server that says nothing', () => undefined],
    ['a body that stalls', (_, response) => void response.writeHead(200).write('{"act')],
    [
      'a body that drips',
      (_, response) => {
        const drip = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('within the time: %s', async (_, listener) => {
    const origin = await serve(listener);
    const started = performance.now();
    const fault = await faultOf(createTransport(150)(get(origin)));
    expect(fault).toMatchObject({ code: 'timeout', message: 'no answer: timeout' });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['before the answer', (request) => void request.socket.resetAndDestroy()],
    [
      'in the middle of the body',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"active":false', () => request.socket.resetAndDestroy());
      },
    ],
    [
      'at an end that comes too early',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"active":false', () => response.destroy());
      },
    ],
  ])('when the connection is lost %s', async (_, listener) => {
    const origin = await serve(listener);
    const fault = await faultOf(createTransport(2000)(get(`${origin}/?token=token-4711`)));
    expect(fault.code).toMatch(/^(ECONNRESET|EPIPE)$/);
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:1/?access_token=token-4711', 'ECONNREFUSED'],
    ['the name is unknown', 'http://token-4711.invalid/', /^(ENOTFOUND|EAI_AGAIN)$/],
    ['the URL is none', 'token-4711', 'ERR_INVALID_URL'],
    ['the URL is of another kind', 'ftp://127.0.0.1/token-4711', /^ERR_/],
  ])('where %s, and the fault tells a code alone', async (_, url, code) => {
    const fault = await faultOf(createTransport(2000)(get(url)));
    expect(fault.code).toMatch(code);
    expect(JSON.stringify([fault, fault.message, fault.stack, fault.cause])).not.toContain('4711');
  });

  test('where a header cannot be sent, without quoting it', async () => {
    const origin = await serve((_, response) => response.end());
    const headers = { authorization: 'Bearer token-4711\n' };
    const fault = await faultOf(createTransport(2000)({ ...get(origin), headers }));
    expect(fault.code).toMatch(/^ERR_/);
    expect(JSON.stringify([fault, fault.message, fault.cause])).not.toContain('4711');
  });

  test.each([
    ['what answers is no HTTP', 'SSH-2.0-OpenSSH\r\n', /^HPE_/],
    [
      'the protocol is switched unasked',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      /^[A-Za-z]/,
    ],
  ])('where %s', async (_, said, code) => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.write(said);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const fault = await faultOf(createTransport(2000)(get(`http://127.0.0.1:${port}/`)));
    expect(fault.code).toMatch(code);
  });
});

describe('a kept connection', () => {
  test('is used again', async () => {
    const ports = new Set<number | undefined>();
    const origin = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    const send = createTransport(2000);
    for (let call = 0; call < 3; call += 1) await send(get(origin));
    expect(ports.size).toBe(1);
  });

  test('that the server has given up is no fault: the call goes out on a fresh one', async () => {
    let calls = 0;
    const origin = await serve((request, response) => {
      calls += 1;
      // The second call on a connection finds it gone.
      if (calls === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const send = createTransport(2000);
    await send(get(origin));
    expect(await send(get(origin))).toMatchObject({ status: 200, body: 'ok' });
    expect(calls).toBe(3);
  });

  test('tells before the call goes out again, which may still be refused', async () => {
    let calls = 0;
    const origin = await serve((request, response) => {
      calls += 1;
      if (calls === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const send = createTransport(2000);
    await send(get(origin));
    const refuse = async () => {
      throw new HeldBack();
    };
    expect((await faultOf(send(get(origin), refuse))).message).toContain('no room');
    expect(calls).toBe(2);
  });

  test('and the fresh one have one time-out between them', async () => {
    let calls = 0;
    const origin = await serve(async (request, response) => {
      calls += 1;
      const call = calls;
      if (call > 1) await sleep(700);
      if (call === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const send = createTransport(1000);
    await send(get(origin));
    // With a time-out of its own the repetition would be answered.
    expect((await faultOf(send(get(origin)))).code).toBe('timeout');
    expect(calls).toBe(3);
  });

  test('that is lost again is a fault', async () => {
    let calls = 0;
    const origin = await serve((request, response) => {
      calls += 1;
      if (calls > 1) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const send = createTransport(2000);
    await send(get(origin));
    expect((await faultOf(send(get(origin)))).code).toBe('ECONNRESET');
    expect(calls).toBe(3);
  });
});
