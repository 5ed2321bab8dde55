import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withApiKey } from '../../local/client.ts';
import { sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { run } from '../deployed/run.ts';
import { installPython } from '../support/python.ts';
import { startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { withProviders } from './contract.ts';

/**
 * Fuzzes the API of an embedded stack by its own OpenAPI document, with Schemathesis:
 *
 *     npm run test:fuzz [-- OPTION ...]
 *
 * Options are Schemathesis' own, e.g. `--seed 1` or `--max-examples 500`; schemathesis.toml has the
 * others. Schemathesis is installed from PyPI as pinned in requirements.txt.
 */

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const programs = await installPython('schemathesis', file('requirements.txt'));
await using directory = await mkdtempDisposable(join(tmpdir(), 'rescind-fuzz-'));
const sandboxes = await Promise.all(sandboxKinds.map((kind) => startSandbox(kind, { id: kind })));
/** Refuses whatever it is asked, so that its jobs are parked: lists are to have something in them. */
await using refusing = await startScriptedProvider('refusing', () => ({
  status: 400,
  body: '{"error":"invalid_request"}',
}));
await using rescind = await startTestStack({
  providers: [...sandboxes.map(({ provider }) => provider), refusing.entry],
  secrets: {
    ...Object.fromEntries(sandboxes.map(({ provider, secret }) => [provider.id, secret])),
    refusing: refusing.secret,
  },
  logLevel: 'WARN',
});
const { url, apiKey } = rescind.stack;
await rescind.revoke(
  Array.from({ length: 60 }, (_, n) => ({ provider: 'refusing', token: `token-${n}` })),
);
const served = await withApiKey(url, apiKey)('/v1/openapi.json');
const contract = join(directory.path, 'openapi.json');
await writeFile(contract, JSON.stringify(withProviders(await served.json(), sandboxKinds)));

const options = ['--config-file', file('schemathesis.toml'), 'run', contract, '--url', url];
process.exitCode = await run(join(programs, 'st'), [...options, ...process.argv.slice(2)], {
  env: { ...process.env, RESCIND_API_KEY: apiKey, PYTHONDONTWRITEBYTECODE: '1' },
  check: false,
  // It leaves notes of its own, which go with the directory.
  cwd: directory.path,
});
await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
