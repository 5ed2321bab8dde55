import {
  DeleteSecretCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { providerSecretName } from '../../shared/secrets/names.ts';
import { secretsPrefixOf } from '../../shared/stage.ts';
import type { World } from '../blackbox/world.ts';
import { run } from './run.ts';

/** Puts the providers' secrets there as an operator does; who shall have none, has none. */
export async function putSecrets(stage: string, world: World): Promise<void> {
  for (const id of Object.keys(world.providers)) {
    const secret = world.secrets[id];
    if (secret === undefined) await deleteSecret(stage, id);
    else {
      await run(
        process.execPath,
        ['scripts/put-secret.ts', id, '--stage', stage, '--providers', world.providersFile],
        { input: JSON.stringify(secret) },
      );
    }
  }
}

/** Takes away what `putSecrets` and the tests have put there: the stack's end leaves it. */
export async function deleteSecrets(stage: string, world: World): Promise<void> {
  for (const id of Object.keys(world.providers)) await deleteSecret(stage, id);
}

async function deleteSecret(stage: string, id: string): Promise<void> {
  const client = new SecretsManagerClient();
  const SecretId = providerSecretName(secretsPrefixOf(stage), id);
  try {
    // Kept for recovery, it would be in the next run's way.
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  } finally {
    client.destroy();
  }
}
