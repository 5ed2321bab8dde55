import * as z from 'zod';
import { type TokenType, tokenTypes } from '../domain/job.ts';
import { type ParkReason, parkReasons } from '../domain/outcome.ts';
import type { SlicePlace } from '../domain/slice.ts';
import { kidOf } from '../sealing/kid.ts';
import { ledgerKey, ledgerListingKey, listing } from './keys.ts';
import { expiry } from './revocations.ts';
import { refuseNewer, schemas } from './schema.ts';
import type { Item } from './table.ts';

/** How far the ledger has come with a job. */
export const ledgerStates = [
  /** It waits to be sent again, or to be abandoned. */
  'parked',
  /** It is about to be sent again; whoever finds this minutes later goes on with it. */
  'redriving',
  /** It has been sent again and has not ended yet. */
  'queued',
  /** It is about to be abandoned; whoever finds this minutes later goes on with it. */
  'abandoning',
  /** A person gave up on it. */
  'abandoned',
] as const;
export type LedgerState = (typeof ledgerStates)[number];

/** One job of the ledger. */
export interface LedgerJob {
  readonly index: number;
  readonly ref?: string | undefined;
  readonly fingerprint: string;
  readonly tokenType?: TokenType | undefined;
  /** Why it was last parked. */
  readonly reason: ParkReason;
  readonly detail?: string | undefined;
  readonly attempts: number;
  readonly httpStatus?: number | undefined;
  /** ISO 8601. */
  readonly parkedAt: string;
  /** When the API took it in, in epoch seconds; absent where it was parked before that was noted. */
  readonly acceptedAt?: number | undefined;
  /** When its token dies by itself, in epoch seconds; absent where nobody said. */
  readonly expiresAt?: number | undefined;
  /** Index of the job that is to be done before this one, see `SliceJob`. */
  readonly after?: number | undefined;
  /** Number of the message that it was last sent again in; absent for never. See `StoredEntry`. */
  readonly redrives?: number | undefined;
  /** How often it has been sent again itself; absent where nobody counted, see `timesSent`. */
  readonly times?: number | undefined;
  /** Absent for `parked`. */
  readonly state?: LedgerState | undefined;
  /** When it came into that state, in epoch seconds; absent for `parked`. */
  readonly since?: number | undefined;
  /** Who abandoned it, and why. */
  readonly by?: string | undefined;
  readonly note?: string | undefined;
}

/** A slice of the ledger as a list shows it: without its sealed tokens. */
export interface LedgerEntry {
  readonly revocation: string;
  readonly part: number;
  readonly slice: number;
  readonly provider: string;
  readonly jobs: readonly LedgerJob[];
  /** Whether a newer version has written it, in a way that cannot be understood here. */
  readonly shut?: true;
}

/** All of an entry. */
export interface StoredEntry extends LedgerEntry {
  readonly version: number;
  /** How often any jobs of this slice have been sent again: the number of the latest message. */
  readonly redrives: number;
  /** Epoch seconds; absent in format 1. */
  readonly acceptedAt: number | undefined;
  /** Absent once no job of it needs its token any more. */
  readonly sealed: string | undefined;
  /** Jobs that were here and have ended: whoever was slow to park one of them comes too late. */
  readonly ended?: readonly number[] | undefined;
}

export const stateOf = ({ state = 'parked' }: LedgerJob): LedgerState => state;

/** How often a job has been sent again. Older versions noted only the number of its message. */
export const timesSent = ({ times, redrives = 0 }: Pick<LedgerJob, 'times' | 'redrives'>): number =>
  times ?? redrives;

/** Whether a job may still need its sealed token. */
const needsToken = (job: LedgerJob): boolean => stateOf(job) !== 'abandoned';

const ledgerJob = z.object({
  index: z.number(),
  ref: z.string().optional(),
  fingerprint: z.string(),
  tokenType: z.enum(tokenTypes).optional(),
  reason: z.enum(parkReasons),
  detail: z.string().optional(),
  attempts: z.number(),
  httpStatus: z.number().optional(),
  parkedAt: z.string(),
  acceptedAt: z.number().optional(),
  expiresAt: z.number().optional(),
  after: z.number().optional(),
  redrives: z.number().optional(),
  times: z.number().optional(),
  state: z.enum(ledgerStates).optional(),
  since: z.number().optional(),
  by: z.string().optional(),
  note: z.string().optional(),
});

/** What the listing index holds of an entry (`listing.projected`). */
const listedEntry = z.object({
  pk: z.string(),
  sk: z.string(),
  provider: z.string(),
  entries: z.record(z.string(), ledgerJob),
});
/** What every format has. */
const shutEntry = listedEntry.pick({ pk: true, sk: true, provider: true });
/** Keeps what others have noted on a job. */
const storedEntry = listedEntry.extend({
  version: z.number(),
  redrives: z.number().default(0),
  acceptedAt: z.number().optional(),
  sealed: z.string().optional(),
  ended: z.array(z.number()).optional(),
  entries: z.record(z.string(), ledgerJob.loose()),
});

/** Attributes that an entry may lose. */
const passing = new Set(['sealed', 'kid', 'lpk', 'lsk', 'expiresAt']);

/**
 * An entry as an item. Once none of its jobs needs its token the sealed tokens are erased, the
 * listing index loses it, and DynamoDB forgets what is left with the rest of its revocation.
 *
 * @param item what stands there; what others have noted on it is kept
 */
export function encodeEntry(
  item: Item | undefined,
  entry: StoredEntry,
  retentionDays: number,
): Item {
  const { jobs, provider, version, redrives, acceptedAt, sealed, ended } = entry;
  const held = jobs.some(needsToken) && sealed !== undefined;
  const kid = held ? kidOf(sealed) : undefined;
  return {
    ...Object.fromEntries(Object.entries(item ?? {}).filter(([name]) => !passing.has(name))),
    ...ledgerKey(entry),
    schema: schemas['ledger entry'],
    provider,
    version,
    redrives,
    acceptedAt,
    ended,
    // Each job names the key it is sealed with: the listing index carries them, and the rotation
    // of the keys must see them there.
    entries: Object.fromEntries(
      jobs.map((job) => [job.index, { ...job, kid: held ? kid : undefined }]),
    ),
    ...(held
      ? { sealed, lpk: listing.ledger, lsk: ledgerListingKey(entry) }
      : { expiresAt: expiry(retentionDays) }),
  };
}

/** @throws Newer when a newer version has written it */
export function decodeStored(item: Item, place: SlicePlace): StoredEntry {
  refuseNewer(item, 'ledger entry', place);
  const { version, redrives, acceptedAt, sealed, ended, ...rest } = storedEntry.parse(item);
  return { ...entryOf(rest), version, redrives, acceptedAt, sealed, ended };
}

/** An entry as it is listed. One that a newer version has written may be shut, and shows no jobs. */
export function decodeListed(item: Item): LedgerEntry {
  const parsed = listedEntry.safeParse(item);
  if (parsed.success) return entryOf(parsed.data);
  // The index tells no format. What cannot be read there is of a newer one.
  return { ...entryOf({ ...shutEntry.parse(item), entries: {} }), shut: true };
}

function entryOf({ pk, sk, provider, entries }: z.infer<typeof listedEntry>): LedgerEntry {
  const [, part = '', slice = ''] = sk.split('#');
  return {
    revocation: pk.slice('REV#'.length),
    part: Number(part),
    slice: Number(slice),
    provider,
    jobs: Object.values(entries).sort((a, b) => a.index - b.index),
  };
}
