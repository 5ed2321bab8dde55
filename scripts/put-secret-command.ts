import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { loadAdapter, loadCatalog, parseProviders } from '../shared/providers/catalog.ts';
import { providerId } from '../shared/providers/configuration.ts';
import { ConfigurationFault, describeIssues } from '../shared/providers/faults.ts';
import { createTransport } from '../shared/providers/transport.ts';
import { providerSecretName, webhookSecretName } from '../shared/secrets/names.ts';
import {
  keyAliasOf,
  production,
  secretsPrefixOf,
  stagePattern,
  stageRule,
} from '../shared/stage.ts';
import { parseSecrets, SourceSecretFault } from '../shared/webhooks/secret.ts';
import { loadSources } from '../shared/webhooks/sources.ts';
import { WriteFault, writeSecret } from './write-secret.ts';

const usage = `Usage: npm run --silent put-secret -- ID [--stage NAME] [--providers FILE] [--webhooks FILE] [--default-key] < FILE

Reads a provider's secret, one JSON object, from standard input, checks it, and puts it into Secrets
Manager where that provider's lane reads it. ID may also be webhooks/ID, of a source of webhooks. Finds
AWS credentials and region as every AWS tool does.

  --stage NAME      the stage it is for (default ${production})
  --providers FILE  the providers (default providers.json)
  --webhooks FILE   the sources of webhooks (default webhooks.json)
  --default-key     leave it under the account's own KMS key rather than the stage's`;

/** A mistake of the person at the keyboard: told in one line, without a stack. */
class UsageFault extends Error {}

/** What the command reads from and writes to. */
export interface PutSecretIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly print: (line: string) => void;
  /** Gets faults and warnings. */
  readonly warn: (line: string) => void;
  /** Made only once there is something to write. */
  readonly client: () => SecretsManagerClient;
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          stage: { type: 'string', default: production },
          providers: { type: 'string', default: 'providers.json' },
          webhooks: { type: 'string', default: 'webhooks.json' },
          'default-key': { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new UsageFault(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    }
  })();
  if (values.help) return undefined;
  const [, source, given] = /^(webhooks\/)?(.*)$/s.exec(positionals[0] ?? '') ?? [];
  const id = providerId.safeParse(given).data;
  // Not quoted: it may be the secret.
  if (id === undefined || positionals.length > 1) throw new UsageFault(usage);
  if (!stagePattern.test(values.stage)) throw new UsageFault(`--stage ${stageRule}`);
  return { id, isSource: source !== undefined, ...values };
}

/** The kind of a provider, by its id. */
async function kindOf(id: string, file: string): Promise<string> {
  const entries = parseProviders(await readFile(file, 'utf8'), file);
  const entry = entries.find((each) => each.id === id);
  if (entry !== undefined) return entry.kind;
  const known = entries.map((each) => each.id).join(', ');
  throw new UsageFault(`${file} has no provider ${id}; it has ${known}`);
}

/** Says what is wrong with a secret; undefined when nothing is. */
type Check = (secret: unknown) => string | undefined;

/** What a provider's kind takes. */
async function providerCheck(id: string, file: string): Promise<Check> {
  const { secret } = await loadAdapter(await kindOf(id, file));
  return (given) => {
    const { error } = secret.safeParse(given);
    return error && `the secret of provider ${id}: ${describeIssues(error, '')}`;
  };
}

/** What the kind of a source of webhooks takes. */
async function sourceCheck(id: string, file: string, providersFile: string): Promise<Check> {
  const catalog = await loadCatalog(providersFile);
  const sources = await loadSources(file, catalog, createTransport(1000));
  const source = sources.get(id);
  if (source === undefined) {
    throw new UsageFault(`${file} has no source ${id}; it has ${[...sources.keys()].join(', ')}`);
  }
  const { secretProblem } = source.scheme;
  if (secretProblem === undefined) throw new UsageFault(`source ${id} has no secret`);
  return (given) => {
    try {
      parseSecrets(JSON.stringify(given), secretProblem);
      return undefined;
    } catch (error) {
      if (error instanceof SourceSecretFault) return `the secret of source ${id}: ${error.message}`;
      throw error;
    }
  };
}

/** The secret as it will be kept: one line of JSON that whoever reads it can use. */
async function readSecret(id: string, check: Check, { stdin, warn }: PutSecretIo): Promise<string> {
  if (stdin.isTTY) warn(`The secret of ${id}, as JSON; end with Ctrl-D:`);
  let json: unknown;
  try {
    json = JSON.parse(await text(stdin));
  } catch {
    throw new UsageFault('what came on standard input is not JSON');
  }
  const problem = check(json);
  if (problem !== undefined) throw new UsageFault(problem);
  return JSON.stringify(json);
}

async function put(args: readonly string[], io: PutSecretIo): Promise<void> {
  const given = readArguments(args);
  if (given === undefined) return io.print(usage);
  const { id, isSource, stage, providers } = given;
  const prefix = secretsPrefixOf(stage);
  const [name, check] = isSource
    ? [webhookSecretName(prefix, id), await sourceCheck(id, given.webhooks, providers)]
    : [providerSecretName(prefix, id), await providerCheck(id, providers)];
  const secret = await readSecret(id, check, io);
  const alias = given['default-key'] ? undefined : keyAliasOf(stage);
  const { did, underKey } = await writeSecret(io.client(), name, secret, alias);
  io.print(`${did} ${name}`);
  if (alias !== undefined && !underKey) {
    const key = did === 'created' ? "the account's own" : 'the one it had';
    io.warn(
      `warning: there is no KMS key ${alias}, so it is under ${key}. That works, too; to have it under the stage's key, deploy and run this again.`,
    );
  }
}

/**
 * Puts the secret of a provider or of a source of webhooks into Secrets Manager.
 *
 * @param args what stands behind the command's name
 * @returns its exit code: 0, 2 for a mistake of use, 1 for what AWS refuses
 * @throws whatever is a bug
 */
export async function putSecret(args: readonly string[], io: PutSecretIo): Promise<0 | 1 | 2> {
  try {
    await put(args, io);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const mistake =
      error instanceof UsageFault ||
      error instanceof ConfigurationFault ||
      ('code' in error && error.code === 'ENOENT');
    if (!mistake && !(error instanceof WriteFault)) throw error;
    io.warn(`put-secret: ${error.message}`);
    return mistake ? 2 : 1;
  }
}
