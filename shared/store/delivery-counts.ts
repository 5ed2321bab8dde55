import type { JobRecord } from '../domain/outcome.ts';

/**
 * How often the messages of a slice have been delivered. Each time the ledger sends jobs of it again
 * makes a message more, which SQS counts by itself.
 */
export interface DeliveryCounts {
  /** Deliveries of the latest message that wrote something down. */
  readonly receives: number;
  /** Its number: how often the ledger had sent jobs of the slice again. */
  readonly redrives: number;
  /** The same of earlier messages that still have jobs to do, by their numbers. */
  readonly older?: ReadonlyMap<number, number> | undefined;
}

/** @returns undefined where nothing was noted of the message with this number */
export const receivesOf = (counts: DeliveryCounts, redrives: number): number | undefined =>
  counts.redrives === redrives ? counts.receives : counts.older?.get(redrives);

/** What two writers know, as far as any of the slice's jobs still depends on it. */
export function mergeCounts(
  one: DeliveryCounts | undefined,
  other: DeliveryCounts,
  records: ReadonlyMap<number, JobRecord>,
): DeliveryCounts {
  const all = new Map<number, number>();
  for (const [number, receives] of [...allOf(one), ...allOf(other)]) {
    all.set(number, Math.max(receives, all.get(number) ?? 0));
  }
  const redrives = Math.max(...all.keys());
  const waiting = new Set(
    [...records.values()]
      .filter(({ outcome }) => outcome === undefined)
      .map((record) => record.redrives ?? 0),
  );
  const older = [...all].filter(([number]) => number !== redrives && waiting.has(number));
  return {
    redrives,
    receives: all.get(redrives) ?? 0,
    older: older.length > 0 ? new Map(older) : undefined,
  };
}

const allOf = (counts: DeliveryCounts | undefined): [number, number][] =>
  counts === undefined ? [] : [...(counts.older ?? []), [counts.redrives, counts.receives]];
