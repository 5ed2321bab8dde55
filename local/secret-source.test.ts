import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSources } from '../shared/webhooks/sources.ts';
import { checkSecrets, secretSource } from './secret-source.ts';

const secrets = {
  polar: { clientId: 'ci', clientSecret: 'cs' },
  'webhooks/alerts': { secrets: ['a-shared-secret-of-32-characters'] },
};

let directory: string;
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-secret-source-'));
  const rules = [{ revoke: 'token', provider: 'polar', token: '$.token' }];
  const sources = [
    { id: 'alerts', kind: 'hmac', options: { signature: { header: 'sig' } }, rules },
    { id: 'github', kind: 'github-secret-scanning', rules },
  ];
  await writeFile(file('secrets.json'), JSON.stringify(secrets));
  await writeFile(file('webhooks.json'), JSON.stringify({ sources }));
  const providers = [{ id: 'polar', kind: 'polar' }];
  await writeFile(file('providers.json'), JSON.stringify({ providers }));
});
afterAll(() => rm(directory, { recursive: true }));

it('finds the secrets of providers and of sources by their names in Secrets Manager', async () => {
  const kept = { sealingKeys: 'the keys', reportKey: 'the seed' };
  const find = secretSource(kept, file('secrets.json'));
  expect(await find('rescind/sealing-keys')).toBe('the keys');
  expect(await find('rescind/report-signing-key')).toBe('the seed');
  expect(await find('rescind/providers/polar')).toBe(JSON.stringify(secrets.polar));
  expect(await find('rescind/webhooks/alerts')).toBe(JSON.stringify(secrets['webhooks/alerts']));
  expect(await find('rescind/providers/webhooks/alerts')).toBeUndefined();
  expect(await find('rescind/webhooks/github')).toBeUndefined();
});

describe('the check of the secrets', () => {
  const check = async (held: object) => {
    const sources = await loadSources(file('webhooks.json'), new Set(['polar']), () =>
      Promise.reject(new Error('not at start')),
    );
    return checkSecrets(file('providers.json'), held, sources);
  };

  it('finds nothing wrong where nothing is', async () => {
    expect(await check(secrets)).toEqual([]);
  });

  it('says what is missing, what does not fit and what is for nobody', async () => {
    const problems = await check({ polar: secrets.polar, 'webhooks/github': {}, mollie: {} });
    expect(problems).toEqual([
      'there is no secret webhooks/alerts; calls of that source are refused',
      'there is a secret for webhooks/github, but no such provider or source',
      'there is a secret for mollie, but no such provider or source',
    ]);
    const short = { ...secrets, 'webhooks/alerts': { secrets: ['short'] } };
    expect(await check(short)).toEqual([
      'the secret webhooks/alerts secrets.0 must have at least 16 characters',
    ]);
  });
});
