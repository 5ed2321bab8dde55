import type * as z from 'zod';
import type { Answer, Call, Purpose } from './http.ts';
import { type IssuedToken, type IssueOrder, isLive, revokeAll, type TokenStore } from './tokens.ts';

/** One endpoint of a provider. */
export interface Endpoint {
  readonly purpose: Purpose;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

/** A provider as a sandbox runs it: its endpoints, and the tokens behind them. */
export interface ProviderModel {
  /** The adapter's credentials, as Secrets Manager would hold them. */
  readonly secret: Readonly<Record<string, string>>;
  /** `options` of the `providers.json` entry; they may follow the behaviour. */
  readonly options: () => Readonly<Record<string, unknown>>;
  readonly endpointOf: (method: string, path: string) => Endpoint;
  /** The provider's own 429. */
  readonly throttled: () => Answer;
  /** Whether that 429 names a Retry-After. */
  readonly namesRetryAfter: boolean;
  readonly tokens: TokenSource;
}

/** The tokens themselves, asked and changed behind the provider's back. */
export interface TokenSource {
  readonly issue: (order: IssueOrder) => Promise<IssuedToken[]>;
  readonly isAlive: (token: string) => Promise<boolean>;
  /** Kills a token and all that was issued with it. False where it was not alive. */
  readonly revoke: (token: string) => Promise<boolean>;
}

/** A kind of provider, before it has an address. `Behaviour` is what its documents leave open. */
export interface SandboxSpecification<Behaviour> {
  readonly behaviour: z.ZodType<Behaviour>;
  readonly create: (context: {
    /** Where the sandbox listens, e.g. `http://127.0.0.1:4100`. */
    readonly origin: string;
    /** As it is now: it can be changed while the sandbox runs. */
    readonly behaviour: () => Behaviour;
  }) => ProviderModel | Promise<ProviderModel>;
}

/** A kind with its own types closed inside. */
export interface SandboxDefinition {
  readonly start: (context: { origin: string; behaviour: unknown }) => Promise<RunningProvider>;
}

export interface RunningProvider {
  readonly model: ProviderModel;
  readonly behaviour: () => unknown;
  /** @throws z.ZodError when the change does not fit, and changes nothing */
  readonly behave: (change: object) => void;
}

export function defineSandbox<Behaviour>({
  behaviour: schema,
  create,
}: SandboxSpecification<Behaviour>): SandboxDefinition {
  return {
    start: async ({ origin, behaviour: initial }) => {
      let current = schema.parse(initial);
      const behaviour = () => current;
      return {
        model: await create({ origin, behaviour }),
        behaviour,
        behave: (change) => {
          current = schema.parse({ ...current, ...change });
        },
      };
    },
  };
}

/** Looks endpoints up by `METHOD /path`. */
export function createRouter(
  endpoints: Readonly<Record<string, Endpoint>>,
  fallback: (call: Call) => Answer,
): ProviderModel['endpointOf'] {
  const table = new Map(Object.entries(endpoints));
  const unknown: Endpoint = { purpose: 'other', answer: fallback };
  return (method, path) => table.get(`${method} ${path}`) ?? unknown;
}

/** A `TokenSource` over a store whose tokens belong to one of two clients. */
export function tokenSource(
  store: TokenStore,
  clients: { readonly own: string; readonly foreign: string },
): TokenSource {
  return {
    issue: async (order) => store.issue(order, order.foreign ? clients.foreign : clients.own),
    isAlive: async (value) => store.isAlive(value),
    revoke: async (value) => {
      const token = store.find(value);
      if (token === undefined || !isLive(token)) return false;
      revokeAll(token.authorization);
      return true;
    },
  };
}
