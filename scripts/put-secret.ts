/** Puts a provider's secret into Secrets Manager; see docs/deploying.md. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { loadAdapter, parseProviders } from '../shared/providers/catalog.ts';
import { providerId } from '../shared/providers/configuration.ts';
import { ConfigurationFault, describeIssues } from '../shared/providers/faults.ts';
import { providerSecretName } from '../shared/secrets/names.ts';
import {
  keyAliasOf,
  production,
  secretsPrefixOf,
  stagePattern,
  stageRule,
} from '../shared/stage.ts';
import { WriteFault, writeSecret } from './write-secret.ts';

const usage = `Usage: npm run --silent put-secret -- ID [--stage NAME] [--providers FILE] [--default-key] < FILE

Reads a provider's secret, one JSON object, from standard input, checks it, and puts it into Secrets
Manager where that provider's lane reads it. Finds AWS credentials and region as every AWS tool does.

  --stage NAME      the stage it is for (default ${production})
  --providers FILE  the providers (default providers.json)
  --default-key     leave it under the account's own KMS key rather than the stage's`;

/** A mistake of the person at the keyboard: told in one line, without a stack. */
class UsageFault extends Error {}

function readArguments() {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        allowPositionals: true,
        options: {
          stage: { type: 'string', default: production },
          providers: { type: 'string', default: 'providers.json' },
          'default-key': { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new UsageFault(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    }
  })();
  if (values.help) return undefined;
  const id = providerId.safeParse(positionals[0]).data;
  // Not quoted: it may be the secret.
  if (id === undefined || positionals.length > 1) throw new UsageFault(usage);
  if (!stagePattern.test(values.stage)) throw new UsageFault(`--stage ${stageRule}`);
  return { id, ...values };
}

/** The kind of a provider, by its id. */
async function kindOf(id: string, file: string): Promise<string> {
  const entries = parseProviders(await readFile(file, 'utf8'), file);
  const entry = entries.find((each) => each.id === id);
  if (entry !== undefined) return entry.kind;
  const known = entries.map((each) => each.id).join(', ');
  throw new UsageFault(`${file} has no provider ${id}; it has ${known}`);
}

/** The secret as it will be kept: one line of JSON that its kind's adapter can use. */
async function readSecret(id: string, kind: string): Promise<string> {
  const { secret } = await loadAdapter(kind);
  if (process.stdin.isTTY) console.error(`The secret of ${id}, as JSON; end with Ctrl-D:`);
  let json: unknown;
  try {
    json = JSON.parse(await text(process.stdin));
  } catch {
    throw new UsageFault('what came on standard input is not JSON');
  }
  const checked = secret.safeParse(json);
  if (!checked.success) {
    throw new UsageFault(`the secret of provider ${id}: ${describeIssues(checked.error, '')}`);
  }
  return JSON.stringify(json);
}

async function run(): Promise<void> {
  const args = readArguments();
  if (args === undefined) return console.log(usage);
  const { id, stage } = args;
  const secret = await readSecret(id, await kindOf(id, args.providers));
  const name = providerSecretName(secretsPrefixOf(stage), id);
  const alias = args['default-key'] ? undefined : keyAliasOf(stage);
  const { did, underKey } = await writeSecret(new SecretsManagerClient(), name, secret, alias);
  console.log(`${did} ${name}`);
  if (alias !== undefined && !underKey) {
    const key = did === 'created' ? "the account's own" : 'the one it had';
    console.error(
      `warning: there is no KMS key ${alias}, so it is under ${key}. That works, too; to have it under the stage's key, deploy and run this again.`,
    );
  }
}

try {
  await run();
} catch (error) {
  const mistake =
    error instanceof UsageFault ||
    error instanceof ConfigurationFault ||
    (error instanceof Error && 'code' in error && error.code === 'ENOENT');
  console.error(mistake || error instanceof WriteFault ? `put-secret: ${error.message}` : error);
  process.exitCode = mistake ? 2 : 1;
}
