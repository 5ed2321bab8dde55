import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder } from '../../test/cli/files.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Runs the command; `output` grows until it ends. */
function run(...argv: string[]) {
  const child = spawn(process.execPath, [main, ...argv]);
  const run = { child, output: '', ended: once(child, 'close') };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      run.output += chunk.toString();
    });
  }
  return run;
}

test('prints addresses and configuration, runs, and ends when asked', async () => {
  const command = run('--kind', 'mollie', '--kind', 'genauth');
  await expect.poll(() => command.output).toMatch(/"genauth": \{[^}]*clientSecret[^}]*\}\n\}\n$/);
  const { output } = command;
  const [url] = /(?<=^mollie {3})http:\/\/127\.0\.0\.1:\d+/m.exec(output) ?? [];
  const stats = await fetch(`${url}/sandbox/stats`);
  expect(await stats.json()).toMatchObject({ calls: 0 });
  const [, providers = '', secrets = ''] =
    /providers\.json:\n(.*?)\nsecrets\.json:\n(.*)$/s.exec(output) ?? [];
  expect(JSON.parse(providers)).toMatchObject({
    providers: [{ id: 'mollie', baseUrl: url }, { id: 'genauth' }],
  });
  expect(JSON.parse(secrets)).toMatchObject({ mollie: {}, genauth: {} });
  command.child.kill('SIGTERM');
  expect(await command.ended).toEqual([0, null]);
});

test('saves its configuration where it is told to, for its owner alone', async () => {
  await using folder = await makeFolder();
  const command = run('--kind', 'mollie', '--save', join(folder.path, 'new'));
  await expect.poll(() => command.output).toContain('secrets.json\n');
  expect(command.output).not.toContain('clientSecret');
  const read = (name: string) => readFile(join(folder.path, 'new', name), 'utf8').then(JSON.parse);
  expect(await read('providers.json')).toMatchObject({ providers: [{ id: 'mollie' }] });
  expect(await read('secrets.json')).toMatchObject({ mollie: { clientId: expect.anything() } });
  const { mode } = await stat(join(folder.path, 'new', 'secrets.json'));
  expect(mode & 0o777).toBe(0o600);
  command.child.kill('SIGTERM');
  await command.ended;
});

test.each([['--kind', 'nobody'], ['--port', 'x'], ['--what']])(
  '%s %s is refused',
  async (...argv) => {
    const command = run(...argv.filter((word) => word !== undefined));
    expect(await command.ended).toEqual([2, null]);
    expect(command.output).toContain('usage:');
  },
);
