import { readFile } from 'node:fs/promises';
import type { Send } from '../providers/adapter.ts';
import { ConfigurationFault, describeIssues } from '../providers/faults.ts';
import { type SourceEntry, webhooksFile } from './configuration.ts';
import { createScheme as githubSecretScanning } from './github-secret-scanning/scheme.ts';
import { createScheme as globalTokenRevocation } from './global-token-revocation/scheme.ts';
import { createScheme as hmac } from './hmac/scheme.ts';
import { createScheme as nylas } from './nylas/scheme.ts';
import type { Rule } from './rule.ts';
import type { Scheme } from './scheme.ts';
import { createScheme as sharedSignals } from './shared-signals/scheme.ts';
import { createScheme as standardWebhooks } from './standard-webhooks/scheme.ts';

/** Somebody who may tell us that something is to be revoked. */
export interface Source {
  readonly id: string;
  readonly scheme: Scheme;
  readonly rules: readonly Rule[];
}

/** All declared sources, by id. */
export type Sources = ReadonlyMap<string, Source>;

/** The configured providers. */
interface Providers {
  readonly has: (id: string) => boolean;
}

/**
 * Reads and checks `webhooks.json`.
 *
 * @param send fetches the keys that senders publish
 * @throws ConfigurationFault naming every field that is wrong
 */
export async function loadSources(
  file: string,
  providers: Providers,
  send: Send,
): Promise<Sources> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigurationFault(`${file} is not JSON`);
  }
  const parsed = webhooksFile.safeParse(json);
  if (!parsed.success) throw new ConfigurationFault(`${file}: ${describeIssues(parsed.error, '')}`);
  const { sources } = parsed.data;
  const problems = sources.flatMap((source) => providerProblems(source, providers));
  if (problems.length > 0) throw new ConfigurationFault(`${file}: ${problems.join('; ')}`);
  return new Map(
    sources.map((entry) => [
      entry.id,
      { id: entry.id, rules: entry.rules, scheme: schemeOf(entry, send) },
    ]),
  );
}

const providerProblems = ({ id, rules }: SourceEntry, providers: Providers): string[] =>
  rules.flatMap((rule, index) =>
    rule.revoke === 'subject' || providers.has(rule.provider)
      ? []
      : [`source ${id}, rule ${index}: there is no provider ${rule.provider} in providers.json`],
  );

function schemeOf(entry: SourceEntry, send: Send): Scheme {
  switch (entry.kind) {
    case 'standard-webhooks':
      return standardWebhooks(entry.options);
    case 'github-secret-scanning':
      return githubSecretScanning(entry.options, send);
    case 'shared-signals':
      return sharedSignals(entry.options, send);
    case 'global-token-revocation':
      return globalTokenRevocation(entry.options, send);
    case 'nylas':
      return nylas();
    case 'hmac':
      return hmac(entry.options);
  }
}
