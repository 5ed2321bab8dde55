import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationFault } from '../providers/faults.ts';
import { loadSources } from './sources.ts';

let file: string;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-sources-'));
  file = join(directory, 'webhooks.json');
});
afterAll(() => rm(directory, { recursive: true }));

async function load(content: unknown) {
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadSources(file, new Set(['polar']), () => Promise.reject(new Error('not at start')));
}

const token = { revoke: 'token', provider: 'polar', token: '$.token' };
const jwt = { issuer: 'https://idp', audience: 'us', jwksUri: 'https://idp.example/keys' };

it('takes every kind of source', async () => {
  const sources = await load({
    $schema: './docs/webhooks.schema.json',
    sources: [
      { id: 'standard', kind: 'standard-webhooks', rules: [token] },
      { id: 'github', kind: 'github-secret-scanning', rules: [token] },
      { id: 'ssf', kind: 'shared-signals', options: jwt, rules: [token] },
      { id: 'gtr', kind: 'global-token-revocation', options: { auth: 'bearer' }, rules: [token] },
      {
        id: 'okta',
        kind: 'global-token-revocation',
        options: { auth: 'jwt', ...jwt },
        rules: [token],
      },
      { id: 'nylas', kind: 'nylas', rules: [token] },
      { id: 'own', kind: 'hmac', options: { signature: { header: 'X-Sig' } }, rules: [token] },
    ],
  });
  const withSecret = [...sources.values()].filter(({ scheme }) => scheme.secretProblem);
  expect(withSecret.map(({ id }) => id)).toEqual(['standard', 'gtr', 'nylas', 'own']);
});

describe('says what is wrong before any call comes:', () => {
  const source = { id: 'own', kind: 'nylas', rules: [token] };
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /webhooks\.json is not JSON/],
    ['an unknown kind', [{ ...source, kind: 'stripe' }], /sources\.0\.kind: Invalid/],
    ['an id that fits no URL', [{ ...source, id: 'a/b' }], /sources\.0\.id: must be 1-40/],
    ['an id used twice', [source, source], /sources\.1\.id: own is used twice/],
    ['no rules', [{ ...source, rules: [] }], /sources\.0\.rules: /],
    [
      'a path that is none',
      [{ ...source, rules: [{ ...token, token: 'token' }] }],
      /sources\.0\.rules\.0\.token: must be a JSONPath/,
    ],
    [
      'an unknown provider',
      [{ ...source, rules: [token, { ...token, provider: 'polr' }] }],
      /source own, rule 1: there is no provider polr/,
    ],
    [
      'keys without TLS',
      [
        {
          id: 'a',
          kind: 'shared-signals',
          options: { ...jwt, jwksUri: 'http://idp/keys' },
          rules: [token],
        },
      ],
      /jwksUri: http is allowed to loopback only/,
    ],
    [
      'an option that there is not',
      [{ ...source, options: { secret: 'x' } }],
      /sources\.0\.options/,
    ],
  ])('%s', async (_, sources, message) => {
    const loading = load(typeof sources === 'string' ? sources : { sources });
    await expect(loading).rejects.toThrow(ConfigurationFault);
    await expect(loading).rejects.toThrow(message);
  });
});
