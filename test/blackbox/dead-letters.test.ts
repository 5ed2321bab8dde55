import { afterEach, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { deadLetter, problem, provider } from '../../functions/api/contract/answers.ts';
import { abandonAnswer, redriveAnswer } from '../../functions/api/contract/dead-letters.ts';
import type { Outcome } from '../../local/client.ts';
import { until } from '../support/until.ts';
import { openTarget } from './target.ts';

const target = openTarget();
const sick = target.provider('sick');
afterEach(() => sick.setFaults({}));

const post = (what: 'redrive' | 'abandon', body: unknown) =>
  target.api(`/v1/dead-letters/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

async function ask<T>(
  what: 'redrive' | 'abandon',
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = await post(what, body);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return schema.parse(JSON.parse(text));
}
const redrive = (body: unknown) => ask('redrive', body, redriveAnswer);
const abandon = (body: unknown) => ask('abandon', body, abandonAnswer);

/** Ids of what the ledger lists of a revocation. */
async function listed(revocation: string): Promise<string[]> {
  const { items } = await target.list('/v1/dead-letters?provider=sick&limit=500', deadLetter);
  return items.filter((item) => item.revocation === revocation).map(({ id }) => id);
}

const parkedCount = async () =>
  (await target.list('/v1/providers', provider)).items.find(({ id }) => id === 'sick')?.health
    .parked ?? 0;

/** Tokens of a provider that is down for so long that it parks their jobs. */
async function parkTokens(count: number) {
  const issued = await sick.issue({ count });
  const tokens = issued.map(({ token }) => token);
  await sick.setFaults({ canned: { status: 500, body: 'down' } });
  const jobs = tokens.map((token, index) => ({ provider: 'sick', token, ref: `sick-${index}` }));
  const { revocation, outcomes } = await target.revoke(jobs);
  expect(revocation.counts).toMatchObject({ total: count, parked: count });
  await until('the ledger to list them', async () => {
    return (await listed(revocation.id)).length === count;
  });
  return { id: revocation.id, tokens, ids: outcomes.map(({ job }) => job) };
}

/** The lane of a provider that is back opens with its first success. */
const completed = async (id: string): Promise<Outcome[]> => (await target.completed(id)).outcomes;

describe('parked jobs', () => {
  it('are revoked once their provider is back and they are sent again, and never twice', async () => {
    const { id, tokens, ids } = await parkTokens(30);
    const parkedBefore = await parkedCount();
    await sick.setFaults({});

    const dry = await redrive({ revocation: id, dryRun: true });
    expect(dry).toMatchObject({ count: 30, reasons: { exhausted: 30 }, providers: { sick: 30 } });
    expect(await redrive({ revocation: id, rate: 1000 })).toEqual({ count: 30 });

    const { revocation, outcomes } = await target.completed(id);
    expect(revocation).toMatchObject({
      status: 'completed',
      counts: { total: 30, revoked: 30, parked: 0, queued: 0 },
    });
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'revoked', evidence: 'accepted' });
    }
    expect(await sick.alive(tokens)).toEqual([]);
    expect(await listed(id)).toEqual([]);
    await until('the count to fall', async () => (await parkedCount()) <= parkedBefore - 30);

    const { calls } = await sick.stats();
    expect(await redrive({ revocation: id })).toEqual({ count: 0 });
    expect(await redrive({ ids })).toMatchObject({ count: 0, skipped: expect.any(Array) });
    expect((await sick.stats()).calls).toBe(calls);
  });

  it('that fit a filter are sent, and the others stay', async () => {
    const { id, ids, tokens } = await parkTokens(3);
    const [first = '', second = '', third = ''] = ids;
    await sick.setFaults({});

    expect(await redrive({ revocation: id, reason: 'refused' })).toEqual({ count: 0 });
    expect(await redrive({ ids: [first, third], provider: 'polar' })).toEqual({
      count: 0,
      skipped: [first, third],
    });
    expect(await redrive({ ids: [first, third], provider: 'sick' })).toEqual({ count: 2 });

    const outcomes = await completed(id);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['revoked', 'parked', 'revoked']);
    expect(await listed(id)).toEqual([second]);
    expect(await sick.alive(tokens)).toEqual([tokens[1]]);
  });

  it('that their provider goes on failing are parked again, with all their tries', async () => {
    const { id } = await parkTokens(2);

    expect(await redrive({ revocation: id })).toEqual({ count: 2 });

    const outcomes = await completed(id);
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'parked', reason: 'exhausted', attempts: 8 });
    }
    await until('the ledger to list them anew', async () => (await listed(id)).length === 2);
    const { items } = await target.list('/v1/dead-letters?provider=sick&limit=500', deadLetter);
    const own = items.filter((item) => item.revocation === id);
    expect(own).toMatchObject([{ redrives: 1 }, { redrives: 1 }]);
  });

  it('that are given up on are forgotten, and who decided is kept', async () => {
    const { id, ids, tokens } = await parkTokens(2);
    await sick.setFaults({});
    const note = 'revoked by hand';

    expect(await abandon({ ids, note })).toEqual({ count: 2 });
    expect(await abandon({ ids, note })).toEqual({ count: 2 });

    const outcomes = await completed(id);
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'abandoned', reason: 'exhausted', decision: { note } });
      expect(row.decision?.by).not.toBe('');
    }
    expect((await target.client.revocation(id)).counts).toMatchObject({ abandoned: 2, parked: 0 });
    expect(await redrive({ ids })).toEqual({ count: 0, skipped: ids });
    await until('the list to lose them', async () => (await listed(id)).length === 0);
    expect(await sick.alive(tokens)).toHaveLength(2);
  });

  it('that were refused are revoked when what was wrong is mended elsewhere', async () => {
    const [issued] = await sick.issue({ count: 1 });
    const token = issued?.token ?? '';
    await sick.setFaults({ canned: { status: 403, body: '{"error":"access_denied"}' } });
    const parked = await target.revoke([{ provider: 'sick', token }]);
    expect(parked.outcomes).toMatchObject([{ outcome: 'parked', reason: 'refused' }]);
    const { id } = parked.revocation;
    await until('the ledger to list it', async () => (await listed(id)).length === 1);

    await sick.setFaults({});
    expect(await redrive({ revocation: id, reason: 'refused' })).toEqual({ count: 1 });

    expect(await completed(id)).toMatchObject([{ outcome: 'revoked' }]);
    expect(await sick.alive([token])).toEqual([]);
  });
});

describe('what is asked wrongly', () => {
  it.each([
    ['redrive', {}],
    ['redrive', { provider: 'nobody' }],
    ['redrive', { ids: [`rev_${'0'.repeat(40)}/0/0`] }],
    ['abandon', { ids: [`rev_${'0'.repeat(40)}/0/0`], note: 'none' }],
    ['abandon', { ids: [] }],
  ] as const)('is refused: %s %j', async (what, body) => {
    const answer = await post(what, body);
    expect(answer.status).toBe(422);
    expect(problem.parse(await answer.json()).errors).not.toEqual([]);
  });
});
