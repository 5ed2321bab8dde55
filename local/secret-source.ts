import { readFile } from 'node:fs/promises';
import { loadAdapter, parseProviders } from '../shared/providers/catalog.ts';
import { describeIssues } from '../shared/providers/faults.ts';
import {
  completionSecretName,
  providerSecretName,
  reportKeyName,
  sealingKeysName,
  webhookSecretName,
} from '../shared/secrets/names.ts';
import { parseSecrets, SourceSecretFault } from '../shared/webhooks/secret.ts';
import type { Source, Sources } from '../shared/webhooks/sources.ts';
import type { DataDirectory } from './data-directory.ts';
import type { SecretSource } from './secrets-manager.ts';

const prefix = 'rescind';

/** In the file, the secret of a source of webhooks is called `webhooks/<id>`. */
const webhookKeys = 'webhooks/';

/** Likewise what completions are signed with. No provider is called so: their ids have no slash. */
const completionKey = 'completion/webhook';

/**
 * The embedded stack's secrets: the keys of its data directory, and each provider's and each
 * source's from the `--secrets` file, which is read anew each time so that an edit takes effect.
 */
export function secretSource(
  { sealingKeys, reportKey }: Pick<DataDirectory, 'sealingKeys' | 'reportKey'>,
  secretsFile: string | undefined,
): SecretSource {
  return async (name) => {
    if (name === sealingKeysName(prefix)) return sealingKeys;
    if (name === reportKeyName(prefix)) return reportKey;
    if (secretsFile === undefined) return undefined;
    const secrets = Object.entries(await readSecrets(secretsFile));
    const secret = secrets.find(([key]) => nameOf(key) === name)?.[1];
    return secret === undefined ? undefined : JSON.stringify(secret);
  };
}

/** What a secret of the file is called in Secrets Manager. */
function nameOf(key: string): string {
  if (key === completionKey) return completionSecretName(prefix);
  return key.startsWith(webhookKeys)
    ? webhookSecretName(prefix, key.slice(webhookKeys.length))
    : providerSecretName(prefix, key);
}

/** @throws Error when the file is not one JSON object from provider id to secret, not quoting it */
export async function readSecrets(file: string): Promise<object> {
  const text = await readFile(file, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  throw new Error(`${file} must be one JSON object from provider id to secret`);
}

/** What is wrong with the secrets, one line each; empty when nothing is. */
export async function checkSecrets(
  providersFile: string,
  secrets: object,
  sources: Sources = new Map(),
): Promise<string[]> {
  const held = new Map(Object.entries(secrets));
  const problems: string[] = [];
  for (const { id, kind } of parseProviders(await readFile(providersFile, 'utf8'), providersFile)) {
    const { secret } = await loadAdapter(kind);
    const checked = secret.safeParse(held.get(id));
    if (!held.has(id)) problems.push(`there is no secret for provider ${id}; its jobs will wait`);
    else if (!checked.success) {
      problems.push(`the secret of provider ${id}: ${describeIssues(checked.error, '')}`);
    }
    held.delete(id);
  }
  held.delete(completionKey);
  for (const source of sources.values()) problems.push(...checkSource(source, held));
  for (const id of held.keys())
    problems.push(`there is a secret for ${id}, but no such provider or source`);
  return problems;
}

/** Takes the source's secret out of those that are held. */
function checkSource({ id, scheme }: Source, held: Map<string, unknown>): string[] {
  if (scheme.secretProblem === undefined) return [];
  const key = webhookKeys + id;
  const secret = held.get(key);
  if (!held.delete(key)) return [`there is no secret ${key}; calls of that source are refused`];
  try {
    parseSecrets(JSON.stringify(secret), scheme.secretProblem);
    return [];
  } catch (error) {
    if (!(error instanceof SourceSecretFault)) throw error;
    return [`the secret ${key} ${error.message}`];
  }
}
