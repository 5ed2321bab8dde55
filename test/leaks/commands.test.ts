import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from './search.ts';
import { canary } from './setting.ts';

const secret = canary();
const search = createSearch(new Map([['the secret', secret]]));
const providers = { providers: [{ id: 'polar', kind: 'polar' }] };

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-commands-'));
  await writeFile(join(directory, 'providers.json'), JSON.stringify(providers));
  await writeFile(join(directory, 'no-json'), `{"polar": {"clientSecret": "${secret}"`);
  await writeFile(join(directory, 'a-list'), JSON.stringify([secret]));
  await writeFile(
    join(directory, 'misplaced'),
    JSON.stringify({
      providers: [{ id: 'polar', kind: 'polar', clientSecret: secret, options: { key: secret } }],
    }),
  );
  await writeFile(join(directory, 'misshaped'), JSON.stringify({ polar: { clientId: [secret] } }));
});
afterAll(() => rm(directory, { recursive: true }));

/** What a command prints until it ends, or says that it is ready. */
async function printed(script: string, args: readonly string[], input = ''): Promise<string> {
  const path = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { cwd: directory });
  const ended = once(child, 'close');
  child.stdin.on('error', () => {
    // It need not wait for what it has no use for.
  });
  child.stdin.end(input);
  // Warnings about secrets come once the embedded stack is up.
  child.stderr.on('data', (chunk: Buffer) => {
    if (chunk.includes('warning: the secret of')) child.kill('SIGTERM');
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return stdout + stderr;
}

const local = ['--port', '0', '--data-dir', 'data'];

test.each([
  ['local/main.ts', [...local, '--secrets', 'no-json'], '', /is not JSON/],
  ['local/main.ts', [...local, '--secrets', 'a-list'], '', /one JSON object/],
  ['local/main.ts', [...local, '--secrets', 'misshaped'], '', /warning: the secret of/],
  ['local/main.ts', [...local, '--providers', 'misplaced'], '', /clientSecret/],
  ['local/main.ts', [...local, secret], '', /Usage/],
  ['local/main.ts', [...local, `--secret=${secret}`], '', /Usage/],
  ['scripts/put-secret.ts', ['polar'], secret, /JSON/],
  ['scripts/put-secret.ts', ['polar'], JSON.stringify({ [secret]: secret }), /clientId/],
  ['scripts/put-secret.ts', ['polar', secret], '{}', /Usage/],
  ['scripts/put-secret.ts', [`--secret=${secret}`], '{}', /Usage/],
  ['scripts/put-secret.ts', [secret], '{}', /providers/],
] as const)('%s %j prints no secret', async (script, args, input, expected) => {
  const output = await printed(script, args, input);
  expect(search('the output', output), output).toEqual([]);
  expect(output).toMatch(expected);
});
