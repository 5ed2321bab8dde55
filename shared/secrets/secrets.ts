import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { parseSealingKeys, type SealingKeys, SealingKeysFault } from '../sealing/keys.ts';
import {
  completionSecretName,
  providerSecretName,
  reportKeyName,
  sealingKeysName,
  webhookSecretName,
} from './names.ts';

/** Reads secrets, each at most once in `maximumAgeMs` unless a caller asks for a fresh copy. */
export interface Secrets {
  /**
   * A provider's credentials, as JSON text.
   *
   * @throws SecretMissing when there is no such secret
   */
  readonly ofProvider: (id: string, options?: { fresh?: boolean }) => Promise<string>;
  /**
   * Names a provider's credentials as read at most a minute ago. Tells nothing about them but whether
   * they have changed; undefined from a service that does not name them.
   *
   * @throws SecretMissing
   */
  readonly versionOf: (id: string) => Promise<string | undefined>;
  /**
   * What a source of webhooks signs with, as JSON text.
   *
   * @throws SecretMissing
   */
  readonly ofWebhook: (source: string) => Promise<string>;
  /**
   * What completions are signed with, as JSON text.
   *
   * @throws SecretMissing
   */
  readonly ofCompletions: () => Promise<string>;
  /**
   * What reports are signed with, as JSON text.
   *
   * @throws SecretMissing
   */
  readonly ofReports: () => Promise<string>;
  /** @throws SealingKeysFault when the secret is missing or malformed */
  readonly sealingKeys: (options?: { fresh?: boolean }) => Promise<SealingKeys>;
}

/** Secrets Manager has no secret of that name. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
}

/** How long a rotated secret may go unnoticed while the old one still works. */
const maximumAgeMs = 5 * 60_000;
/** A fresh copy is not asked for more often than this, however many jobs want one. */
const minimumAgeMs = 1000;
/** How long a rotated secret may go unnoticed while the old one is refused. */
const versionAgeMs = 60_000;

interface Secret {
  readonly text: string;
  readonly version: string | undefined;
}

/** @param prefix first segment of every name, `rescind` by default */
export function createSecrets(client: SecretsManagerClient, prefix: string): Secrets {
  const read = async (name: string): Promise<Secret> => {
    try {
      const { SecretString, VersionId } = await client.send(
        new GetSecretValueCommand({ SecretId: name }),
      );
      if (SecretString !== undefined) return { text: SecretString, version: VersionId };
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
    throw new SecretMissing(`there is no secret ${name}`);
  };
  const cached = cache(read);
  const cachedKeys = cache(async (name) => {
    try {
      return parseSealingKeys((await read(name)).text);
    } catch (error) {
      throw error instanceof SecretMissing ? new SealingKeysFault(error.message) : error;
    }
  });
  return {
    ofProvider: async (id, options) =>
      (await cached(providerSecretName(prefix, id), ageOf(options))).text,
    versionOf: async (id) => (await cached(providerSecretName(prefix, id), versionAgeMs)).version,
    ofWebhook: async (source) =>
      (await cached(webhookSecretName(prefix, source), maximumAgeMs)).text,
    ofCompletions: async () => (await cached(completionSecretName(prefix), maximumAgeMs)).text,
    ofReports: async () => (await cached(reportKeyName(prefix), maximumAgeMs)).text,
    sealingKeys: (options) => cachedKeys(sealingKeysName(prefix), ageOf(options)),
  };
}

const ageOf = ({ fresh = false }: { fresh?: boolean } = {}): number =>
  fresh ? minimumAgeMs : maximumAgeMs;

/** How long a copy still serves while Secrets Manager cannot say whether there is a newer one. */
export const staleMs = 60 * 60_000;

/** Whether a failure to read says nothing about the secret itself. */
const isPassing = (error: unknown): boolean =>
  !(error instanceof SecretMissing || error instanceof SealingKeysFault);

/**
 * Keeps promises, so that concurrent readers share one call, and forgets failures. An outage of
 * Secrets Manager is bridged with the copy at hand.
 */
function cache<Value>(load: (name: string) => Promise<Value>) {
  const entries = new Map<string, { readonly at: number; readonly value: Promise<Value> }>();
  return (name: string, oldestMs: number): Promise<Value> => {
    const held = entries.get(name);
    const age = held === undefined ? Number.POSITIVE_INFINITY : Date.now() - held.at;
    if (held !== undefined && age < oldestMs) return held.value;
    const bridged = (error: unknown): Promise<Value> => {
      if (held !== undefined && age < staleMs && isPassing(error)) {
        // Under its own time, so that the next reader asks again.
        entries.set(name, held);
        return held.value;
      }
      throw error;
    };
    const entry = { at: Date.now(), value: load(name).catch(bridged) };
    entries.set(name, entry);
    entry.value.catch(() => {
      if (entries.get(name) === entry) entries.delete(name);
    });
    return entry.value;
  };
}
