import type { Verdict } from '../../shared/domain/verdict.ts';
import type { ProviderClient, Send } from '../../shared/providers/adapter.ts';
import type { Provider } from '../../shared/providers/catalog.ts';
import {
  ConfigurationFault,
  ConnectFault,
  HeldBack,
  SecretFault,
  TransportFault,
} from '../../shared/providers/faults.ts';
import { SecretMissing, type Secrets } from '../../shared/secrets/secrets.ts';

/** The lane's provider, ready to be called. Kept between invocations. */
export interface Session {
  /**
   * The client for the secret as last read.
   *
   * @throws what `connectVerdict` explains
   */
  readonly client: () => Promise<ProviderClient>;
  /** The client on a fresh copy of the secret; undefined when `refused` has that one already. */
  readonly refresh: (refused: ProviderClient) => Promise<ProviderClient | undefined>;
  /** Forgets the client, so that discovery and the like run again. */
  readonly forget: () => void;
  /** The same session, which makes the calls that connecting takes by `send`. */
  readonly sendingBy: (send: Send) => Session;
  /**
   * Version of the secret as read at most a minute ago; `none` where there is none. Undefined while
   * that cannot be told.
   */
  readonly secretVersion: () => Promise<string | undefined>;
}

/** Stands for the version of a secret that does not exist. */
const noSecret = 'none';

/**
 * The secret may not be read. Secrets Manager says so too where there is none: our role names the
 * secret by its ARN, and one that does not exist has none that would match.
 */
class SecretDenied extends Error {
  override readonly name = 'SecretDenied';
}

const isDenied = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AccessDeniedException';

export function createSession(provider: Provider, secrets: Secrets, send: Send): Session {
  const { id } = provider.entry;
  const read = async (options?: { fresh: boolean }): Promise<string> => {
    try {
      return await secrets.ofProvider(id, options);
    } catch (error) {
      if (!isDenied(error)) throw error;
      const name = `…/providers/${id}`;
      throw new SecretDenied(`there is no secret ${name}, or the worker's role may not read it`);
    }
  };
  const secretOf = new WeakMap<ProviderClient, string>();
  let connected: { readonly secret: string; readonly client: Promise<ProviderClient> } | undefined;

  const begin = (secret: string, send: Send): Promise<ProviderClient> => {
    const client = provider.adapter.connect(secret, send).then((made) => {
      secretOf.set(made, secret);
      return made;
    });
    connected = { secret, client };
    client.catch(() => {
      if (connected?.client === client) connected = undefined;
    });
    return client;
  };

  const connect = async (secret: string, send: Send): Promise<ProviderClient> => {
    while (connected?.secret === secret) {
      try {
        return await connected.client;
      } catch (error) {
        // It was the call of another job that was held back; ours may pass.
        if (!(error instanceof HeldBack)) throw error;
      }
    }
    return begin(secret, send);
  };

  const sessionBy = (send: Send): Session => ({
    client: async () => {
      const secret = await read();
      try {
        return await connect(secret, send);
      } catch (error) {
        if (!(error instanceof SecretFault)) throw error;
        // The copy we keep may be older than its owner's correction.
        const fresh = await read({ fresh: true });
        if (fresh === secret) throw error;
        return connect(fresh, send);
      }
    },
    refresh: async (refused) => {
      const fresh = await read({ fresh: true });
      return fresh === secretOf.get(refused) ? undefined : connect(fresh, send);
    },
    forget: () => {
      connected = undefined;
    },
    sendingBy: sessionBy,
    secretVersion: async () => {
      try {
        return await secrets.versionOf(id);
      } catch (error) {
        // To our role, a secret that does not exist is one that it may not read.
        return error instanceof SecretMissing || isDenied(error) ? noSecret : undefined;
      }
    },
  });
  return sessionBy(send);
}

/** What a failure to get a client means for the jobs that wanted one. */
export function connectVerdict(error: unknown): Verdict {
  if (error instanceof SecretFault || error instanceof SecretMissing) {
    return { kind: 'misconfigured', detail: error.message, credentials: true };
  }
  if (error instanceof ConfigurationFault) {
    return { kind: 'misconfigured', detail: error.message, credentials: false };
  }
  if (error instanceof ConnectFault) return error.verdict;
  if (error instanceof TransportFault) return { kind: 'unavailable', detail: error.message };
  if (error instanceof SecretDenied) {
    return { kind: 'misconfigured', detail: error.message, credentials: true };
  }
  return { kind: 'unavailable', detail: 'the provider’s secret could not be read' };
}
