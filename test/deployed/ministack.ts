import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPython } from '../support/python.ts';
import { until } from '../support/until.ts';
import { run } from './run.ts';

/**
 * Runs a command with MiniStack in place of AWS, and stops MiniStack after it:
 *
 *     npm run ministack -- COMMAND [ARGUMENT ...]
 *
 * MiniStack is installed from PyPI into a virtual environment under node_modules, as pinned in
 * requirements.txt. It listens on a free port of loopback, speaks TLS (CDK's bootstrap bucket and
 * our queues take nothing else) and enforces IAM policies.
 */

const requirements = fileURLToPath(new URL('./requirements.txt', import.meta.url));
const emulator = fileURLToPath(new URL('./emulator.py', import.meta.url));

/** A MiniStack that runs, and the environment in which AWS' clients and tools reach it. */
interface MiniStack extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function start(python: string): Promise<MiniStack> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-ministack-'));
  const port = await freePort();
  // MiniStack makes it when it starts; the functions it runs and our own tools shall trust it.
  const certificate = join(directory, 'ministack-tls', 'server.crt');
  const { NODE_EXTRA_CA_CERTS: _, AWS_ENDPOINT_URL: __, ...inherited } = process.env;
  const path = [dirname(process.execPath), inherited.PATH].join(delimiter);
  const trusting = { ...inherited, PATH: path, NODE_EXTRA_CA_CERTS: certificate };
  const logFile = join(directory, 'ministack.log');
  const log = await open(logFile, 'w');
  const server = spawn(python, [emulator], {
    // A group of its own: the functions' processes go with it.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      ...trusting,
      USE_SSL: '1',
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      TMPDIR: directory,
      STATE_DIR: join(directory, 'state'),
      S3_DATA_DIR: join(directory, 's3'),
    },
  });
  const stop = async () => {
    await stopGroup(server);
    await log.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await until('MiniStack to listen', async () => {
      if (server.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
      return (await readFile(logFile, 'utf8')).includes(`Running on https://127.0.0.1:${port}`);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env: {
      ...trusting,
      AWS_ENDPOINT_URL: `https://127.0.0.1:${port}`,
      AWS_CA_BUNDLE: certificate,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function stopGroup(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null) return;
  const gone = once(server, 'exit');
  process.kill(-server.pid, 'SIGKILL');
  await gone;
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('usage: npm run ministack -- COMMAND [ARGUMENT ...]');
await using ministack = await start(join(await installPython('ministack', requirements), 'python'));
// Interrupted at the terminal, the command is too; what it leaves behind is then ours to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.exitCode = await run(command, args, { env: ministack.env, check: false });
