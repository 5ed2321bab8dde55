/**
 * CPU of one call by Node's own HTTP client, which Rescind's transport uses, and by fetch.
 *
 *   node bench/transport.ts [--calls N]
 *
 * The provider is a child process, so its CPU is in neither figure.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSandbox } from '../local/sandbox/index.ts';
import type { HttpRequest } from '../shared/providers/adapter.ts';
import { createTransport } from '../shared/providers/transport.ts';

const concurrency = 5;

if (process.argv.includes('--provider')) {
  const { url } = await startSandbox('polar');
  process.send?.(url);
} else {
  await compare();
}

async function compare(): Promise<void> {
  const { values } = parseArgs({ options: { calls: { type: 'string', default: '4000' } } });
  const provider: ChildProcess = fork(fileURLToPath(import.meta.url), ['--provider']);
  const [url]: unknown[] = await once(provider, 'message');
  const request: HttpRequest = {
    method: 'POST',
    url: `${url}/v1/oauth2/revoke`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: 'token=polar_at_u_abcdefghijklmnopqrstuvwxyz&client_id=a&client_secret=b',
  };
  const send = createTransport(10_000);
  const ways = {
    'node:http': () => send(request),
    fetch: async () => (await fetch(request.url, request)).text(),
  };
  for (let round = 0; round < 3; round += 1) {
    for (const [name, call] of Object.entries(ways)) {
      await repeat(call, 500);
      const before = process.cpuUsage();
      await repeat(call, Number(values.calls));
      const { user, system } = process.cpuUsage(before);
      console.log(`${name}: ${((user + system) / Number(values.calls)).toFixed(0)} µs a call`);
    }
  }
  provider.kill();
  process.exit(0);
}

async function repeat(call: () => Promise<unknown>, times: number): Promise<void> {
  let left = times;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
