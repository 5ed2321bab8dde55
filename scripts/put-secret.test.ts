import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  Refusal,
  startSecretsManager,
  type TestSecretsManager,
} from '../test/support/secrets-manager.ts';
import { putSecret } from './put-secret-command.ts';

const script = fileURLToPath(new URL('./put-secret.ts', import.meta.url));
const name = 'rescind/providers/polar';
const secret = { clientId: 'polar_ci_1', clientSecret: 'secret-4711' };

let directory: string;
let service: TestSecretsManager;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-put-secret-'));
  const providers = [
    { id: 'polar', kind: 'polar' },
    { id: 'nylas', kind: 'nylas' },
  ];
  await writeFile(join(directory, 'providers.json'), JSON.stringify({ providers }));
  await writeFile(join(directory, 'webhooks.json'), JSON.stringify({ sources }));
});
afterAll(() => rm(directory, { recursive: true }));

const rules = [{ revoke: 'token', provider: 'polar', token: '$.token' }];
const sources = [
  { id: 'alerts', kind: 'hmac', options: { signature: { header: 'sig' } }, rules },
  { id: 'github', kind: 'github-secret-scanning', rules },
];
beforeEach(async () => {
  service = await startSecretsManager({ aliases: ['alias/rescind-production'] });
});
afterEach(() => service[Symbol.asyncDispose]());

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command, which must never print a secret. */
async function put(input: unknown, args = ['polar']): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const file = (option: string) =>
    args.includes(option) ? [] : [option, join(directory, `${option.slice(2)}.json`)];
  const code = await putSecret([...args, ...file('--providers'), ...file('--webhooks')], {
    stdin: Readable.from([typeof input === 'string' ? input : JSON.stringify(input)]),
    print: (line) => {
      printed.stdout += `${line}\n`;
    },
    warn: (line) => {
      printed.stderr += `${line}\n`;
    },
    client: () => service.client,
  });
  expect(printed.stdout + printed.stderr).not.toContain('4711');
  return { code, ...printed };
}

/** Runs it in a process of its own, in the folder with the files. */
async function putInProcess(input: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: directory,
    env: { ...service.env, HOME: directory, ...env },
  });
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  expect(stdout + stderr).not.toContain('4711');
  return { code, stdout, stderr };
}

const held = (id = name) => {
  const found = service.held.get(id);
  return { key: found?.kmsKeyId, text: found?.versions.at(-1)?.text };
};

describe('a secret', () => {
  test("is created under the stage's key, and given a new value the next time", async () => {
    const created = await put(secret);
    expect(created).toEqual({ code: 0, stdout: `created ${name}\n`, stderr: '' });
    expect(held()).toEqual({ key: 'alias/rescind-production', text: JSON.stringify(secret) });

    const updated = await put(JSON.stringify({ ...secret, clientId: 'other' }, undefined, 2));
    expect(updated).toEqual({ code: 0, stdout: `updated ${name}\n`, stderr: '' });
    expect(JSON.parse(held().text ?? '')).toEqual({ ...secret, clientId: 'other' });
  });

  test('of another stage has its own name; before that is deployed it comes under the account’s key', async () => {
    const { code, stdout, stderr } = await put(secret, ['polar', '--stage', 'dev']);
    expect([code, stdout]).toEqual([0, 'created rescind-dev/providers/polar\n']);
    expect(stderr).toMatch(/no KMS key alias\/rescind-dev, so it is under the account's own/);
    expect(held('rescind-dev/providers/polar').key).toBeUndefined();
  });

  test('that is there already keeps its key while the stage has none', async () => {
    service.put('rescind-dev/providers/polar', 'older');
    const { code, stderr } = await put(secret, ['polar', '--stage', 'dev']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/it is under the one it had/);
    expect(held('rescind-dev/providers/polar').text).toBe(JSON.stringify(secret));
  });

  test('comes under the account’s key if so asked, without a warning', async () => {
    expect(await put(secret, ['polar', '--default-key'])).toMatchObject({ code: 0, stderr: '' });
    expect(held().key).toBeUndefined();
  });

  test('of a provider from another file is checked by its own kind', async () => {
    const file = join(directory, 'others.json');
    await writeFile(file, JSON.stringify({ providers: [{ id: 'mail', kind: 'nylas' }] }));
    const args = ['mail', '--providers', file];
    expect(await put(secret, args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/apiKey/),
    });
    expect(await put({ apiKey: 'key-4711' }, args)).toMatchObject({ code: 0 });
    expect(held('rescind/providers/mail').text).toBe('{"apiKey":"key-4711"}');
  });
});

describe('nothing is written', () => {
  test.each<[string, unknown, string[], RegExp]>([
    ['what is not JSON', 'secret-4711', ['polar'], /what came on standard input is not JSON/],
    ['nothing at all', '', ['polar'], /not JSON/],
    ['a secret that lacks a field', { clientId: 'a' }, ['polar'], /provider polar: clientSecret/],
    ['a secret of another kind', { apiKey: 'key-4711' }, ['polar'], /clientId: .*; clientSecret: /],
    ['an unknown provider', secret, ['polr'], /no provider polr; it has polar, nylas/],
    ['a stage that cannot be', secret, ['polar', '--stage', 'a-b'], /--stage must be 1-16/],
    [
      'a secret on the command line',
      '',
      ['polar', '{"clientId":"secret-4712"}'],
      /^put-secret: Us/,
    ],
    ['a secret in place of the id', '', ['{"clientId":"secret-4711"}'], /^put-secret: Usage: npm/],
    ['no provider', secret, [], /^put-secret: Usage: npm run/],
    ['an unknown option', secret, ['polar', '--key'], /--key/],
    ['a file that is not there', secret, ['polar', '--providers', 'none.json'], /none\.json/],
  ])('of %s, and it is a mistake of use', async (_, input, args, message) => {
    const { code, stdout, stderr } = await put(input, args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(service.calls).toEqual([]);
  });

  test.each([
    ['AWS refuses', 'AccessDeniedException', /AccessDeniedException: not for you/, 'not for you'],
    [
      'AWS quotes the secret',
      'InvalidParameterException',
      /^put-secret: Inv\w+$/m,
      'not secret-4711',
    ],
  ])('where %s, which is told without it', async (_, refusal, message, words) => {
    service.intercept = async () => {
      throw new Refusal(refusal, words);
    };
    const { code, stderr } = await put(secret);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(service.held.size).toBe(0);
  });

  test('where the key is there and cannot be used: that is no reason to take another', async () => {
    service.intercept = async () => {
      throw new Refusal('EncryptionFailure', 'The KMS key is disabled');
    };
    expect(await put(secret)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The KMS key is disabled/),
    });
    expect(service.held.size).toBe(0);
  });

  test('where no region is known', async () => {
    const { code, stderr } = await putInProcess(JSON.stringify(secret), ['polar'], {
      AWS_REGION: '',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/region/i);
  });

  test('of what is larger than Secrets Manager takes', async () => {
    const { code, stderr } = await put({ ...secret, note: 'x'.repeat(65_536) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/at most 65536 bytes/);
    expect(service.calls).toEqual([]);
  });
});

test('help goes to standard output', async () => {
  expect(await put('', ['--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/--default-key/),
    stderr: '',
  });
});

describe('the secret of a source of webhooks', () => {
  test('is put where its function reads it', async () => {
    const secrets = { secrets: ['a-shared-secret-4711'] };
    const created = await put(secrets, ['webhooks/alerts']);
    expect(created).toMatchObject({ code: 0, stdout: 'created rescind/webhooks/alerts\n' });
    expect(held('rescind/webhooks/alerts').text).toBe(JSON.stringify(secrets));
  });

  test.each([
    ['webhooks/alerts', { secrets: ['4711'] }, 'secrets.0 must have at least 16 characters'],
    ['webhooks/alerts', { secret: 'a-shared-secret-4711' }, 'must be {"secrets": […]}'],
    ['webhooks/github', {}, 'source github has no secret'],
    ['webhooks/other', {}, 'webhooks.json has no source other; it has alerts, github'],
  ])('%s is refused without being quoted when it does not fit', async (id, secrets, message) => {
    const { code, stderr } = await put(secrets, [id]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(service.calls).toEqual([]);
  });
});
