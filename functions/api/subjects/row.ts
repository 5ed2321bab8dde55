import type { Grant } from '../../../shared/grants/grant.ts';
import { othersOf } from '../../../shared/grants/grant.ts';
import { shownId } from '../../../shared/grants/grant-id.ts';
import type { GrantRow } from '../contract/grant-answers.ts';

/** A grant as one person has it; undefined where it is none of theirs any more. */
export function grantRow(grant: Grant, subject: string): GrantRow | undefined {
  const state = stateFor(grant, subject);
  if (state === undefined) return undefined;
  const { grantId, provider, tokens, registeredBy, createdAt, updatedAt, version } = grant;
  return {
    grantId: shownId(grantId),
    provider,
    state,
    tokens,
    sharedWith: othersOf(grant, subject).length,
    revocation: 'revocation' in grant ? grant.revocation : undefined,
    registeredBy,
    createdAt,
    updatedAt,
    etag: etagOf(version),
  };
}

function stateFor(grant: Grant, subject: string): GrantRow['state'] | undefined {
  const { state, members, left } = grant;
  if (state === 'forgotten') return undefined;
  if (members.includes(subject)) return state;
  return left.includes(subject) ? 'left' : undefined;
}

/** RFC 9110, section 8.8.3. */
export const etagOf = (version: string): string => `"${version}"`;
