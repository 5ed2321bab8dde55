import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  Refusal,
  startSecretsManager,
  type TestSecretsManager,
} from '../../test/support/secrets-manager.ts';
import { SealingKeysFault } from '../sealing/key-set.ts';
import {
  createSealingKeysSecret,
  type SealingKeysSecret,
  SecretChanged,
} from './sealing-keys-secret.ts';

const name = 'rescind/sealing-keys';
const start = new Date('2026-01-01T00:00:00.000Z');
const later = new Date('2026-01-02T00:00:00.000Z');

let service: TestSecretsManager;
let secret: SealingKeysSecret;
beforeEach(async () => {
  service = await startSecretsManager({ now: () => later });
  service.put(name, 'first', start);
  secret = createSealingKeysSecret(service.client, 'rescind');
});
afterEach(() => service[Symbol.asyncDispose]());

const versions = () => service.held.get(name)?.versions ?? [];
const texts = () => versions().map(({ text }) => text);

test('is read with what its version and its age are', async () => {
  expect(await secret.read()).toEqual({
    text: 'first',
    version: versions()[0]?.id,
    createdAt: start,
    changedAt: start,
  });
});

test('that is not there is a fault that names it', async () => {
  const other = createSealingKeysSecret(service.client, 'rescind-dev');
  await expect(other.read()).rejects.toThrow(
    new SealingKeysFault('there is no secret rescind-dev/sealing-keys'),
  );
});

describe('is replaced', () => {
  test('by one new version, and a repeated call makes no other', async () => {
    const held = await secret.read();
    await secret.replace(held, 'second', later);
    expect(texts()).toEqual(['first', 'second']);
    expect((await secret.read()).changedAt).toEqual(later);
    await expect(secret.replace(held, 'second', later)).rejects.toThrow(SecretChanged);
    expect(texts()).toEqual(['first', 'second']);
  });

  test('not when somebody has put another one there meanwhile', async () => {
    const held = await secret.read();
    service.put(name, 'somebody’s');
    await expect(secret.replace(held, 'ours', later)).rejects.toThrow(SecretChanged);
    expect(texts()).toEqual(['first', 'somebody’s']);
  });

  test('by one of two rotations that both read the same, however close they are', async () => {
    // Prepare: both have looked again before either writes.
    const held = await secret.read();
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    service.intercept = async (action) => {
      if (action !== 'PutSecretValue') return;
      waiting += 1;
      if (waiting === 2) both.resolve();
      await both.promise;
    };

    // Act
    const ends = await Promise.allSettled([
      secret.replace(held, 'one', later),
      secret.replace(held, 'other', later),
    ]);

    // Assess
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends).toContainEqual({ status: 'rejected', reason: expect.any(SecretChanged) });
    expect(texts()).toHaveLength(2);
  });

  test('again after a version was taken back, a day later at the latest', async () => {
    const held = await secret.read();
    await secret.replace(held, 'second', start);
    versions().pop();
    await secret.replace(held, 'third', later);
    expect(texts()).toEqual(['first', 'third']);
  });

  test('not when Secrets Manager fails, which is no change by somebody else', async () => {
    const held = await secret.read();
    service.intercept = async () => {
      throw new Refusal('ThrottlingException');
    };
    const failing = secret.replace(held, 'second', later);
    await expect(failing).rejects.not.toThrow(SecretChanged);
    await expect(failing).rejects.toThrow();
    expect(texts()).toEqual(['first']);
  });
});
