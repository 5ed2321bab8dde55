import type { Tally } from './statement.ts';

/** What the words of a report mean, for a reader who knows none of them. */

export const outcomeMeanings: Readonly<Record<keyof Tally, string>> = {
  revoked: 'The provider revoked the token, by an answer that it documents as that.',
  already_invalid:
    'The token was dead before: by an answer that the provider documents as that, or by a look-up.',
  expired: 'The token’s own expiry passed before it could be revoked: dead by the clock.',
  unsupported: 'The provider cannot revoke tokens of this kind. The token may be alive.',
  parked: 'Not revoked yet, for the reason given. The token may be alive. It can be tried again.',
  abandoned:
    'A person gave up on it: the row says who and why. The token may be alive, and is not kept.',
  queued: 'Not decided yet: it waits for its first try, or for another.',
};

export const evidenceMeanings: Readonly<Record<string, string>> = {
  accepted: 'The provider’s answer to the revocation, taken as the provider documents it.',
  verified: 'A look-up after the revocation said that the token is dead.',
  unverifiable: 'A look-up was wanted, and the provider offers none for such a token.',
};

export const limits =
  'It shows what Rescind has recorded of the answers of providers. A provider may answer alike for a token that it never knew; servers that check access tokens by themselves may accept one until it expires. Tokens are named by keyed fingerprints: none is in this report.';
