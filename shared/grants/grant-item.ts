import * as z from 'zod';
import { tokenTypes } from '../domain/job.ts';
import { kidOf } from '../sealing/kid.ts';
import {
  grantKey,
  grantListing,
  grantListingKey,
  grantPrefix,
  listing,
  revokingListingKey,
  subjectPartition,
} from '../store/keys.ts';
import { expiry } from '../store/revocations.ts';
import { refuseNewer, schemas } from '../store/schema.ts';
import type { Item } from '../store/table.ts';
import {
  endStates,
  type Grant,
  type GrantPlace,
  type LiveGrant,
  type Unversioned,
} from './grant.ts';

/** How grants and pointers to them stand in the table. */

const heldToken = z.object({ fingerprint: z.string(), expiresAt: z.string().optional() });

const known = z.object({
  home: z.string(),
  grantId: z.string(),
  provider: z.string(),
  tokens: z.partialRecord(z.enum(tokenTypes), heldToken),
  members: z.array(z.string()),
  left: z.array(z.string()),
  registeredBy: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  version: z.string(),
});

const grantItem = z.discriminatedUnion('state', [
  known.extend({ state: z.literal('held'), sealed: z.string() }),
  known.extend({
    state: z.literal('revoking'),
    sealed: z.string(),
    revocation: z.string(),
    jobs: z.array(z.number()),
  }),
  known.extend({ state: z.enum(endStates), revocation: z.string() }),
  known.extend({ state: z.literal('forgotten') }),
]);

/** Stands in a member's partition where the grant itself stands in another's. */
const pointerItem = z.object({
  pointsTo: z.string(),
  version: z.string(),
  /** Epoch seconds. */
  at: z.number(),
});

/** What one person's partition has under a grant's id. */
export type Entry =
  | { readonly kind: 'grant'; readonly grantId: string; readonly grant: Grant }
  | {
      readonly kind: 'pointer';
      readonly grantId: string;
      readonly home: string;
      readonly version: string;
      readonly at: number;
    };

/** @throws Newer */
export function decodeEntry(item: Item): Entry {
  refuseNewer(item, 'grant');
  const grantId = String(item.sk).slice(grantPrefix.length);
  if ('pointsTo' in item) {
    const { pointsTo: home, version, at } = pointerItem.parse(item);
    return { kind: 'pointer', grantId, home, version, at };
  }
  const place = { home: String(item.pk).slice(subjectPartition('').length), grantId };
  return { kind: 'grant', grantId, grant: grantItem.parse({ ...item, ...place }) };
}

/** @param retentionDays how long the record of a grant is kept that holds no token any more */
export function encodeGrant(
  { home, grantId, ...grant }: Unversioned,
  version: string,
  retentionDays: number,
): Item {
  return {
    ...grantKey(home, grantId),
    schema: schemas.grant,
    version,
    ...grant,
    ...('sealed' in grant
      ? listingOf(grant.state, kidOf(grant.sealed) ?? '', { home, grantId })
      : { expiresAt: expiry(grant.state === 'forgotten' ? 0 : retentionDays) }),
  };
}

const listingOf = (state: LiveGrant['state'], kid: string, { home, grantId }: GrantPlace) =>
  state === 'revoking'
    ? { lpk: listing.revoking, lsk: revokingListingKey(kid, home, grantId) }
    : { lpk: grantListing(kid), lsk: grantListingKey(home, grantId) };

export const encodePointer = (
  subject: string,
  grantId: string,
  home: string,
  version: string,
  at: number,
): Item => ({
  ...grantKey(subject, grantId),
  schema: schemas.grant,
  pointsTo: home,
  version,
  at,
});
