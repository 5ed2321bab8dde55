import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listenOnLoopback } from '../../local/loopback.ts';
import { type KeyHost, startKeyHost } from '../../test/support/webhooks.ts';
import { createTransport } from '../providers/transport.ts';
import { createRemoteKeys, KeysUnavailable, parsedBy, type RemoteKeys } from './remote-keys.ts';

const body = (version: number) => JSON.stringify({ version });
const parse = parsedBy(z.object({ version: z.number() }).transform(({ version }) => version));

function* endless() {
  for (;;) yield ' '.repeat(16_384);
}

let host: KeyHost;
let now: number;
let keys: RemoteKeys<number>;
const seconds = (count: number) => {
  now += count * 1000;
};

beforeEach(async () => {
  host = await startKeyHost(body(1));
  now = 1_800_000_000_000;
  keys = createRemoteKeys(host.url, host.send, parse, () => now);
});
afterEach(() => host[Symbol.asyncDispose]());

describe('keys', () => {
  it('are read once in ten minutes, by many at once too', async () => {
    await Promise.all([keys.read(), keys.read(), keys.read({ fresh: true })]);
    seconds(599);
    expect(await keys.read()).toBe(1);
    expect(host.asked).toHaveLength(1);
    host.publish(body(2));
    seconds(1);
    expect(await keys.read()).toBe(2);
  });

  it('are asked for only if they have changed', async () => {
    await keys.read();
    seconds(600);
    expect(await keys.read()).toBe(1);
    expect(host.asked).toEqual([undefined, '"1"']);
  });

  it('are asked for anew once a minute at most, whatever calls come', async () => {
    await keys.read();
    host.publish(body(2));
    for (let call = 0; call < 59; call += 1) {
      seconds(1);
      expect(await keys.read({ fresh: true })).toBe(1);
    }
    seconds(1);
    expect(await keys.read({ fresh: true })).toBe(2);
    expect(host.asked).toHaveLength(2);
  });

  it('are asked for hardly more often than ever while made-up ones come for hours', async () => {
    await keys.read();
    for (let minute = 0; minute < 180; minute += 1) {
      seconds(60);
      await keys.read({ fresh: true });
    }
    expect(host.asked.length).toBeLessThan(25);
    host.publish(body(2));
    seconds(600);
    expect(await keys.read()).toBe(2);
    host.publish(body(3));
    seconds(60);
    expect(await keys.read({ fresh: true })).toBe(3);
  });

  it('serve for a day while their owner does not answer, and no longer', async () => {
    await keys.read();
    host.publish(undefined);
    seconds(86_399);
    expect(await keys.read()).toBe(1);
    seconds(1);
    await expect(keys.read()).rejects.toThrow(KeysUnavailable);
  });

  it.each([undefined, 'not JSON', '{"version":"x"}', ' '.repeat(70_000)])(
    'that cannot be read are asked for every ten seconds: %#',
    async (published) => {
      host.publish(published);
      for (let call = 0; call < 10; call += 1) {
        await expect(keys.read()).rejects.toThrow(KeysUnavailable);
        seconds(1);
      }
      expect(host.asked).toHaveLength(1);
      host.publish(body(3));
      expect(await keys.read()).toBe(3);
    },
  );

  it.each<[string, (response: ServerResponse) => void]>([
    ['never answers', () => undefined],
    ['never ends', (response) => response.writeHead(200).write('{')],
    [
      'sends more than anybody reads',
      (response) => Readable.from(endless()).pipe(response.writeHead(200)),
    ],
  ])('of an owner who %s cannot be read', async (_, answer) => {
    const server = createServer((_request, response) => answer(response));
    const url = await listenOnLoopback(server, 0);
    const slow = createRemoteKeys(url, createTransport(200), parse, () => now);
    await expect(slow.read()).rejects.toThrow(KeysUnavailable);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('are not fetched from where their owner redirects to', async () => {
    const send = async () => ({ status: 302, headers: { location: host.url }, body: '' });
    const moved = createRemoteKeys('https://keys.example', send, parse, () => now);
    await expect(moved.read()).rejects.toThrow(KeysUnavailable);
    expect(host.asked).toEqual([]);
  });
});
