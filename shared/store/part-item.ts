import * as z from 'zod';
import { type JobRecord, type Outcome, outcomes } from '../domain/outcome.ts';
import type { Part, Revocation } from '../domain/revocation.ts';
import { groupBy } from '../group-by.ts';
import { parseForDisplay } from './schema.ts';
import type { Item } from './table.ts';

const numbers = z.set(z.number()).default(new Set());

/** What every part's item has. Each outcome's attribute is the number set of jobs that have it. */
const progress = {
  total: z.number(),
  acceptedAt: z.string().optional(),
  /** How often jobs have been taken for queued again; absent for never. */
  reopens: z.number().optional(),
  revoked: numbers,
  already_invalid: numbers,
  unsupported: numbers,
  parked: numbers,
  abandoned: numbers,
  expired: numbers,
} satisfies Record<Outcome, unknown> & Record<string, unknown>;

/** Part 0's item, which is the revocation's own. */
const revocationItem = z.object({
  ...progress,
  pk: z.string().startsWith('REV#'),
  label: z.string().optional(),
  requestedBy: z.string(),
  subject: z.string().optional(),
  leftAlive: z.number().optional(),
  createdAt: z.string(),
  completedAt: z.string().optional(),
  task: z.literal(true).optional(),
  /** Of one that was opened for more parts, and stays so when it is closed. */
  opened: z.literal(true).optional(),
  closedAt: z.string().optional(),
  /** Numbers of the other parts. */
  parts: numbers,
  /** Those of them whose jobs all have an outcome. */
  complete: numbers,
});

const furtherPartItem = z.object({
  ...progress,
  sk: z.string().startsWith('PART#'),
  digest: z.string(),
});

export function decodeRevocation(item: Item): Revocation {
  const parsed = parseForDisplay(revocationItem, item, 'part');
  const { opened, closedAt, parts, complete } = parsed;
  return {
    id: parsed.pk.slice('REV#'.length),
    label: parsed.label,
    requestedBy: parsed.requestedBy,
    subject: parsed.subject,
    leftAlive: parsed.leftAlive,
    createdAt: parsed.createdAt,
    acceptedAt: parsed.acceptedAt,
    completedAt: parsed.completedAt,
    total: parsed.total,
    ended: endedOf(parsed),
    reopens: parsed.reopens,
    task: parsed.task,
    parts: opened && { closedAt, numbers: parts, complete },
  };
}

/** An item of another part than part 0. */
export function decodePart(item: Item): Part {
  const parsed = parseForDisplay(furtherPartItem, item, 'part');
  const { sk, digest, total, acceptedAt } = parsed;
  const number = Number(sk.slice('PART#'.length));
  return { number, digest, total, acceptedAt, ended: endedOf(parsed) };
}

/** How often the jobs of a part have been taken for queued again; undefined for never. */
export const reopensOf = (item: Item): number | undefined =>
  z.object({ reopens: progress.reopens }).parse(item).reopens;

/** Indexes of a part's jobs that it calls parked. */
export const parkedIn = (item: Item): ReadonlySet<number> =>
  z.object({ parked: progress.parked }).parse(item).parked;

type Sets = Readonly<Record<Outcome, ReadonlySet<number>>>;

function endedOf(sets: Sets): Record<Outcome, number> {
  const { revoked, already_invalid, unsupported, parked, abandoned, expired } = sets;
  // Only a delivery that was long under way can still call a job parked that has ended since.
  const final = [revoked, already_invalid, unsupported, abandoned, expired];
  const stillParked = [...parked].filter((index) => !final.some((set) => set.has(index)));
  return {
    revoked: revoked.size,
    already_invalid: already_invalid.size,
    unsupported: unsupported.size,
    parked: stillParked.length,
    abandoned: abandoned.size,
    expired: expired.size,
  };
}

/** What `ADD` says of jobs that have an outcome; undefined where none has. */
export function endings(
  records: ReadonlyMap<number, JobRecord>,
): { expression: string; values: Item } | undefined {
  const ended = groupBy(records, ([, { outcome }]) => outcome);
  const sets = outcomes.flatMap((outcome) => {
    const entries = ended.get(outcome);
    return entries === undefined
      ? []
      : [[outcome, new Set(entries.map(([index]) => index))] as const];
  });
  if (sets.length === 0) return undefined;
  const add = `ADD ${sets.map(([outcome]) => `${outcome} :${outcome}`).join(', ')}`;
  return {
    expression: ended.has('expired') ? `${add} SET #schema = :schema` : add,
    values: Object.fromEntries(sets.map(([outcome, set]) => [`:${outcome}`, set])),
  };
}
