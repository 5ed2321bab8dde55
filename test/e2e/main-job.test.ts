import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deadLetter,
  outcomeRow,
  provider,
  revocation,
} from '../../functions/api/contract/answers.ts';
import type { Client } from '../../local/client.ts';
import { type Sandbox, sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

type Jobs = Parameters<Client['submit']>[0]['jobs'];

describe('tokens go in, they are dead, and there is a record', () => {
  let sandboxes: Sandbox[];
  let rescind: TestStack;

  beforeAll(async () => {
    sandboxes = await Promise.all(sandboxKinds.map((kind) => startSandbox(kind)));
    rescind = await startTestStack({
      providers: sandboxes.map(({ provider }) => provider),
      secrets: Object.fromEntries(sandboxes.map(({ provider, secret }) => [provider.id, secret])),
    });
  });

  afterAll(async () => {
    await rescind[Symbol.asyncDispose]();
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  });

  it('revokes access and refresh tokens of all five providers in one request', async () => {
    const jobs: Jobs = [];
    for (const sandbox of sandboxes) {
      // Nylas documents revocation of access tokens only.
      const refresh = sandbox.kind === 'nylas' ? 0 : 10;
      const issued = [
        ...(await sandbox.issue({ count: 30 })),
        ...(refresh > 0 ? await sandbox.issue({ count: refresh, type: 'refresh_token' }) : []),
      ];
      for (const { token, type } of issued) {
        const ref = `${sandbox.kind}-${jobs.length}`;
        jobs.push({ provider: sandbox.provider.id, token, tokenType: type, ref });
      }
    }

    const { revocation, outcomes } = await rescind.revoke(jobs);

    for (const sandbox of sandboxes) {
      expect(await sandbox.alive(jobs.map(({ token }) => token))).toEqual([]);
    }
    expect(revocation).toMatchObject({
      status: 'completed',
      requestedBy: 'local',
      counts: { total: jobs.length, queued: 0, revoked: jobs.length, parked: 0 },
    });
    expect(revocation.completedAt).toBeDefined();
    expect(outcomes).toHaveLength(jobs.length);
    expect(new Set(outcomes.map(({ ref }) => ref))).toEqual(new Set(jobs.map(({ ref }) => ref)));
    expect(new Set(outcomes.map(({ fingerprint }) => fingerprint)).size).toBe(jobs.length);
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'revoked', evidence: 'accepted', attempts: 1 });
    }
  });

  it('says already_invalid only where introspection confirms it', async () => {
    const nylas = sandboxes.find(({ kind }) => kind === 'nylas');
    const [dead] = (await nylas?.issue({ count: 1, dead: true })) ?? [];

    const { outcomes } = await rescind.revoke([{ provider: 'nylas', token: dead?.token ?? '' }]);

    expect(outcomes).toMatchObject([
      { outcome: 'already_invalid', evidence: 'verified', httpStatus: 400 },
    ]);
  });

  it('parks another client’s token as refused, and lists it in the ledger', async () => {
    const polar = sandboxes.find(({ kind }) => kind === 'polar');
    const [foreign] = (await polar?.issue({ count: 1, foreign: true })) ?? [];

    const { revocation, outcomes } = await rescind.revoke([
      { provider: 'polar', token: foreign?.token ?? '', ref: 'someone-else' },
    ]);

    expect(revocation.counts).toMatchObject({ total: 1, parked: 1 });
    expect(outcomes).toMatchObject([
      { outcome: 'parked', reason: 'refused', detail: 'http 400 invalid_grant' },
    ]);
    const ledger = await rescind.list('/v1/dead-letters?provider=polar', deadLetter);
    expect(ledger.items).toMatchObject([
      { id: outcomes[0]?.job, ref: 'someone-else', reason: 'refused', provider: 'polar' },
    ]);
    const providers = await rescind.list('/v1/providers', provider);
    expect(providers.items).toContainEqual(
      expect.objectContaining({ id: 'polar', health: expect.objectContaining({ parked: 1 }) }),
    );
  });

  it('lists revocations newest first, page by page', async () => {
    const first = await rescind.list('/v1/revocations?limit=2', revocation);
    const rest = await rescind.list(`/v1/revocations?cursor=${first.cursor}`, revocation);

    const created = [...first.items, ...rest.items].map(({ createdAt }) => createdAt);
    expect(first.items).toHaveLength(2);
    expect(created).toHaveLength(3);
    expect(created).toEqual([...created].sort().reverse());
    expect(rest.cursor).toBeUndefined();
  });

  it('filters outcomes and pages through them without missing or repeating one', async () => {
    const polar = sandboxes.find(({ kind }) => kind === 'polar');
    const issued = (await polar?.issue({ count: 60 })) ?? [];
    const jobs = issued.map(({ token }) => ({ provider: 'polar', token }));
    const { links } = (await rescind.revoke(jobs)).revocation;

    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const path = `${links.outcomes}?outcome=revoked&limit=7${query}`;
      const page = await rescind.list(path, outcomeRow);
      expect(page.items.length).toBeLessThanOrEqual(7);
      seen.push(...page.items.map(({ index }) => index));
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    const parked = await rescind.api(`${links.outcomes}?outcome=parked`);
    expect(await parked.json()).toEqual({ items: [] });
  });
});
