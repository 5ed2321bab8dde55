import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ApiKeysFault, findKey, masterKey, readApiKeys } from './api-keys.ts';

async function read(content: unknown) {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'rescind-keys-'));
  const file = join(directory.path, 'keys.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return await readApiKeys(file);
}

const key = 'k3y-k3y-k3y-k3y-';

test('each name has its key and its scopes, and is who it is recorded as', async () => {
  const keys = await read({
    offboarding: { key, scopes: ['submit', 'read'] },
    'on-call': { key: `${key}2`, scopes: ['operate'] },
  });
  expect(keys).toEqual([
    { principal: 'local:offboarding', key, scopes: ['submit', 'read'] },
    { principal: 'local:on-call', key: `${key}2`, scopes: ['operate'] },
  ]);
});

describe('a file that does not fit', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', `{${key}`, /is not JSON/],
    ['a list', [{ key, scopes: ['read'] }], /record|object/],
    ['no scopes', { ci: { key } }, /ci.scopes must be a list/],
    ['an empty list of them', { ci: { key, scopes: [] } }, /ci.scopes must name at least one/],
    ['an unknown scope', { ci: { key, scopes: ['admin'] } }, /some of submit, read, operate/],
    ['a short key', { ci: { key: 'secret', scopes: ['read'] } }, /ci.key must be 16 to 256/],
    ['a key with a space', { ci: { key: `${key} `, scopes: ['read'] } }, /ci.key/],
    ['another field', { ci: { key, scopes: ['read'], role: 'x' } }, /role/],
    ['a name that is none', { 'a b': { key, scopes: ['read'] } }, /a b/],
    [
      'one key for two',
      { a: { key, scopes: ['read'] }, b: { key, scopes: ['submit'] } },
      /two names have the same key/,
    ],
  ])('%s is a fault that says so, quoting no key', async (_, content, message) => {
    const fault = await read(content).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(fault instanceof ApiKeysFault)) throw new Error('there was no such fault');
    expect(fault.message).toMatch(message);
    expect(fault.message).not.toMatch(/k3y|secret/);
  });
});

test('a key is found by all of it and nothing else', () => {
  const keys = [masterKey(key), { ...masterKey(`${key}2`), principal: 'local:2' }];
  expect(findKey(key, keys)?.principal).toBe('local');
  expect(findKey(`${key}2`, keys)?.principal).toBe('local:2');
  for (const other of ['', key.slice(1), `${key}3`, key.toUpperCase()]) {
    expect(findKey(other, keys)).toBeUndefined();
  }
});

test('nothing is no key, not even where a key is empty', () => {
  expect(findKey('', [masterKey('')])).toBeUndefined();
});
