import { describe, expect, it } from 'vitest';
import {
  deadLetter,
  outcomeRow,
  provider,
  revocation,
} from '../../functions/api/contract/answers.ts';
import { type SandboxKind, sandboxKinds } from '../../local/sandbox/index.ts';
import { openTarget } from './target.ts';

const target = openTarget();

/** Kinds that document the revocation of refresh tokens; Nylas does that of access tokens only. */
const takesRefreshTokens = (kind: SandboxKind) => kind !== 'nylas';

describe('tokens go in, they are dead, and there is a record', () => {
  it('revokes access and refresh tokens of all five providers in one request', async () => {
    const jobs: Parameters<typeof target.revoke>[0] = [];
    for (const kind of sandboxKinds) {
      const { issue } = target.provider(kind);
      const issued = [
        ...(await issue({ count: 30 })),
        ...(takesRefreshTokens(kind) ? await issue({ count: 10, type: 'refresh_token' }) : []),
      ];
      for (const { token, type } of issued) {
        jobs.push({ provider: kind, token, tokenType: type, ref: `${kind}-${jobs.length}` });
      }
    }

    const { revocation, outcomes } = await target.revoke(jobs);

    for (const kind of sandboxKinds) {
      const own = jobs.filter((job) => job.provider === kind).map(({ token }) => token);
      expect(own.length).toBeGreaterThan(0);
      expect(await target.provider(kind).alive(own)).toEqual([]);
    }
    expect(revocation).toMatchObject({
      status: 'completed',
      counts: { total: jobs.length, queued: 0, revoked: jobs.length, parked: 0 },
    });
    expect(revocation.requestedBy).not.toBe('');
    expect(revocation.completedAt).toBeDefined();
    expect(outcomes).toHaveLength(jobs.length);
    expect(new Set(outcomes.map(({ ref }) => ref))).toEqual(new Set(jobs.map(({ ref }) => ref)));
    expect(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size).toBe(jobs.length);
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'revoked', evidence: 'accepted', attempts: 1 });
    }
  });

  it('makes two jobs of a pair, each with its own outcome', async () => {
    const kinds = sandboxKinds.filter(takesRefreshTokens);
    const jobs: Parameters<typeof target.revoke>[0] = [];
    for (const kind of kinds) {
      const [{ token, pair } = { token: '', pair: '' }] = await target.provider(kind).issue();
      jobs.push({ provider: kind, token, refreshToken: pair, ref: kind });
    }

    const { revocation, outcomes } = await target.revoke(jobs);

    expect(revocation.counts).toMatchObject({ total: 2 * kinds.length, queued: 0, parked: 0 });
    for (const kind of kinds) {
      const own = jobs.filter((job) => job.provider === kind);
      const tokens = own.flatMap(({ token, refreshToken = '' }) => [token, refreshToken]);
      expect(await target.provider(kind).alive(tokens)).toEqual([]);
      const rows = outcomes.filter(({ ref }) => ref === kind);
      expect(rows.map(({ tokenType }) => tokenType)).toEqual(['access_token', 'refresh_token']);
    }
  });

  it.each([
    ['nylas', 400],
    ['mollie', 404],
  ] as const)(
    'says already_invalid only where a look-up confirms it: %s',
    async (kind, httpStatus) => {
      const [dead] = await target.provider(kind).issue({ count: 1, dead: true });

      const { outcomes } = await target.revoke([{ provider: kind, token: dead?.token ?? '' }]);

      expect(outcomes).toMatchObject([
        { outcome: 'already_invalid', evidence: 'verified', httpStatus },
      ]);
    },
  );

  it('parks another client’s token as refused, and lists it in the ledger', async () => {
    const [foreign] = await target.provider('polar').issue({ count: 1, foreign: true });

    const { revocation, outcomes } = await target.revoke([
      { provider: 'polar', token: foreign?.token ?? '', ref: 'someone-else' },
    ]);

    expect(revocation.counts).toMatchObject({ total: 1, parked: 1 });
    expect(outcomes).toMatchObject([
      { outcome: 'parked', reason: 'refused', detail: 'http 400 invalid_grant' },
    ]);
    const ledger = await target.list('/v1/dead-letters?provider=polar', deadLetter);
    expect(ledger.items).toContainEqual(
      expect.objectContaining({
        id: outcomes[0]?.job,
        ref: 'someone-else',
        reason: 'refused',
        provider: 'polar',
      }),
    );
    const { items } = await target.list('/v1/providers', provider);
    expect(items.find(({ id }) => id === 'polar')?.health.parked).toBeGreaterThan(0);
  });
});

describe('what the API lists', () => {
  it('has revocations newest first, page by page', async () => {
    const [issued] = await target.provider('polar').issue({ count: 1 });
    const mine: string[] = [];
    for (const label of ['first', 'second', 'third']) {
      const job = { provider: 'polar', token: issued?.token ?? '' };
      mine.push((await target.client.submit({ label, jobs: [job] })).id);
    }

    const seen: string[] = [];
    let path = '/v1/revocations?limit=2';
    while (!mine.every((id) => seen.includes(id))) {
      const page = await target.list(path, revocation);
      expect(page.items.length).toBeGreaterThan(0);
      seen.push(...page.items.map(({ id }) => id));
      path = `/v1/revocations?limit=2&cursor=${encodeURIComponent(page.cursor ?? '')}`;
    }

    expect(seen.filter((id) => mine.includes(id))).toEqual(mine.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('has outcomes by filter, without missing or repeating one', async () => {
    const issued = await target.provider('polar').issue({ count: 60 });
    const jobs = issued.map(({ token }) => ({ provider: 'polar', token }));
    const { links } = (await target.revoke(jobs)).revocation;

    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `${links.outcomes}?outcome=revoked&limit=7${query}`;
      const page = await target.list(path, outcomeRow);
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ index }) => index));
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    const parked = await target.api(`${links.outcomes}?outcome=parked`);
    expect(await parked.json()).toEqual({ items: [] });
  });
});
