import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Random } from './random.ts';
import type { Onward, RelayedAnswer, Sabotage } from './relay.ts';
import { rawAnswer } from './wire.ts';

/** One call of a provider in a fault's hands. */
export interface ProviderExchange {
  readonly onward: Onward;
  readonly random: Random;
  /** A server that nobody should ever call. */
  readonly trap: string;
}

/**
 * One way in which a provider, or what stands before it, may fail its callers. What an answer says
 * is never the opposite of what was done: nobody could tell then.
 */
export type ProviderFault = (exchange: ProviderExchange) => Promise<RelayedAnswer | Sabotage>;

/** Longer than the suite's providers are waited for. */
const tooLateMs = 1400;

const page = '<!doctype html><title>Sign in</title><h1>Sign in to the network</h1>';
const html = { 'content-type': 'text/html; charset=utf-8' };

const instead =
  (statuses: readonly number[], headers: (random: Random) => Record<string, string>, body = page) =>
  async ({ random }: ProviderExchange): Promise<RelayedAnswer> => ({
    status: random.pick(statuses),
    headers: headers(random),
    body: Buffer.from(body),
  });

/** Does the work and spoils the answer. */
const spoilt =
  (spoil: (answer: RelayedAnswer, random: Random) => RelayedAnswer | Sabotage): ProviderFault =>
  async ({ onward, random }) =>
    spoil(await onward(), random);

/** A 204 has no body to be spoilt. */
const withBody = (answer: RelayedAnswer): RelayedAnswer => ({
  ...answer,
  status: answer.status === 204 ? 200 : answer.status,
});

const reset: Sabotage = (socket) => socket.resetAndDestroy();

const retryAfter = (random: Random): Record<string, string> =>
  random.pick<Record<string, string>>([
    {},
    { 'retry-after': '1' },
    { 'retry-after': 'soon' },
    { 'retry-after': new Date(Date.now() + 1500).toUTCString() },
  ]);

const write =
  (bytes: string | Buffer): Sabotage =>
  (socket: Socket) =>
    socket.write(bytes);

export const providerFaults = {
  'provider: slow': async ({ onward, random }) => {
    await sleep(random.int(50, 600));
    return onward();
  },
  'provider: answers too late': async ({ onward }) => {
    const answer = await onward();
    await sleep(tooLateMs);
    return answer;
  },
  'provider: reset before its work': async () => reset,
  'provider: reset after its work': spoilt(() => reset),
  'provider: closed after its work': spoilt(() => (socket) => socket.end()),
  'provider: reset in its answer': spoilt((answer) => (socket) => {
    socket.write(rawAnswer(answer).subarray(0, 40), () => socket.resetAndDestroy());
  }),
  'provider: body cut off': spoilt((answer) => (socket) => {
    const { length } = answer.body;
    socket.end(rawAnswer(withBody(answer), { 'content-length': String(length + 20) }));
  }),
  'provider: body cut off, no length told': spoilt((answer) => (socket) => {
    const body = answer.body.subarray(0, Math.floor(answer.body.length / 2));
    socket.end(rawAnswer({ ...withBody(answer), body }, { connection: 'close' }));
  }),
  'provider: body longer than told': spoilt((answer) =>
    write(
      rawAnswer(
        {
          ...withBody(answer),
          body: Buffer.concat([answer.body, Buffer.from('{"more":"of it"}')]),
        },
        { 'content-length': String(answer.body.length) },
      ),
    ),
  ),
  // What is left on the connection must not be taken for the next call's answer. In one piece: a
  // second answer that comes just when the next call is made is beyond what HTTP/1.1 can tell.
  'provider: an answer nobody asked for': spoilt((answer) => {
    const length = { 'content-length': String(answer.body.length) };
    const told = rawAnswer(answer, answer.status === 204 ? {} : length);
    return write(Buffer.concat([told, told]));
  }),
  'provider: body never ends': spoilt((answer) =>
    write(rawAnswer({ ...withBody(answer), body: Buffer.from('{') }, { 'content-length': '900' })),
  ),
  'provider: huge body': spoilt((answer) => ({
    ...withBody(answer),
    body: Buffer.from(`{"padding":"${'x'.repeat(4 * 1024 * 1024)}"}`),
  })),
  'provider: huge headers': spoilt((answer) => ({
    ...answer,
    headers: { ...answer.headers, 'x-padding': 'x'.repeat(60_000) },
  })),
  'provider: wrong content type': spoilt((answer, random) => ({
    ...withBody(answer),
    headers: { 'content-type': random.pick(['text/html', 'image/png', 'application/xml', '?']) },
  })),
  'provider: broken JSON': spoilt((answer) => ({
    ...withBody(answer),
    body: Buffer.from('{"error": '),
  })),
  'provider: binary body': spoilt((answer) => ({
    ...withBody(answer),
    body: Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]),
  })),
  'provider: compressed unasked': spoilt((answer) => ({
    ...withBody(answer),
    headers: { ...answer.headers, 'content-encoding': 'gzip' },
    body: gzipSync(answer.body),
  })),
  'provider: 1xx first': async ({ onward, random }) => {
    const answer = await onward();
    const status = random.pick(['100 Continue', '102 Processing', '103 Early Hints']);
    return (socket) => {
      socket.write(`HTTP/1.1 ${status}\r\nlink: </style.css>\r\n\r\n`);
      socket.end(rawAnswer(answer, { connection: 'close' }));
    };
  },
  'provider: 101': async () =>
    write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
  'provider: no HTTP': async () => (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  'provider: redirect': async ({ random, trap }) => ({
    status: random.pick([301, 302, 303, 307, 308]),
    headers: { location: `${trap}/elsewhere` },
    body: Buffer.alloc(0),
  }),
  'provider: other 3xx': instead([300, 304, 305, 399], () => ({}), ''),
  'provider: 5xx': instead([500, 502, 503, 504, 520, 599], (random) => ({
    ...html,
    ...retryAfter(random),
  })),
  'provider: 429': instead([429], retryAfter, ''),
  'provider: a gateway’s 4xx': instead([400, 403, 404, 405, 408, 413, 421, 425, 451], () => html),
  'provider: a sign-in page': instead([200], () => html),
  'provider: 202, and nothing done': instead([202], () => ({}), ''),
  'provider: credentials refused for no reason': instead(
    [401],
    () => ({ 'content-type': 'application/json' }),
    '{"error":"invalid_client"}',
  ),
} satisfies Readonly<Record<string, ProviderFault>>;

export type ProviderFaultKind = keyof typeof providerFaults;

export const providerFaultKinds = Object.keys(providerFaults).filter(
  (name): name is ProviderFaultKind => name in providerFaults,
);
