import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type AdapterSpecification, defineAdapter, type Send } from './adapter.ts';
import { ConfigurationFault, SecretFault } from './faults.ts';

interface Options {
  readonly region: string;
}
interface Secret {
  readonly apiKey: string;
}

const client = {
  revocation: () => ({ method: 'GET' as const, url: 'https://x', headers: {} }),
  judge: () => ({ kind: 'revoked' as const }),
};

const spec: AdapterSpecification<Options, Secret> = {
  kind: 'test',
  title: 'Test',
  requiresBaseUrl: false,
  capabilities: {
    tokenTypes: { access_token: 'token' },
    tokenTypeHint: 'never',
    verification: 'none',
    reportsAlreadyInvalid: false,
  },
  options: z.strictObject({ region: z.string().default('us') }),
  secret: z.object({ apiKey: z.string().min(1) }),
  connect: () => client,
};

const send: Send = async () => ({ status: 200, headers: {}, body: '' });

describe('configure', () => {
  test('takes slashes off the end of the base URL, and falls back to the default one', () => {
    const adapter = defineAdapter({ ...spec, defaultBaseUrl: 'https://default' });
    expect(adapter.configure({ id: 'p', baseUrl: 'https://own/base//' }).baseUrl).toBe(
      'https://own/base',
    );
    expect(adapter.configure({ id: 'p' }).baseUrl).toBe('https://default');
  });

  test.each([
    ['a base URL that is missing', { ...spec, requiresBaseUrl: true }, {}, /p: .*needs a baseUrl/],
    ['options that do not fit', spec, { options: { region: 1 } }, /p: options\.region: /],
    ['options it does not know', spec, { options: { reigon: 'eu' } }, /p: options: /],
    [
      'what the adapter finds wrong',
      { ...spec, checkConnection: () => 'no server' },
      {},
      'provider p: no server',
    ],
  ])('tells %s', (_, own, entry, message) => {
    const configure = () => defineAdapter(own).configure({ id: 'p', ...entry });
    expect(configure).toThrow(message);
    expect(configure).toThrow(ConfigurationFault);
  });

  test('hands the adapter its connection', () => {
    const adapter = defineAdapter({
      ...spec,
      checkJob: ({ token }, { options }) => `${token} in ${options.region}`,
    });
    expect(adapter.configure({ id: 'p' }).checkJob({ token: 't' })).toBe('t in us');
    expect(defineAdapter(spec).configure({ id: 'p' }).checkJob({ token: 't' })).toBeUndefined();
  });
});

describe('connect', () => {
  test('hands the adapter the parsed secret', async () => {
    let given: Secret | undefined;
    const adapter = defineAdapter({
      ...spec,
      connect: (_, secret) => {
        given = secret;
        return client;
      },
    });
    expect(await adapter.configure({ id: 'p' }).connect('{"apiKey":"k"}', send)).toBe(client);
    expect(given).toEqual({ apiKey: 'k' });
  });

  test.each([
    ['is not JSON', 'hunter2', 'the secret of provider p is not JSON'],
    ['lacks a field', '{"key":"hunter2"}', /^the secret of provider p: apiKey: /],
    [
      'has an empty field',
      '{"apiKey":"","other":"hunter2"}',
      /^the secret of provider p: apiKey: /,
    ],
    ['is a bare text', '"hunter2"', /^the secret of provider p: /],
  ])('tells that the secret %s, quoting nothing of it', async (_, secret, message) => {
    const fault = await defineAdapter(spec)
      .configure({ id: 'p' })
      .connect(secret, send)
      .catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(SecretFault);
    expect(fault).toMatchObject({ message: expect.stringMatching(message) });
    expect(fault).not.toMatchObject({ message: expect.stringContaining('hunter2') });
    expect(fault).not.toHaveProperty('cause');
  });
});
