import type { SliceIdentity, SlicePlace } from '../domain/slice.ts';
import type { Key } from './table.ts';

/**
 * One table holds everything:
 *
 * | item         | pk                 | sk                     | listing (lpk, lsk)                    |
 * |--------------|--------------------|------------------------|---------------------------------------|
 * | part         | REV#<revocation>   | PART#<part>            | REVOCATIONS, <revocation> (part 0)    |
 * | slice        | REV#<revocation>   | SLICE#<part>#<slice>   |                                       |
 * | ledger entry | REV#<revocation>   | LEDGER#<part>#<slice>  | LEDGER, <provider>#<revocation>#…     |
 * | left alone   | REV#<revocation>   | LEFT#<part>#<slice>    |                                       |
 * | task token   | REV#<revocation>   | TASK                   | TASKS#<kid>, <revocation>             |
 * | completion   | REV#<revocation>   | COMPLETION#<round>     |                                       |
 * | pace         | LANE#<provider>    | PACE                   |                                       |
 * | idempotency  | IDEM#<digest>      | IDEM                   |                                       |
 * | delivery     | HOOK#<source>      | <digest>               |                                       |
 * | grant        | SUBJECT#<key>      | GRANT#<grant id>       | GRANTS#<kid>, <key>#<grant id>        |
 * |              |                    |                        | REVOKING, <kid>#<key>#<grant id>      |
 * | plan         | SUBJECT#<key>      | PLAN                   |                                       |
 * | room         | SUBJECT#<key>      | ROOM#<owner>           |                                       |
 *
 * Part 0's item is the revocation's own. Numbers are padded so that keys sort as numbers do.
 */
export const listing = {
  index: 'listing',
  revocations: 'REVOCATIONS',
  ledger: 'LEDGER',
  /** Grants that are being revoked. */
  revoking: 'REVOKING',
  /** What the index carries besides keys: enough to list the ledger without its sealed tokens. */
  projected: ['provider', 'entries'],
} as const;

const padded = (number: number): string => String(number).padStart(6, '0');

export const revocationPartition = (revocation: string): string => `REV#${revocation}`;

export const partKey = (revocation: string, part: number): Key => ({
  pk: revocationPartition(revocation),
  sk: `PART#${padded(part)}`,
});

export const slicePrefix = 'SLICE#';

export const sliceKey = ({ revocation, part, slice }: SlicePlace): Key => ({
  pk: revocationPartition(revocation),
  sk: `${slicePrefix}${padded(part)}#${padded(slice)}`,
});

/** @param part undefined for all parts */
export const ledgerPrefix = (part: number | undefined): string =>
  part === undefined ? 'LEDGER#' : `LEDGER#${padded(part)}#`;

export const ledgerKey = ({ revocation, part, slice }: SlicePlace): Key => ({
  pk: revocationPartition(revocation),
  sk: `LEDGER#${padded(part)}#${padded(slice)}`,
});

export const leftAloneKey = ({ revocation, part, slice }: SlicePlace): Key => ({
  pk: revocationPartition(revocation),
  sk: `LEFT#${padded(part)}#${padded(slice)}`,
});

export const taskKey = (revocation: string): Key => ({
  pk: revocationPartition(revocation),
  sk: 'TASK',
});

/** Lists the task tokens that are sealed with one key. */
export const taskListing = (kid: string): string => `TASKS#${kid}`;

export const completionKey = (revocation: string, round: number): Key => ({
  pk: revocationPartition(revocation),
  sk: `COMPLETION#${padded(round)}`,
});

/** Sorts the ledger by provider first, so that one provider's entries are one range. */
export const ledgerListingKey = ({ provider, revocation, part, slice }: SliceIdentity): string =>
  `${provider}#${revocation}#${padded(part)}#${padded(slice)}`;

export const paceKey = (provider: string): Key => ({ pk: `LANE#${provider}`, sk: 'PACE' });

/** @param subject key of a person, see shared/sealing/fingerprint.ts */
export const subjectPartition = (subject: string): string => `SUBJECT#${subject}`;

export const grantPrefix = 'GRANT#';

export const grantKey = (subject: string, grantId: string): Key => ({
  pk: subjectPartition(subject),
  sk: `${grantPrefix}${grantId}`,
});

/**
 * First and last key of what callers call by one grant id: that id, and that with `#` and an owner
 * behind it.
 */
export const grantRange = (shownId: string): readonly [string, string] => [
  `${grantPrefix}${shownId}`,
  `${grantPrefix}${shownId}$`,
];

/** Lists the grants that are sealed with one key. */
export const grantListing = (kid: string): string => `GRANTS#${kid}`;

export const grantListingKey = (subject: string, grantId: string): string =>
  `${subject}#${grantId}`;

/** Lists what is being revoked, by the key that it is sealed with. */
export const revokingListingKey = (kid: string, subject: string, grantId: string): string =>
  `${kid}#${grantListingKey(subject, grantId)}`;

export const planKey = (subject: string): Key => ({ pk: subjectPartition(subject), sk: 'PLAN' });

/** @param owner as grant ids have them, see shared/grants/grant-id.ts */
export const roomKey = (subject: string, owner: string): Key => ({
  pk: subjectPartition(subject),
  sk: `ROOM#${owner}`,
});

export const idempotencyKey = (digest: string): Key => ({ pk: `IDEM#${digest}`, sk: 'IDEM' });

export const deliveryPartition = (source: string): string => `HOOK#${source}`;

export const deliveryKey = (source: string, digest: string): Key => ({
  pk: deliveryPartition(source),
  sk: digest,
});
