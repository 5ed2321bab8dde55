import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../local/client.ts';
import { createHistory, ruleNames, survivors, type View, violations } from './invariants.ts';

const id = 'rev_1';
const job = (index: number) => `${id}/0/${index}`;

const row = (index: number, change: Partial<Outcome> = {}): Outcome => ({
  job: job(index),
  part: 0,
  index,
  ref: `ref-${index}`,
  provider: 'polar',
  outcome: 'revoked',
  evidence: 'accepted',
  attempts: 1,
  fingerprint: 'f',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...change,
});

/** Three jobs: one revoked, one dead before, one parked because it is another client's. */
const sound: View = {
  jobs: (['live', 'dead', 'foreign'] as const).map((state, index) => ({
    ref: `ref-${index}`,
    provider: 'polar',
    token: `token-${index}`,
    state,
  })),
  revocation: {
    id,
    status: 'completed',
    counts: {
      total: 3,
      queued: 0,
      revoked: 1,
      already_invalid: 1,
      unsupported: 0,
      parked: 1,
      abandoned: 0,
      expired: 0,
    },
    requestedBy: 'local',
    createdAt: '2026-01-01T00:00:00.000Z',
    links: { self: '/', outcomes: '/' },
  },
  rows: [
    row(0),
    row(1, { outcome: 'already_invalid' }),
    row(2, { outcome: 'parked', reason: 'refused' }),
  ],
  parked: new Map([[job(2), 'refused']]),
  alive: [false, false, true],
};

const withCounts = (change: Partial<View['revocation']['counts']>): View => ({
  ...sound,
  revocation: { ...sound.revocation, counts: { ...sound.revocation.counts, ...change } },
});
const withRow = (index: number, change: Partial<Outcome>): View => ({
  ...sound,
  rows: sound.rows.map((each) => (each.index === index ? { ...each, ...change } : each)),
});
const broken = (view: View) => violations(view).map(({ rule }) => rule);

test('a sound revocation breaks no rule', () => {
  expect(violations(sound)).toEqual([]);
});

/** One view for each rule that it breaks, and perhaps others with it. */
const breaking: Readonly<Record<string, View>> = {
  'it completes': { ...sound, revocation: { ...sound.revocation, status: 'running' } },
  'accepted = ended + parked': withCounts({ revoked: 0, queued: 1 }),
  'every job has one row': { ...sound, rows: [...sound.rows, row(1)] },
  'a row is of the job that was handed in': withRow(0, { ref: 'ref-1' }),
  'the counts are the rows’': withCounts({ revoked: 2, already_invalid: 0 }),
  'what is parked is in the ledger, and nothing else': { ...sound, parked: new Map() },
  'what is called dead is dead': { ...sound, alive: [true, false, true] },
  'nothing is given up or expires by itself': withRow(0, { outcome: 'expired' }),
};

describe('is found out:', () => {
  test.each(ruleNames)('%s', (rule) => {
    const view = breaking[rule];
    expect(view && broken(view)).toContain(rule);
  });

  test.each<[string, View]>([
    ['a job that was lost', { ...sound, rows: sound.rows.slice(1) }],
    ['a row too many', { ...sound, rows: [...sound.rows, row(3)] }],
    ['a job that is still queued', withRow(0, { outcome: 'queued' })],
    ['a job that was counted twice', withCounts({ revoked: 1, parked: 2 })],
    [
      'a ledger entry of a job that has ended',
      { ...sound, parked: new Map([[job(0), 'refused']]) },
    ],
    ['a ledger entry with another reason', { ...sound, parked: new Map([[job(2), 'crashed']]) }],
    ['a dead token that is not', withRow(2, { outcome: 'already_invalid' })],
    ['a job of another provider', withRow(1, { provider: 'mollie' })],
  ])('%s', (_, view) => {
    expect(violations(view)).not.toEqual([]);
  });

  test('a token of ours that lives once all is well', () => {
    expect(survivors(sound)).toEqual([]);
    expect(survivors({ ...sound, alive: [true, true, true] })).toMatchObject([
      { jobs: ['ref-0', 'ref-1'] },
    ]);
  });
});

describe('history', () => {
  const history = createHistory();

  test('lets a parked job end', () => {
    expect(
      history.note(id, [row(0, { outcome: 'parked' }), row(1, { outcome: 'queued' })]),
    ).toEqual([]);
    expect(history.note(id, [row(0), row(1)])).toEqual([]);
    expect(history.note(id, [row(0), row(1)])).toEqual([]);
  });

  test('finds what has ended twice', () => {
    expect(history.note(id, [row(0, { outcome: 'parked' }), row(1)])).toMatchObject([
      { jobs: [job(0)] },
    ]);
    expect(history.note(id, [row(0), row(1, { outcome: 'already_invalid' })])).toMatchObject([
      { jobs: [job(1)] },
    ]);
  });
});
