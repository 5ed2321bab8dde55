import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSubmission } from '../../functions/api/check-jobs.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { jsonBody } from '../../shared/http/body.ts';
import { describeFault } from '../../shared/log/logger.ts';
import { loadAdapter } from '../../shared/providers/catalog.ts';
import { createTransport } from '../../shared/providers/transport.ts';
import { open, seal } from '../../shared/sealing/envelope.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import { catalogOf } from '../support/catalog.ts';
import { httpEvent } from '../support/http-event.ts';
import { createSearch } from './search.ts';
import { canary } from './setting.ts';

const secret = canary();
const search = createSearch(new Map([['the secret', secret]]));

/** All that an error holds, and all that its causes do, as whoever logs it might print it. */
async function printOf(failing: () => unknown): Promise<string> {
  try {
    await failing();
  } catch (error) {
    const fault = error instanceof Error ? error : new Error(String(error));
    return [
      inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null }),
      JSON.stringify(error, Object.getOwnPropertyNames(fault)),
      JSON.stringify(describeFault(error)),
      String(fault.stack),
    ].join('\n');
  }
  throw new Error('it was meant to fail');
}

async function expectNoSecret(failing: () => unknown): Promise<void> {
  const print = await printOf(failing);
  expect(search('the error', print), print).toEqual([]);
}

describe('an error of a call holds no request', () => {
  /** Each answer that no HTTP client can read, by the path it is for. */
  const answers: Readonly<Record<string, string | undefined>> = {
    '/reset': undefined,
    '/garbage': `${secret} is no HTTP\r\n\r\n`,
    '/cut': `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${secret}`,
    '/lying': `HTTP/1.1 200 OK\r\ncontent-length: -1\r\nx-echo: ${secret}\r\n\r\n`,
    '/switching': 'HTTP/1.1 101 Switching\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n',
  };
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk) => {
        const path = /^\S+ (\/\w+)/.exec(chunk.toString())?.[1] ?? '';
        const answer = answers[path];
        if (path === '/silence') return;
        if (answer === undefined) socket.resetAndDestroy();
        else socket.end(answer);
      });
    });
    origin = await listenOnLoopback(server, 0);
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const call = (url: string) =>
    createTransport(300)({
      method: 'POST',
      url: `${url}?token=${secret}`,
      headers: { authorization: `Bearer ${secret}` },
      body: `token=${secret}`,
    });

  test.each([...Object.keys(answers), '/silence'])('%s', async (path) => {
    await expectNoSecret(() => call(origin + path));
  });

  test('to nobody', async () => {
    await expectNoSecret(() => call('http://127.0.0.1:1/'));
  });
});

describe('an error of a secret does not quote it', () => {
  test.each([
    ['that is not JSON', secret],
    ['that breaks off', `{"clientSecret":"${secret}"`],
    ['of another shape', JSON.stringify({ clientId: secret, [secret]: secret })],
    ['that is a text', JSON.stringify(secret)],
  ])('%s', async (_, text) => {
    for (const kind of ['nylas', 'polar', 'mollie', 'genauth', 'rfc7009']) {
      const baseUrl = 'https://server.example';
      const adapter = (await loadAdapter(kind)).configure({ id: kind, baseUrl });
      await expectNoSecret(() =>
        adapter.connect(text, async () => ({ status: 404, headers: {}, body: '' })),
      );
    }
  });

  test('of the sealing keys', async () => {
    for (const text of [secret, `{"keys":[{"k":"${secret}"}]}`, JSON.stringify({ [secret]: 1 })]) {
      await expectNoSecret(() => parseSealingKeys(text));
    }
  });
});

test('an envelope that does not open says nothing of what is inside', async () => {
  const keys = parseSealingKeys(generateSealingKeys());
  const place = { revocation: `rev_${'0'.repeat(40)}`, part: 0, slice: 0, provider: 'polar' };
  const sealed = await seal(place, [{ index: 0, token: secret }], keys);
  const others = parseSealingKeys(generateSealingKeys());
  await expectNoSecret(() => open(place, sealed, others));
  await expectNoSecret(() => open({ ...place, slice: 1 }, sealed, keys));
  await expectNoSecret(() => open(place, `${sealed.slice(0, -4)}AAAA`, keys));
});

describe('a refusal does not quote the request', () => {
  const job = { provider: 'mollie', token: secret };
  test.each([
    ['a job that lacks something', { jobs: [job] }],
    ['a token as a provider', { jobs: [{ ...job, provider: secret }] }],
    ['a token as a key', { jobs: [{ ...job, [secret]: secret }], [secret]: secret }],
    ['a token as a reference', { label: secret, jobs: [{ ...job, ref: secret }] }],
  ])('%s', async (_, body) => {
    const catalog = await catalogOf({ id: 'mollie' });
    await expectNoSecret(() => checkSubmission(body, catalog));
  });

  test('that is not JSON', async () => {
    const event = { ...httpEvent({ method: 'POST' }), body: `{"token":${secret}` };
    await expectNoSecret(() => jsonBody(event));
  });
});

test('what an error holds is looked at, its causes included', async () => {
  const cause = { config: { headers: { authorization: secret } } };
  const print = await printOf(() => {
    throw new Error('failed', { cause });
  });
  expect(search('the error', print)).toEqual(['the secret in the error']);
});
