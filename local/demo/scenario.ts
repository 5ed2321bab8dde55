import {
  type Faults,
  type IssueRequest,
  type Sandbox,
  type SandboxKind,
  sandboxKinds,
  startSandbox,
} from '../sandbox/index.ts';

/** A token of the demo, with what may be expected of it. */
export interface DemoToken {
  readonly token: string;
  readonly tokenType: 'access_token' | 'refresh_token';
  readonly ref: string;
  /** Issued to another client of the provider: ours cannot revoke it. */
  readonly foreign: boolean;
}

/** One provider's part in the demo. */
export interface Cast {
  readonly sandbox: Sandbox;
  readonly tokens: readonly DemoToken[];
  /** What goes wrong there, in words. */
  readonly trouble: string;
}

interface Part {
  readonly faults: Faults;
  readonly trouble: string;
  /** Out of a hundred tokens. */
  readonly dead?: number;
  readonly foreign?: number;
}

/** What each provider does wrong while its tokens are revoked. */
const parts: Record<SandboxKind, Part> = {
  nylas: {
    trouble: '5% of its tokens have died meanwhile, some answers cut off',
    faults: { latencyMs: 5, drop: { probability: 0.02, afterRevoking: true } },
    dead: 5,
  },
  polar: {
    trouble: 'answers 429 above 100 calls a second, 2% another client’s tokens',
    faults: { latencyMs: 5, throttle: { requestsPerSecond: 100, burst: 50, retryAfter: 1 } },
    foreign: 2,
  },
  genauth: {
    trouble: 'slow, and one call in fifty answers 503',
    faults: { latencyMs: 20, jitterMs: 30, unavailable: { probability: 0.02 } },
  },
  mollie: {
    trouble: 'down for the first two seconds',
    faults: { outage: { ms: 2000 } },
  },
  rfc7009: {
    trouble: 'a real oidc-provider, some 503s',
    faults: { unavailable: { probability: 0.02, retryAfter: 1 } },
  },
};

/** How tokens are tried again in the demo: a person is watching. */
export const retry = { maxAttempts: 10, baseSeconds: 0.5, maxSeconds: 4 };

/** Starts the five providers and has them issue `total` tokens, shared out evenly. */
export async function castProviders(total: number): Promise<Cast[]> {
  return Promise.all(
    sandboxKinds.map(async (kind, position) => {
      const share = Math.floor((total + position) / sandboxKinds.length);
      return castProvider(kind, share);
    }),
  );
}

async function castProvider(kind: SandboxKind, share: number): Promise<Cast> {
  const sandbox = await startSandbox(kind);
  const { dead: deadShare = 0, foreign: foreignShare = 0, trouble } = parts[kind];
  const dead = Math.floor((share * deadShare) / 100);
  const foreign = Math.floor((share * foreignShare) / 100);
  const issue = async (count: number, what: IssueRequest = {}) =>
    count === 0 ? [] : sandbox.issue({ ...what, count });
  const issued = await issue(share - foreign);
  const others = await issue(foreign, { foreign: true });
  // Somebody was there before: these die between their issue and our revocation.
  await sandbox.revoke(issued.slice(issued.length - dead).map(({ token }) => token));
  const tokens = [...issued, ...others].map(({ token, type }, index) => ({
    token,
    tokenType: type,
    ref: `${kind}-${index}`,
    foreign: index >= issued.length,
  }));
  return { sandbox, tokens, trouble };
}

/** Begins the trouble. Issuing and the final question are spared. */
export const beginTrouble = ({ sandbox }: Cast): void =>
  sandbox.setFaults({ seed: 7009, ...parts[sandbox.kind].faults });
