import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { createPost } from './send.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** An endpoint on this machine. */
async function endpoint(answer: Answer) {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    void answer(request, response);
  });
  const url = await listenOnLoopback(server, 0);
  return {
    url,
    port: new URL(url).port,
    calls: () => calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const ours = createPost({ timeoutMs: 5000, loopback: true });
const address = (given: string) => ({ address: given, family: given.includes(':') ? 6 : 4 });

test('posts the body and tells the status', async () => {
  const seen: unknown[] = [];
  await using local = await endpoint(({ method, headers, url }, response) => {
    seen.push(method, url, headers['x-one'], headers['content-type'], headers['content-length']);
    response.writeHead(204).end();
  });
  expect(await ours(`${local.url}/hook?a=1`, { 'x-one': '1' }, '{"ä":1}')).toBe(204);
  expect(seen).toEqual(['POST', '/hook?a=1', '1', 'application/json', '8']);
});

test('sends the body whole', async () => {
  let body = '';
  await using local = await endpoint(async (request, response) => {
    body = await text(request);
    response.end();
  });
  await ours(local.url, {}, 'x'.repeat(100_000));
  expect(body).toHaveLength(100_000);
});

test('does not follow a redirect, nor read a body without end', async () => {
  await using other = await endpoint((_, response) => void response.end());
  await using local = await endpoint((_, response) => {
    response.writeHead(307, { location: other.url });
    response.write('x');
  });
  expect(await ours(local.url, {}, '{}')).toBe(307);
  expect(other.calls()).toBe(0);
});

describe('nothing is sent to', () => {
  test.each(['http://127.0.0.1', 'http://[::1]', 'http://0x7f000001', 'http://2130706433'])(
    '%s, from a stage on AWS',
    async (origin) => {
      await using local = await endpoint((_, response) => void response.end());
      const post = createPost({ timeoutMs: 5000, loopback: false });
      await expect(post(`${origin}:${local.port}/`, {}, '{}')).rejects.toThrow('not a public one');
      expect(local.calls()).toBe(0);
    },
  );

  test.each([[['127.0.0.1']], [['169.254.169.254']], [['8.8.8.8', '10.0.0.1']], [['::1']], [[]]])(
    'a name that leads to %j',
    async (addresses) => {
      await using local = await endpoint((_, response) => void response.end());
      const resolve = async () => addresses.map(address);
      const post = createPost({ timeoutMs: 5000, loopback: false, resolve });
      const url = `http://hooks.example.com:${local.port}/`;
      await expect(post(url, {}, '{}')).rejects.toThrow('not a public one');
      expect(local.calls()).toBe(0);
    },
  );

  test('the internet, from the embedded stack', async () => {
    const post = createPost({
      timeoutMs: 5000,
      loopback: true,
      resolve: async () => [address('8.8.8.8')],
    });
    await expect(post('http://hooks.example.com/', {}, '{}')).rejects.toThrow('not a public one');
  });
});

test('goes to the address that was looked at, asking for it once', async () => {
  await using local = await endpoint((request, response) => {
    response.writeHead(request.headers.host?.startsWith('hooks.example.com') ? 200 : 400).end();
  });
  let asked = 0;
  const resolve = async () => {
    asked += 1;
    return [address('127.0.0.1')];
  };
  const post = createPost({ timeoutMs: 5000, loopback: true, resolve });
  expect(await post(`http://hooks.example.com:${local.port}/`, {}, '{}')).toBe(200);
  expect(asked).toBe(1);
});

test.each<[string, Answer]>([
  ['no answer at all', () => undefined],
  ['a closed connection', (request) => void request.socket.destroy()],
])('%s is a fault that quotes no address', async (_, answer) => {
  await using local = await endpoint(answer);
  const post = createPost({ timeoutMs: 300, loopback: true });
  const fault = await post(`${local.url}/secret-path`, {}, '{}').catch((error: unknown) => error);
  expect(fault).toMatchObject({ name: 'ChannelFault' });
  expect(String(fault)).not.toMatch(/127|secret/);
});

describe('an answer without end', () => {
  const ever = (socket: Socket, text: string) => {
    const timer = setInterval(() => socket.write(text), 1);
    socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
  };
  test.each<[string, (socket: Socket) => void, string]>([
    ['of a byte at a time', (socket) => ever(socket, 'H'), 'no answer'],
    [
      'of early hints',
      (socket) => ever(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
      'no answer within',
    ],
    [
      'of headers',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        ever(socket, `x: ${'x'.repeat(1000)}\r\n`);
      },
      'HPE_HEADER_OVERFLOW',
    ],
    ['that is another protocol', (socket) => ever(socket, 'SSH-2.0-x\r\n'), 'HPE_INVALID'],
    [
      'after an upgrade',
      (socket) => {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
        );
        ever(socket, 'x');
      },
      'no answer',
    ],
  ])('%s is a fault before long, and its connection is closed', async (_, talk, detail) => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const server = createTcpServer((socket) => {
      socket.on('close', () => close());
      socket.once('data', () => talk(socket));
    });
    const url = await listenOnLoopback(server, 0);
    const post = createPost({ timeoutMs: 300, loopback: true });
    const fault = await post(`${url}/secret-path`, {}, '{}').catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'ChannelFault' });
    expect(String(fault)).toContain(detail);
    await closed;
    server.close();
  });
});

test('a name that cannot be looked up is a fault', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  const post = createPost({ timeoutMs: 5000, loopback: false, resolve });
  await expect(post('https://gone.example.com/', {}, '{}')).rejects.toThrow('ENOTFOUND');
});
