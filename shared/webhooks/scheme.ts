import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { RefusalReason } from './refusal.ts';

export type Answer = APIGatewayProxyStructuredResultV2;

/** A call as it came in. */
export interface Call {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The very bytes that were sent: signatures are over these. */
  readonly body: Buffer;
}

/** One thing that happened. */
export interface WebhookEvent {
  /** What rules go by; empty where the sender names none. */
  readonly type: string;
  /** What the paths of rules look into. */
  readonly data: unknown;
}

/** An authentic call. */
export interface Delivery {
  /**
   * The same for every repetition of this call and for no other call. Covered by the signature.
   * Undefined where the sender's protocol has nothing of the sort.
   */
  readonly id: string | undefined;
  readonly events: readonly WebhookEvent[];
}

/** Whether a call is what it claims to be. */
export type Authenticated =
  | { readonly kind: 'authentic'; readonly delivery: Delivery }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

export const refused = (reason: RefusalReason): Authenticated => ({ kind: 'refused', reason });

/** What was done about a delivery. */
export interface Taken {
  /** Positions of the events of which something is being revoked. */
  readonly events: ReadonlySet<number>;
  readonly revocations: readonly string[];
  /** Whether people were named, of none of whom a grant is registered, and nothing besides. */
  readonly unknownSubject: boolean;
}

/** How one kind of sender authenticates itself, and what it wants to hear. */
export interface Scheme {
  /** Checks the secrets of a source, one after another; undefined where it needs none. */
  readonly secretProblem: ((secret: string) => string | undefined) | undefined;
  /** Answers a handshake that carries no event and needs no secret. */
  readonly challenge?: (call: Call) => Answer | undefined;
  /**
   * @param secrets any of them may have signed
   * @param now epoch seconds
   */
  readonly authenticate: (
    call: Call,
    secrets: readonly string[],
    now: number,
  ) => Authenticated | Promise<Authenticated>;
  /** Problem JSON, unless told. */
  readonly refuse?: (reason: RefusalReason) => Answer | undefined;
  /** 202 with the ids of the revocations, unless told. Repetitions are answered the same. */
  readonly accept?: (delivery: Delivery, taken: Taken) => Answer;
}
