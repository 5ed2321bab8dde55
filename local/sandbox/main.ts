import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSandboxKind, type Sandbox, sandboxKinds, startSandbox } from './index.ts';

/**
 * Runs sandboxes on their own, for those who build against Rescind:
 *
 *     node local/sandbox/main.ts [--kind KIND ...] [--port N] [--save DIR]
 *
 * All kinds by default. With a port the first sandbox takes it and each further one the next. The
 * configuration that fits is printed, or saved as `providers.json` and `secrets.json` in a folder.
 */

const usage = `usage: node local/sandbox/main.ts [--kind ${sandboxKinds.join('|')} ...] [--port N] [--save DIR]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', multiple: true, default: [...sandboxKinds] },
      port: { type: 'string', default: '0' },
      save: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const kinds = [...new Set(values.kind)];
  const port = Number(values.port);
  if (!kinds.every(isSandboxKind)) throw new Error(`a kind is one of ${sandboxKinds.join(', ')}`);
  if (!Number.isInteger(port) || port < 0 || port + kinds.length > 65_536) {
    throw new Error('a port is a whole number from 0 to 65535');
  }

  const sandboxes: Sandbox[] = [];
  for (const [index, kind] of kinds.entries()) {
    sandboxes.push(await startSandbox(kind, { port: port === 0 ? 0 : port + index }));
  }
  for (const { kind, url } of sandboxes) console.log(`${kind.padEnd(8)} ${url}`);
  const configuration = {
    'providers.json': { providers: sandboxes.map(({ provider }) => provider) },
    'secrets.json': Object.fromEntries(
      sandboxes.map(({ provider, secret }) => [provider.id, secret]),
    ),
  };
  for (const [file, content] of Object.entries(configuration)) {
    const text = JSON.stringify(content, null, 2);
    if (values.save === undefined) console.log(`\n${file}:\n${text}`);
    else console.log(`saved    ${await save(values.save, file, text)}`);
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    });
  }
}

/** @returns the file's path */
async function save(folder: string, name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await mkdir(folder, { recursive: true });
  // The mode is that of a new file only.
  await rm(file, { force: true });
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  return file;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  // Not by exitCode: sandboxes that did start would keep the process.
  process.exit(2);
}
