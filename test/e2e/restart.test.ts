import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../local/client.ts';
import { startSandbox } from '../../local/sandbox/index.ts';
import { writeConfiguration } from '../support/stack.ts';
import { until } from '../support/until.ts';

const apiKey = 'an-api-key-for-this-test';

/** Starts `npm run local`'s program and waits for its one line. */
async function startLocal(
  directory: string,
): Promise<{ process: ChildProcess; url: string; line: string }> {
  const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      main,
      ...['--port', '0', '--data-dir', join(directory, 'data')],
      ...['--providers', join(directory, 'providers.json')],
      ...['--secrets', join(directory, 'secrets.json')],
    ],
    { env: { ...process.env, RESCIND_API_KEY: apiKey }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let printed = '';
  // Unread, a full pipe would stop it.
  child.stderr.resume();
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const line = await until('the stack to be ready', () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return printed.includes('\n') && printed;
  });
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  return { process: child, url, line };
}

describe('the embedded stack', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'finishes what it accepted after a %s',
    async (signal) => {
      const directory = await mkdtemp(join(tmpdir(), 'rescind-test-'));
      await using sandbox = await startSandbox('polar');
      sandbox.setFaults({ latencyMs: 40 });
      await writeConfiguration(directory, {
        providers: [sandbox.provider],
        secrets: { polar: sandbox.secret },
      });
      const issued = await sandbox.issue({ count: 300 });

      const before = await startLocal(directory);
      const { id } = await createClient(before.url, apiKey).submit({
        jobs: issued.map(({ token }) => ({ provider: 'polar', token })),
      });
      await until('work to be in flight', () => sandbox.stats().callsFor.revoke > 20);
      before.process.kill(signal);
      await once(before.process, 'exit');
      const done = sandbox.stats().callsFor.revoke;

      const after = await startLocal(directory);
      const client = createClient(after.url, apiKey);
      const revocation = await until('the revocation to complete', async () => {
        const now = await client.revocation(id);
        return now.status === 'completed' && now;
      });
      after.process.kill('SIGTERM');
      const [code] = await once(after.process, 'exit');

      expect(done).toBeLessThan(300);
      expect(revocation.counts).toMatchObject({ total: 300, revoked: 300 });
      expect(await sandbox.alive(issued.map(({ token }) => token))).toEqual([]);
      expect(code).toBe(0);
      expect(after.line).toMatch(/^Rescind is ready at http:\/\/127\.0\.0\.1:\d+ \(.*\)\n$/);
      await rm(directory, { recursive: true, force: true });
    },
  );

  it('refuses a data directory that another process has open', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rescind-test-'));
    await using sandbox = await startSandbox('polar');
    await writeConfiguration(directory, { providers: [sandbox.provider], secrets: {} });
    const first = await startLocal(directory);

    await expect(startLocal(directory)).rejects.toThrow('ended with 1');

    first.process.kill('SIGTERM');
    await once(first.process, 'exit');
    await rm(directory, { recursive: true, force: true });
  });
});
