import { parseArgs } from 'node:util';
import { isSandboxKind, type Sandbox, sandboxKinds, startSandbox } from './index.ts';

/**
 * Runs sandboxes on their own, for those who build against Rescind:
 *
 *     node local/sandbox/main.ts [--kind KIND ...] [--port N]
 *
 * All kinds by default. With a port the first sandbox takes it and each further one the next.
 */

const usage = `usage: node local/sandbox/main.ts [--kind ${sandboxKinds.join('|')} ...] [--port N]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', multiple: true, default: [...sandboxKinds] },
      port: { type: 'string', default: '0' },
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
  print('providers.json', { providers: sandboxes.map(({ provider }) => provider) });
  print(
    'secrets.json',
    Object.fromEntries(sandboxes.map(({ provider, secret }) => [provider.id, secret])),
  );

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    });
  }
}

const print = (file: string, content: object): void =>
  console.log(`\n${file}:\n${JSON.stringify(content, null, 2)}`);

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  // Not by exitCode: sandboxes that did start would keep the process.
  process.exit(2);
}
