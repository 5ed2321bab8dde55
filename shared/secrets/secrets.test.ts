import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSecrets, type TestSecrets } from '../../test/support/secrets.ts';
import { SealingKeysFault } from '../sealing/keys.ts';
import { SecretMissing } from './secrets.ts';

/** A slow machine may take its time. */
const patiently = { timeout: 60_000 };

const name = 'rescind/providers/polar';
const minutes = (count: number) => vi.setSystemTime(Date.now() + count * 60_000);

let setting: TestSecrets;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setting = await startSecrets({ polar: { clientSecret: 'old' } });
});
afterEach(async () => {
  await setting[Symbol.asyncDispose]();
  vi.useRealTimers();
});

const ofPolar = (fresh?: boolean) =>
  setting.secrets.ofProvider('polar', fresh === undefined ? {} : { fresh });

describe('a secret', () => {
  test('is read once for many, also when they ask at the same time', async () => {
    const copies = await Promise.all([ofPolar(), ofPolar(), ofPolar(true)]);
    copies.push(await ofPolar());
    expect(new Set(copies)).toEqual(new Set(['{"clientSecret":"old"}']));
    expect(setting.reads).toEqual([name]);
  });

  test('is read again when its copy is five minutes old', async () => {
    await ofPolar();
    setting.held.set(name, 'new');
    minutes(4.9);
    expect(await ofPolar()).toContain('old');
    minutes(0.2);
    expect(await ofPolar()).toBe('new');
  });

  test('is read at once for whoever wants a fresh copy, and all have it then', async () => {
    await ofPolar();
    setting.held.set(name, 'new');
    minutes(0.1);
    expect(await ofPolar(true)).toBe('new');
    expect(await ofPolar()).toBe('new');
    expect(setting.reads).toHaveLength(2);
  });

  test('is not read again within the second, however many want it fresh', async () => {
    await ofPolar();
    minutes(0.1);
    await Promise.all(Array.from({ length: 20 }, () => ofPolar(true)));
    await ofPolar(true);
    expect(setting.reads).toHaveLength(2);
  });

  test('of one provider is not another’s', async () => {
    setting.held.set('rescind/providers/mollie', 'mollie’s');
    expect(await setting.secrets.ofProvider('mollie')).toBe('mollie’s');
    expect(await ofPolar()).toContain('old');
  });
});

describe('a failure', () => {
  test('names the secret that is missing, and is forgotten', async () => {
    setting.held.delete(name);
    await expect(ofPolar()).rejects.toThrow(new SecretMissing(`there is no secret ${name}`));
    setting.held.set(name, 'late');
    expect(await ofPolar()).toBe('late');
  });

  test('of Secrets Manager is not taken for a missing secret', async () => {
    setting.fail(true);
    await expect(ofPolar()).rejects.not.toThrow(SecretMissing);
    setting.fail(false);
    expect(await ofPolar()).toContain('old');
  });

  test('of Secrets Manager is bridged with the copy at hand for an hour, unless the secret is gone', async () => {
    await ofPolar();
    setting.fail(true);
    minutes(6);
    expect(await ofPolar()).toContain('old');
    minutes(55);
    await expect(ofPolar()).rejects.toThrow();
    setting.fail(false);
    expect(await ofPolar()).toContain('old');
    setting.held.delete(name);
    minutes(6);
    await expect(ofPolar()).rejects.toThrow(SecretMissing);
  });

  test('of an old read does not throw away a newer copy', async () => {
    // Prepare: a read that hangs, then fails, while a later one succeeds.
    const failOld = setting.hold();
    setting.fail(true);
    const old = ofPolar().catch((error: unknown) => error);
    await vi.waitFor(() => expect(setting.reads).toHaveLength(1), patiently);
    minutes(0.1);
    const releaseNew = setting.hold();
    const fresh = ofPolar(true);
    await vi.waitFor(() => expect(setting.reads).toHaveLength(2), patiently);

    // Act
    failOld();
    expect(await old).toBeInstanceOf(Error);
    setting.fail(false);
    releaseNew();
    await fresh;

    // Assess
    await ofPolar();
    expect(setting.reads).toHaveLength(2);
  });
});

describe('the sealing keys', () => {
  test('are read and parsed once', async () => {
    const keys = await setting.secrets.sealingKeys();
    expect(await setting.secrets.sealingKeys()).toBe(keys);
    expect(setting.reads).toEqual(['rescind/sealing-keys']);
  });

  test.each([
    ['missing', undefined],
    ['malformed', '{"keys":[]}'],
  ])('that are %s are a fault of their own, and are asked for again', async (_, text) => {
    const good = setting.held.get('rescind/sealing-keys') ?? '';
    if (text === undefined) setting.held.delete('rescind/sealing-keys');
    else setting.held.set('rescind/sealing-keys', text);
    await expect(setting.secrets.sealingKeys()).rejects.toThrow(SealingKeysFault);
    setting.held.set('rescind/sealing-keys', good);
    expect((await setting.secrets.sealingKeys()).openWith.size).toBe(1);
  });
});
