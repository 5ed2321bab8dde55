import { createHash } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SealingKeysFault } from '../sealing/key-set.ts';
import type { SecretDates } from '../sealing/rotation.ts';
import { sealingKeysName } from './names.ts';

/** The sealing keys' secret as it stands. */
export interface HeldKeys extends SecretDates {
  readonly text: string;
  /** Names the version that was read. */
  readonly version: string;
}

/** The sealing keys' secret, for the one function that writes it. */
export interface SealingKeysSecret {
  /** @throws SealingKeysFault when there is no such secret */
  readonly read: () => Promise<HeldKeys>;
  /**
   * Puts a new text in the place of what was read.
   *
   * @throws SecretChanged when somebody else was there first; nothing is written then
   */
  readonly replace: (held: HeldKeys, text: string, now: Date) => Promise<void>;
}

/** The secret is no longer what was read. */
export class SecretChanged extends Error {
  override readonly name = 'SecretChanged';
}

/** @param prefix first segment of every name, `rescind` by default */
export function createSealingKeysSecret(
  client: SecretsManagerClient,
  prefix: string,
): SealingKeysSecret {
  const SecretId = sealingKeysName(prefix);
  const current = () => client.send(new GetSecretValueCommand({ SecretId }));

  return {
    read: async () => {
      try {
        const { SecretString: text, VersionId: version, CreatedDate } = await current();
        // Described last, so that it tells of every change up to the text that was read.
        const described = await client.send(new DescribeSecretCommand({ SecretId }));
        if (text !== undefined && version !== undefined) {
          const { LastChangedDate: changedAt = new Date() } = described;
          return { text, version, changedAt, createdAt: CreatedDate ?? changedAt };
        }
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
      throw new SealingKeysFault(`there is no secret ${SecretId}`);
    },

    replace: async (held, text, now) => {
      const { VersionId } = await current();
      if (VersionId !== held.version) throw new SecretChanged('the sealing keys have changed');
      try {
        await client.send(
          new PutSecretValueCommand({
            SecretId,
            SecretString: text,
            ClientRequestToken: successor(held.version, now),
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        throw new SecretChanged('another rotation has written the sealing keys');
      }
    },
  };
}

/**
 * The id of the version that follows another one. Secrets Manager makes no second version of an id:
 * a repeated call changes nothing, and of two rotations that read the same version one is refused.
 * By the day, so that a version that was taken back does not block its successor for good.
 */
const successor = (version: string, now: Date): string =>
  createHash('sha256')
    .update(`${version}/${now.toISOString().slice(0, 10)}`)
    .digest('hex')
    .slice(0, 32);
