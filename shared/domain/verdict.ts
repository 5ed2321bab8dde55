/**
 * What a provider's answer means for one job. Adapters produce it, `settle` alone acts on it, and
 * no other code looks at an HTTP status.
 *
 * `detail` is for people: a short stable sentence or the provider's own error code. It never holds
 * a token, and never free text that a provider sent.
 */
export type Verdict =
  /**
   * The provider says that it has revoked the token, in the way it documents. `detail` says why that
   * could not be verified, where it was to be.
   */
  | { readonly kind: 'revoked'; readonly detail?: string }
  /** The provider documents this answer as: the token was dead already. */
  | { readonly kind: 'already_invalid'; readonly detail?: string }
  /** This provider can never revoke such a token. Ends the job. */
  | { readonly kind: 'unsupported'; readonly detail: string }
  /**
   * The provider will not revoke this token, and asking again changes nothing. `mayBeDead` says that
   * a dead token may get the same answer, and that a look-up would be right about any token, another
   * client's included.
   */
  | { readonly kind: 'refused'; readonly detail: string; readonly mayBeDead?: true }
  /** The answer fits both a dead and a living token. Introspection decides, else a later try. */
  | { readonly kind: 'ambiguous'; readonly detail: string }
  /** Too many calls. `retryAfterSeconds` is the provider's wish, if it named one. */
  | {
      readonly kind: 'throttled';
      readonly detail: string;
      readonly retryAfterSeconds?: number | undefined;
    }
  /** The provider could not answer: 5xx, no connection, time-out. */
  | {
      readonly kind: 'unavailable';
      readonly detail: string;
      readonly retryAfterSeconds?: number | undefined;
    }
  /**
   * Our credentials or configuration are wrong, so every job of the lane would meet the same
   * answer. `credentials` says that a fresh copy of the secret may mend it.
   */
  | { readonly kind: 'misconfigured'; readonly detail: string; readonly credentials: boolean };

/** What a look-up says of a token. */
export type Liveness =
  | { readonly kind: 'dead' }
  | { readonly kind: 'alive' }
  /** Introspection itself could not answer; the verdict says what to do about that. */
  | { readonly kind: 'unknown'; readonly verdict: Verdict };
