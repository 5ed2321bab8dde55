import { expect, test } from 'vitest';
import type { Send } from '../adapter.ts';
import { ConfigurationFault, SecretFault } from '../faults.ts';
import { adapter } from './adapter.ts';

const nobody: Send = () => Promise.reject(new Error('nobody was to be called'));
const secret = JSON.stringify({ clientId: 'c', clientSecret: 'hunter2' });
const revocationEndpoint = 'https://as.example/revoke';

test('needs no base URL where an endpoint is given, and then calls nobody', async () => {
  const configured = adapter.configure({ id: 'p', options: { revocationEndpoint } });
  const client = await configured.connect(secret, nobody);
  expect(await client.revocation({ token: 't' }, 'rev_1/0/0')).toMatchObject({
    url: revocationEndpoint,
    body: 'token=t',
  });
});

test('offers a look-up only where there is an endpoint for it', async () => {
  const connect = (options: object) =>
    adapter.configure({ id: 'p', options }).connect(secret, nobody);
  expect(await connect({ revocationEndpoint })).not.toHaveProperty('verification');
  const introspectionEndpoint = 'https://as.example/introspect';
  const { verification } = await connect({ revocationEndpoint, introspectionEndpoint });
  expect(await verification?.request({ token: 't' })).toMatchObject({ url: introspectionEndpoint });
});

test('says what is wrong with its options', () => {
  const configure = () =>
    adapter.configure({ id: 'p', options: { revocationEndpoint: 'http://as.example/revoke' } });
  expect(configure).toThrow(ConfigurationFault);
  expect(configure).toThrow(/^provider p: options.revocationEndpoint: http is allowed to loopback/);
});

test('finds a secret that does not fit before it calls anybody', async () => {
  const configured = adapter.configure({ id: 'p', baseUrl: 'https://as.example' });
  const connecting = configured.connect('{"clientId":"hunter2"}', nobody);
  await expect(connecting).rejects.toBeInstanceOf(SecretFault);
  await expect(connecting).rejects.not.toThrow(/hunter2/);
});
