import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cutSlices, messageText, type SliceMessage } from '../../shared/domain/slice.ts';
import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';
import { sealSlice } from '../../shared/sealing/seal-slice.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import { retentionDays, storesOn } from '../support/stores.ts';
import { startTable } from '../support/table.ts';

/**
 * What this version writes, to the letter. Queues and tables hold it for days and years, so whoever
 * makes one of these tests fail is changing a format: see docs/upgrading.md.
 */
const { table, scan, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const acceptedAt = 1_800_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: acceptedAt * 1000 }));
afterEach(() => void vi.useRealTimers());

const key = new Uint8Array(32).fill(1);
const keys: SealingKeys = {
  sealWith: { kid: 'enc-1', key },
  openWith: new Map([['enc-1', key]]),
  fingerprintWith: new Uint8Array(32).fill(2),
};
const revocation = `rev_${'0123456789'.repeat(4)}`;

/** One job with everything that a job may have, and one with nothing but its token. */
async function aMessage(): Promise<SliceMessage> {
  const full = {
    token: 'token-1',
    tokenType: 'refresh_token' as const,
    subject: 'jane',
    ref: 'user-é',
    parameters: { shop: 'shop.example', level: 3, all: true },
  };
  const jobs = [full, { token: 'token-2' }].map((job, index) => ({
    ...job,
    index: index + 3,
    provider: 'polar',
    fingerprint: fingerprint(job.token, keys),
  }));
  const [slice] = cutSlices(revocation, 1, jobs);
  if (slice === undefined) throw new Error('there are jobs');
  return sealSlice(slice, keys, acceptedAt);
}

test('a message, but for its ciphertext', async () => {
  const message = await aMessage();
  expect(messageText({ ...message, sealed: 'SEALED' })).toBe(
    `{"v":2,"revocation":"${revocation}","part":1,"slice":0,"provider":"polar","redrives":0,"acceptedAt":1800000000,"jobs":[{"index":3,"ref":"user-\\u00e9","fingerprint":"${fingerprint('token-1', keys)}","tokenType":"refresh_token"},{"index":4,"fingerprint":"${fingerprint('token-2', keys)}"}],"sealed":"SEALED"}`,
  );
});

test('what is sealed in it, and how', async () => {
  const { sealed } = await aMessage();
  expect(decodeProtectedHeader(sealed)).toEqual({
    alg: 'dir',
    enc: 'A256GCM',
    kid: 'enc-1',
    slice: `${revocation}/1/0/polar`,
  });
  const { plaintext } = await compactDecrypt(sealed, key);
  expect(new TextDecoder().decode(plaintext)).toBe(
    '[{"index":3,"token":"token-1","tokenType":"refresh_token","subject":"jane","parameters":{"shop":"shop.example","level":3,"all":true}},{"index":4,"token":"token-2"}]',
  );
});

test('the fingerprint of a token', () => {
  expect(fingerprint('token-1', keys)).toBe('NjLJD2HJAH8UsTbA');
});

test('the items of a slice that is written down', async () => {
  // Prepare
  const stores = storesOn(table);
  const message = { ...(await aMessage()), part: 0 };
  const createdAt = '2026-01-01T00:00:00.000Z';
  await stores.revocations.create({
    id: revocation,
    label: 'label',
    requestedBy: 'tester',
    createdAt,
    total: 2,
  });
  await stores.revocations.accept(revocation, createdAt);

  // Act
  const base = { attempts: 2, answers: 1, httpStatus: 403, at: acceptedAt };
  const records = new Map([
    [
      3,
      {
        ...base,
        ref: 'user-é',
        fingerprint: 'f-1',
        outcome: 'revoked',
        evidence: 'accepted',
      } as const,
    ],
    [
      4,
      { ...base, fingerprint: 'f-2', outcome: 'parked', reason: 'refused', detail: 'no' } as const,
    ],
  ]);
  await writeDown({ message, receives: 2, seen: undefined, records }, stores);

  // Assess
  const expiresAt = acceptedAt + retentionDays * 86_400;
  const pk = `REV#${revocation}`;
  const items = (await scan()).toSorted((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1));
  expect(items).toEqual([
    {
      pk,
      sk: 'LEDGER#000000#000000',
      lpk: 'LEDGER',
      lsk: `polar#${revocation}#000000#000000`,
      schema: 2,
      provider: 'polar',
      version: 1,
      redrives: 0,
      acceptedAt,
      sealed: message.sealed,
      entries: {
        4: {
          index: 4,
          fingerprint: 'f-2',
          reason: 'refused',
          detail: 'no',
          attempts: 2,
          httpStatus: 403,
          parkedAt: '2027-01-15T08:00:00.000Z',
          acceptedAt,
          kid: 'enc-1',
        },
      },
    },
    {
      pk,
      sk: 'PART#000000',
      lpk: 'REVOCATIONS',
      lsk: revocation,
      schema: 1,
      label: 'label',
      requestedBy: 'tester',
      createdAt,
      acceptedAt: createdAt,
      completedAt: '2027-01-15T08:00:00.000Z',
      total: 2,
      revoked: new Set([3]),
      parked: new Set([4]),
      expiresAt,
    },
    {
      pk,
      sk: 'SLICE#000000#000000',
      schema: 1,
      provider: 'polar',
      version: 1,
      receives: 2,
      redrives: 0,
      jobs: {
        3: { r: 'user-é', f: 'f-1', o: 'revoked', e: 'accepted', a: 2, h: 403, t: acceptedAt },
        4: { f: 'f-2', o: 'parked', p: 'refused', d: 'no', a: 2, n: 1, h: 403, t: acceptedAt },
      },
      expiresAt,
    },
  ]);
});
