import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

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

test.each([['--kind', 'nobody'], ['--port', 'x'], ['--what']])(
  '%s %s is refused',
  async (...argv) => {
    const command = run(...argv.filter((word) => word !== undefined));
    expect(await command.ended).toEqual([2, null]);
    expect(command.output).toContain('usage:');
  },
);
