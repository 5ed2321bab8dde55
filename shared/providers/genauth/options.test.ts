import { describe, expect, test } from 'vitest';
import type { Send } from '../adapter.ts';
import { ConfigurationFault, SecretFault } from '../faults.ts';
import { adapter } from './adapter.ts';

const send: Send = () => Promise.reject(new Error('nothing may be sent'));
const configure = (options: unknown) =>
  adapter.configure({ id: 'genauth-acme', baseUrl: 'https://acme.genauth.ai', options });

describe('options', () => {
  test('client_secret_basic cannot revoke under protocol oauth', () => {
    const options = { clientAuth: 'client_secret_basic', protocol: 'oauth' };
    expect(() => configure(options)).toThrow(ConfigurationFault);
    expect(() => configure(options)).toThrow(/options\.clientAuth: client_secret_basic cannot/);
  });

  test('an unknown option or method is named', () => {
    expect(() => configure({ hint: true })).toThrow(/provider genauth-acme: .*hint/);
    expect(() => configure({ clientAuth: 'private_key_jwt' })).toThrow(/options\.clientAuth/);
  });

  test('there is no host to fall back to', () => {
    expect(() => adapter.configure({ id: 'g' })).toThrow(/kind genauth needs a baseUrl/);
  });
});

describe('secret', () => {
  const noSecret = JSON.stringify({ clientId: 'app' });

  test.each([
    {},
    { clientAuth: 'client_secret_basic' },
    { clientAuth: 'none', introspectionClientAuth: 'client_secret_post' },
  ])('clientSecret is missed under %j', async (options) => {
    const connecting = configure(options).connect(noSecret, send);
    await expect(connecting).rejects.toThrow(SecretFault);
    await expect(connecting).rejects.toThrow(/genauth-acme: clientSecret: required/);
  });

  test('it is not missed where nothing authenticates with it', async () => {
    await expect(configure({ clientAuth: 'none' }).connect(noSecret, send)).resolves.toBeDefined();
  });
});
