import type { TokenType } from '../domain/job.ts';

/**
 * A grant is what a person has allowed us at a provider: the tokens that came of it, sealed until
 * they are revoked. It is registered under one person, and may serve others as well: its members. It
 * stands in the partition of the person it was first registered under, its home, whoever is a member
 * now; the other members' partitions point there.
 *
 *     held ──▶ revoking ──▶ revoked | unsupported | abandoned
 *       └────▶ forgotten
 *
 * Persons are known by their keys alone, see `subjectKey`.
 */
export const endStates = [
  /** Every token of it is dead. */
  'revoked',
  /** Its provider cannot revoke one of its tokens. */
  'unsupported',
  /** A person gave up on one of its tokens. */
  'abandoned',
] as const;
export type EndState = (typeof endStates)[number];

/** What is known of one token without opening anything. */
export interface HeldToken {
  /** Keyed fingerprint. */
  readonly fingerprint: string;
  /** When it dies by itself: ISO 8601, as its caller wrote it. */
  readonly expiresAt?: string | undefined;
}

export interface GrantPlace {
  /** Key of the person in whose partition it stands. */
  readonly home: string;
  /** As stored, see `storedId`. */
  readonly grantId: string;
}

interface Known extends GrantPlace {
  readonly provider: string;
  readonly tokens: Readonly<Partial<Record<TokenType, HeldToken>>>;
  /** Keys of those whom it serves; nobody at its end. */
  readonly members: readonly string[];
  /** Keys of those whom it served, and who have left it to the others. */
  readonly left: readonly string[];
  readonly registeredBy: string;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Another one after every write. */
  readonly version: string;
}

export interface HeldGrant extends Known {
  readonly state: 'held';
  /** Compact JWE of `GrantSecrets`. */
  readonly sealed: string;
}

export interface RevokingGrant extends Known {
  readonly state: 'revoking';
  readonly sealed: string;
  readonly revocation: string;
  /** Indexes of its jobs in part 0 of the revocation. */
  readonly jobs: readonly number[];
}

/** What is left of a grant: the record, and no token. */
export interface EndedGrant extends Known {
  readonly state: EndState;
  readonly revocation: string;
}

export interface ForgottenGrant extends Known {
  readonly state: 'forgotten';
}

export type LiveGrant = HeldGrant | RevokingGrant;
export type Grant = LiveGrant | EndedGrant | ForgottenGrant;
export type GrantState = Grant['state'];

export const isLive = (grant: Grant): grant is LiveGrant =>
  grant.state === 'held' || grant.state === 'revoking';

export const isEnded = (grant: Grant): grant is EndedGrant =>
  endStates.some((state) => state === grant.state);

/** Others whom it serves besides this person. */
export const othersOf = ({ members }: Grant, subject: string): string[] =>
  members.filter((member) => member !== subject);

/** What a write leaves to be filled in. */
export type Unversioned<Of extends Grant = Grant> = Of extends Grant ? Omit<Of, 'version'> : never;

const knownOf = (grant: Grant): Omit<Known, 'version'> => ({
  home: grant.home,
  grantId: grant.grantId,
  provider: grant.provider,
  tokens: grant.tokens,
  members: grant.members,
  left: grant.left,
  registeredBy: grant.registeredBy,
  createdAt: grant.createdAt,
  updatedAt: grant.updatedAt,
});

/** One person leaves a grant to the others whom it serves. */
export const leave = (grant: LiveGrant, subject: string, at: string): Unversioned<HeldGrant> => ({
  ...knownOf(grant),
  state: 'held',
  sealed: grant.sealed,
  members: othersOf(grant, subject),
  left: [...grant.left, subject],
  updatedAt: at,
});

/** Nobody has it any more, and nothing was revoked: its tokens are forgotten. */
export const forget = (grant: Grant, at: string): Unversioned<ForgottenGrant> => ({
  ...knownOf(grant),
  state: 'forgotten',
  tokens: {},
  members: [],
  left: [],
  updatedAt: at,
});

/** Its tokens are about to be revoked; until that has come to something it stays as it is. */
export const startRevoking = (
  grant: LiveGrant,
  revocation: string,
  jobs: readonly number[],
  at: string,
): Unversioned<RevokingGrant> => ({
  ...knownOf(grant),
  state: 'revoking',
  sealed: grant.sealed,
  revocation,
  jobs,
  updatedAt: at,
});

/** Its jobs have ended, and its tokens go. */
export const end = (
  grant: RevokingGrant,
  state: EndState,
  at: string,
): Unversioned<EndedGrant> => ({
  ...knownOf(grant),
  state,
  revocation: grant.revocation,
  updatedAt: at,
});
