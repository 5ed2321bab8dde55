import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProviderClient, Send } from '../../shared/providers/adapter.ts';
import {
  ConfigurationFault,
  ConnectFault,
  HeldBack,
  SecretFault,
  TransportFault,
} from '../../shared/providers/faults.ts';
import { SecretMissing } from '../../shared/secrets/secrets.ts';
import { createProvider } from '../../test/support/provider.ts';
import { startSecrets, type TestSecrets } from '../../test/support/secrets.ts';
import { connectVerdict, createSession, type Session } from './session.ts';

const secretName = 'rescind/providers/test';
const setSecret = (key: string) => setting.held.set(secretName, JSON.stringify({ key }));
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

let setting: TestSecrets;
/** Keys that were connected with, in order. */
let connected: string[];
let session: Session;

/** What connecting comes to; a test may replace it. */
let connecting: (key: string) => Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setting = await startSecrets({ test: { key: 'old' } });
  connected = [];
  connecting = async () => undefined;
  const { provider, send } = createProvider();
  session = createSession(
    {
      ...provider,
      adapter: {
        ...provider.adapter,
        connect: async (secret, sending) => {
          connected.push(secret);
          await connecting(secret);
          return provider.adapter.connect(secret, sending);
        },
      },
    },
    setting.secrets,
    send,
  );
});
afterEach(async () => {
  await setting[Symbol.asyncDispose]();
  vi.useRealTimers();
});

/** The key that a client speaks with. */
async function keyOf(client: ProviderClient | undefined): Promise<string> {
  const request = await client?.revocation({ token: 't' }, 'rev_1/0/0');
  return JSON.parse(request?.body ?? '{}').key;
}

describe('the client', () => {
  test('is connected once for many', async () => {
    const clients = await Promise.all([session.client(), session.client(), session.client()]);
    expect(new Set([...clients, await session.client()]).size).toBe(1);
    expect(connected).toHaveLength(1);
    expect(setting.reads).toHaveLength(1);
  });

  test('is connected anew once the secret has been read anew', async () => {
    await session.client();
    setSecret('new');
    later(5 * 60_000);
    expect(await keyOf(await session.client())).toBe('new');
  });

  test('is connected anew after a fault: the fault is not kept', async () => {
    connecting = async () => {
      throw new ConnectFault({ kind: 'unavailable', detail: 'http 503' });
    };
    await expect(session.client()).rejects.toThrow(ConnectFault);
    connecting = async () => undefined;
    expect(await keyOf(await session.client())).toBe('old');
  });

  test('is connected anew when it was forgotten', async () => {
    await session.client();
    session.forget();
    await session.client();
    expect(connected).toHaveLength(2);
  });

  test('on a malformed secret notices its correction without waiting for the copy to age', async () => {
    setting.held.set(secretName, '{"kye":"old"}');
    await expect(session.client()).rejects.toThrow(SecretFault);
    setSecret('corrected');
    later(1001);
    expect(await keyOf(await session.client())).toBe('corrected');
  });

  test('on a malformed secret that stays so is a fault, after one more look', async () => {
    setting.held.set(secretName, 'not json');
    await expect(session.client()).rejects.toThrow(SecretFault);
    later(1001);
    await expect(session.client()).rejects.toThrow(SecretFault);
    expect(setting.reads).toHaveLength(2);
    expect(connected).toHaveLength(2);
  });
});

describe('refresh', () => {
  test('makes a client of the rotated secret, for all who ask at once', async () => {
    const refused = await session.client();
    later(1001);
    setSecret('new');
    const fresh = await Promise.all([1, 2, 3, 4, 5].map(() => session.refresh(refused)));
    expect(new Set(fresh).size).toBe(1);
    expect(await keyOf(fresh[0])).toBe('new');
    expect(connected).toHaveLength(2);
    expect(setting.reads).toHaveLength(2);
    expect(await session.client()).toBe(fresh[0]);
  });

  test('has nothing to offer when the secret is the one that was refused', async () => {
    const refused = await session.client();
    later(1001);
    expect(await session.refresh(refused)).toBeUndefined();
  });

  test('of a client that others have replaced already offers theirs', async () => {
    const refused = await session.client();
    later(1001);
    setSecret('new');
    const theirs = await session.refresh(refused);
    expect(await session.refresh(refused)).toBe(theirs);
    expect(theirs && (await session.refresh(theirs))).toBeUndefined();
  });
});

test('a secret that may not be read is named, since it may be that there is none', async () => {
  const denied = Object.assign(new Error('User: arn:… is not authorized'), {
    name: 'AccessDeniedException',
  });
  const { provider, send } = createProvider();
  const { client } = createSession(
    provider,
    { ...setting.secrets, ofProvider: () => Promise.reject(denied) },
    send,
  );

  const verdict = connectVerdict(await client().catch((error: unknown) => error));

  expect(verdict).toMatchObject({ kind: 'misconfigured', credentials: true });
  expect(verdict).toHaveProperty('detail', expect.stringContaining('providers/test'));
});

describe('the version of the secret', () => {
  test('changes with it, noticed within a minute, and is none of its text', async () => {
    const before = await session.secretVersion();
    setSecret('new');
    expect(await session.secretVersion()).toBe(before);
    later(60_000);
    const after = await session.secretVersion();
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    expect(after).not.toContain('new');
    expect(await keyOf(await session.client())).toBe('new');
  });

  test('is none of a secret that does not exist, and untold in an outage', async () => {
    setting.held.delete(secretName);
    expect(await session.secretVersion()).toBe('none');
    setting.fail(true);
    expect(await session.secretVersion()).toBeUndefined();
  });
});

/** A session whose adapter makes a call to connect. */
function discover(send: Send): Session {
  const { provider } = createProvider();
  return createSession(
    {
      ...provider,
      adapter: {
        ...provider.adapter,
        connect: async (secret, sending) => {
          await sending({ method: 'GET', url: 'https://provider.test/', headers: {} });
          return provider.adapter.connect(secret, sending);
        },
      },
    },
    setting.secrets,
    send,
  );
}

test('what connecting calls goes the way of the job that needs it', async () => {
  const ways: string[] = [];
  const sendBy = (way: string) => async () => {
    ways.push(way);
    return { status: 200, headers: {}, body: '' };
  };
  const discovering = discover(sendBy('its own'));
  const job = discovering.sendingBy(sendBy('a job’s'));
  expect(await job.client()).toBe(await discovering.client());
  expect(ways).toEqual(['a job’s']);
});

test('a job whose call is held back while it connects holds nobody else back', async () => {
  const ways: string[] = [];
  const sendBy = (way: string, isHeldBack: boolean) => async () => {
    ways.push(way);
    if (isHeldBack) throw new HeldBack();
    return { status: 200, headers: {}, body: '' };
  };
  const discovering = discover(sendBy('its own', false));
  const clients = [
    discovering.sendingBy(sendBy('first', true)),
    discovering.sendingBy(sendBy('second', true)),
    discovering.sendingBy(sendBy('third', false)),
    discovering.sendingBy(sendBy('fourth', false)),
  ].map((job) => job.client());
  const [first, second, third, fourth] = await Promise.allSettled(clients);
  expect(first).toMatchObject({ reason: expect.any(HeldBack) });
  expect(second).toMatchObject({ reason: expect.any(HeldBack) });
  expect(third).toEqual({ status: 'fulfilled', value: await discovering.client() });
  expect(fourth).toEqual(third);
  expect(ways).toEqual(['first', 'second', 'third']);
});

test.each([
  [new SecretFault('apiKey: missing'), { kind: 'misconfigured', credentials: true }],
  [new SecretMissing('there is no secret x'), { kind: 'misconfigured', credentials: true }],
  [new ConfigurationFault('no such endpoint'), { kind: 'misconfigured', credentials: false }],
  [
    new ConnectFault({ kind: 'throttled', detail: 'http 429', retryAfterSeconds: 9 }),
    { kind: 'throttled', retryAfterSeconds: 9 },
  ],
  [new TransportFault('timeout'), { kind: 'unavailable', detail: 'no answer: timeout' }],
  [
    new Error('quotes hunter2'),
    { kind: 'unavailable', detail: expect.not.stringContaining('hunter2') },
  ],
])('%s is %j', (fault, verdict) => {
  expect(connectVerdict(fault)).toMatchObject(verdict);
});
