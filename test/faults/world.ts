import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateKeys } from '../../functions/sealing-keys/rotate-keys.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { type Sandbox, sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { generateSealingKeys } from '../../shared/sealing/keys.ts';
import { providerSecretName, sealingKeysName } from '../../shared/secrets/names.ts';
import { createSealingKeysSecret } from '../../shared/secrets/sealing-keys-secret.ts';
import { startSecretsManager } from '../support/secrets-manager.ts';
import { type ProviderRelay, startProviderRelay } from './provider-relay.ts';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

/** One provider: what is true of its tokens, and how callers find it. */
export interface Place {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly relay: ProviderRelay;
}

/** Everything around the system under test: providers, secrets, and a directory. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly places: readonly Place[];
  readonly providersFile: string;
  readonly secretsManagerUrl: string;
  readonly rotateProviderSecret: (id: string) => void;
  readonly rotateSealingKeys: () => Promise<void>;
  /** Calls to where redirects lead: nobody should follow one. */
  readonly trapped: () => number;
  /** Texts that nobody may print. */
  readonly secrets: () => readonly string[];
}

/**
 * Quick, so that a round takes seconds; six tries outlast most of its trouble. With a rate, since a
 * lane that has none takes minutes to forget what a few made-up 429s have taught it.
 */
const policy = {
  timeoutMs: 1000,
  rate: { requestsPerSecond: 400, burst: 100 },
  retry: { maxAttempts: 6, baseSeconds: 0.05, maxSeconds: 0.4 },
};

interface WorldOptions {
  readonly random: Random;
  readonly tally: Tally;
  readonly killWorkers: (lane: string) => Promise<boolean>;
}

export async function startWorld({ random, tally, killWorkers }: WorldOptions): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-faults-'));
  const manager = await startSecretsManager();
  manager.put(sealingKeysName('rescind'), generateSealingKeys());
  let trapped = 0;
  const trapServer = createServer((_, response) => {
    trapped += 1;
    response.end('{}');
  });
  const trap = await listenOnLoopback(trapServer, 0);

  const places = await Promise.all(
    sandboxKinds.map(async (id): Promise<Place> => {
      const sandbox = await startSandbox(id);
      const relay = await startProviderRelay(sandbox, {
        random: random.fork(id),
        tally,
        trap,
        killWorkers: () => killWorkers(id),
      });
      return { id, sandbox, relay };
    }),
  );
  // Left to itself it says 200 to another client's token and lets it live: nobody could tell.
  for (const { id, sandbox } of places) {
    if (id === 'genauth') sandbox.setBehaviour({ foreignToken: 'refused' });
  }
  const providersFile = join(directory, 'providers.json');
  const entries = places.map(({ relay }) => ({ ...policy, ...relay.entry }));
  await writeFile(providersFile, JSON.stringify({ providers: entries }));

  const secrets = new Set<string>();
  const putSecret = ({ id, relay }: Place) => {
    const secret = relay.secret();
    for (const name of ['apiKey', 'clientSecret']) {
      const text = secret[name];
      if (text !== undefined) secrets.add(text);
    }
    manager.put(providerSecretName('rescind', id), JSON.stringify(secret));
  };
  places.forEach(putSecret);

  return {
    directory,
    places,
    providersFile,
    secretsManagerUrl: manager.env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? '',
    rotateProviderSecret: (id) => {
      for (const place of places.filter((each) => each.id === id)) {
        // As it is done by hand: for a moment the provider takes what is not yet known to us.
        place.relay.rotate();
        putSecret(place);
      }
    },
    rotateSealingKeys: async () => {
      await rotateKeys(
        { rotate: true },
        {
          secret: createSealingKeysSecret(manager.client, 'rescind'),
          // Untold: nothing is retired.
          ledgerNeeds: async () => ({ kids: new Set(), untold: true }),
          grantsNeed: async (kids) => new Set(kids),
          tasksNeed: async () => new Set(),
          rotationDays: 90,
          log: () => undefined,
        },
      );
    },
    trapped: () => trapped,
    secrets: () => [...secrets],
    [Symbol.asyncDispose]: async () => {
      for (const { relay, sandbox } of places) {
        await relay[Symbol.asyncDispose]();
        await sandbox.close();
      }
      trapServer.closeAllConnections();
      await new Promise<void>((resolve) => trapServer.close(() => resolve()));
      await manager[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
