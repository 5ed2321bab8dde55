import type { Faults } from './faults.ts';
import type { GenauthBehaviour } from './genauth.ts';
import type { MollieBehaviour } from './mollie.ts';
import type { NylasBehaviour } from './nylas.ts';
import type { Rfc7009Behaviour } from './oidc.ts';
import type { PolarBehaviour } from './polar.ts';
import type { SandboxStatistics } from './statistics.ts';
import type { IssuedToken, IssueRequest } from './tokens.ts';

/** Per kind, what its provider's documents leave open and a sandbox can be told. */
export interface Behaviours {
  readonly nylas: NylasBehaviour;
  readonly polar: PolarBehaviour;
  readonly genauth: GenauthBehaviour;
  readonly mollie: MollieBehaviour;
  readonly rfc7009: Rfc7009Behaviour;
}

export type SandboxKind = keyof Behaviours;

export interface SandboxOptions<Kind extends SandboxKind = SandboxKind> {
  /** The provider's id in `providers.json`; the kind by default. */
  readonly id?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly behaviour?: Behaviours[Kind];
  readonly faults?: Faults;
}

/** A provider that runs on this machine's loopback interface. */
export interface Sandbox<Kind extends SandboxKind = SandboxKind> extends AsyncDisposable {
  readonly kind: Kind;
  /** Its origin, e.g. `http://127.0.0.1:4100`. */
  readonly url: string;
  /** Its entry of `providers.json`. */
  readonly provider: ProviderEntry;
  /** Its credentials, as its adapter takes them. */
  readonly secret: Readonly<Record<string, string>>;
  issue(request?: IssueRequest): Promise<IssuedToken[]>;
  /** Asked of the token store, not over any endpoint of the provider. */
  isAlive(token: string): Promise<boolean>;
  /** Those of the tokens that are alive, in the order given. */
  alive(tokens: readonly string[]): Promise<string[]>;
  /** Kills tokens, and what was issued with them, behind everybody's back; how many were alive. */
  revoke(tokens: readonly string[]): Promise<number>;
  /** Takes the place of all faults set before; `{}` ends them. Counters start anew. */
  setFaults(faults: Faults): void;
  /** Changes what is given and leaves the rest. */
  setBehaviour(change: Behaviours[Kind]): void;
  stats(): SandboxStatistics;
  resetStats(): void;
  close(): Promise<void>;
}

export interface ProviderEntry {
  readonly id: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly options?: Readonly<Record<string, unknown>>;
}
