import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createGuard } from '../../local/guard.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { createSecrets, type Secrets } from '../../shared/secrets/secrets.ts';
import { sealingKeysSecret } from './slices.ts';

/** Secrets on a Secrets Manager of their own. */
export interface TestSecrets extends AsyncDisposable {
  readonly secrets: Secrets;
  /** What it holds, by name; a test may change it. */
  readonly held: Map<string, string>;
  /** Names that were read, in order. */
  readonly reads: string[];
  /** Makes reads fail, as in an outage. */
  readonly fail: (failing: boolean) => void;
  /** Holds answers back until the returned function is called. */
  readonly hold: () => () => void;
}

export async function startSecrets(
  providers: Readonly<Record<string, unknown>> = {},
): Promise<TestSecrets> {
  const held = new Map([['rescind/sealing-keys', sealingKeysSecret]]);
  for (const [id, secret] of Object.entries(providers)) {
    held.set(`rescind/providers/${id}`, JSON.stringify(secret));
  }
  const reads: string[] = [];
  let failing = false;
  let gate = Promise.resolve();
  const guard = createGuard();
  const server = await startSecretsManager(async (name) => {
    reads.push(name);
    const text = held.get(name);
    await gate;
    if (failing) throw new Error('an outage');
    return text;
  }, guard);
  const client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: server.url,
    credentials: { accessKeyId: guard.accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    secrets: createSecrets(client, 'rescind'),
    held,
    reads,
    fail: (now) => {
      failing = now;
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await server.close();
    },
  };
}
