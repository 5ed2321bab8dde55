import { readFile } from 'node:fs/promises';
import { loadAdapter, parseProviders } from '../shared/providers/catalog.ts';
import { describeIssues } from '../shared/providers/faults.ts';
import { providerSecretName, sealingKeysName } from '../shared/secrets/names.ts';
import type { SecretSource } from './secrets-manager.ts';

const prefix = 'rescind';

/**
 * The embedded stack's secrets: the sealing keys of its data directory, and each provider's from
 * the `--secrets` file, which is read anew each time so that an edit takes effect.
 */
export function secretSource(sealingKeys: string, secretsFile: string | undefined): SecretSource {
  return async (name) => {
    if (name === sealingKeysName(prefix)) return sealingKeys;
    if (secretsFile === undefined) return undefined;
    const secrets = Object.entries(await readSecrets(secretsFile));
    const secret = secrets.find(([id]) => providerSecretName(prefix, id) === name)?.[1];
    return secret === undefined ? undefined : JSON.stringify(secret);
  };
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

/** What is wrong with the secrets, one line a provider; empty when nothing is. */
export async function checkSecrets(providersFile: string, secrets: object): Promise<string[]> {
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
  for (const id of held.keys()) problems.push(`there is a secret for ${id}, but no such provider`);
  return problems;
}
