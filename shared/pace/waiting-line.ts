import type { Key, Table } from '../store/table.ts';

/**
 * The line of those for whom a lane had no slot in time. Each takes a turn as far behind the last as
 * the calls of the last take, so that they come back one after another, when there is room, and not
 * all at once. A turn is a time to ask again, not a slot.
 */
export interface Line {
  /**
   * @param lengthMs how long its calls take at the lane's pace
   * @param startsAt when the line begins, at the earliest: when the slots end that are taken
   * @returns when to ask again, in epoch milliseconds
   */
  readonly join: (lengthMs: number, startsAt: number, now: number) => Promise<number>;
}

/** How far the line reaches ahead. Who comes later has no place in it and asks again by then. */
const longestMs = 15 * 60_000;

export function createLine(table: Table, key: Key): Line {
  return {
    join: async (lengthMs, startsAt, now) => {
      const behind = await table.update(
        key,
        'SET lineEnd = lineEnd + :length',
        { values: { ':length': lengthMs, ':start': startsAt, ':limit': now + longestMs } },
        'lineEnd BETWEEN :start AND :limit',
      );
      const item =
        behind ??
        (await table.update(
          key,
          'SET lineEnd = :end',
          { values: { ':end': startsAt + lengthMs, ':start': startsAt } },
          'attribute_not_exists(lineEnd) OR lineEnd < :start',
        ));
      if (item === undefined) return now + longestMs * (0.7 + 0.3 * Math.random());
      return Number(item.lineEnd) - lengthMs;
    },
  };
}
