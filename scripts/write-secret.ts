import {
  CreateSecretCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  SecretsManagerServiceException,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';

/** Secrets Manager takes no more. */
const maximumBytes = 65_536;

/** What became of a secret. */
export interface WrittenSecret {
  readonly did: 'created' | 'updated';
  /** Whether it is under the key that was asked for; else under the one it had, or the account's. */
  readonly underKey: boolean;
}

/** Why a secret could not be written, fit to be shown: it quotes nothing of it. */
export class WriteFault extends Error {
  override readonly name = 'WriteFault';
}

/**
 * Creates a secret or gives it a new value.
 *
 * @param keyAlias the KMS key to put it under; where there is no such key, or none is given, a new
 *   secret comes under the account's own
 * @throws WriteFault
 */
export async function writeSecret(
  client: SecretsManagerClient,
  name: string,
  text: string,
  keyAlias: string | undefined,
): Promise<WrittenSecret> {
  if (Buffer.byteLength(text) > maximumBytes) {
    throw new WriteFault(`Secrets Manager takes at most ${maximumBytes} bytes`);
  }
  try {
    if (keyAlias !== undefined) {
      try {
        return { did: await upsert(client, name, text, keyAlias), underKey: true };
      } catch (error) {
        if (!isMissingKey(error)) throw error;
      }
    }
    return { did: await upsert(client, name, text, undefined), underKey: false };
  } catch (error) {
    throw new WriteFault(tell(error, text));
  }
}

async function upsert(
  client: SecretsManagerClient,
  name: string,
  SecretString: string,
  KmsKeyId: string | undefined,
): Promise<WrittenSecret['did']> {
  const value = { SecretString, ...(KmsKeyId !== undefined && { KmsKeyId }) };
  try {
    await client.send(new UpdateSecretCommand({ SecretId: name, ...value }));
    return 'updated';
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException) || isMissingKey(error)) throw error;
  }
  await client.send(new CreateSecretCommand({ Name: name, ...value }));
  return 'created';
}

/** Secrets Manager has no error code of its own for it, and passes on what KMS says. */
const isMissingKey = (error: unknown): boolean =>
  error instanceof SecretsManagerServiceException &&
  error.$fault === 'client' &&
  /\b(alias|key)\b.* (is not found|does not exist)/i.test(error.message);

/** What AWS says, unless it quotes: a value that does not fit is named in its complaint. */
function tell(error: unknown, text: string): string {
  if (!(error instanceof Error)) return String(error);
  const parts = [text, ...stringsIn(JSON.parse(text))].filter((part) => part.length > 3);
  const quotes = parts.some((part) => error.message.includes(part));
  return quotes ? error.name : `${error.name}: ${error.message}`;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
