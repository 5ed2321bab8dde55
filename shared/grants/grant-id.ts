import { createHash } from 'node:crypto';

/**
 * A grant's id in the table. Where callers see only what is theirs, each has its own ids: else one would
 * learn from a refusal which ids others use, and could keep them from registering theirs.
 *
 * @param owner undefined where everybody shares them
 */
export const storedId = (grantId: string, owner: string | undefined): string =>
  owner === undefined
    ? grantId
    : `${grantId}#${createHash('sha256').update(owner).digest('base64url').slice(0, 16)}`;

/** Whose id it is, as it is stored; empty where everybody shares them. */
export const ownerPart = (stored: string): string => stored.split('#', 2)[1] ?? '';

/** The id that callers gave it. They use no `#` in one. */
export const shownId = (stored: string): string => stored.split('#', 1)[0] ?? stored;
