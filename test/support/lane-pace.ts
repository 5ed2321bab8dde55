import { vi } from 'vitest';
import { createPace, type Pace, type Reservation } from '../../shared/pace/pace.ts';
import type { Rate } from '../../shared/pace/tempo.ts';
import type { Table } from '../../shared/store/table.ts';

/** Makes lanes of their own on one table. */
export function lanesOn(table: Table) {
  let lanes = 0;
  /** A new lane, as each of so many of its workers sees it. */
  const workersOf = (rate: Rate | undefined, count: number): Pace[] => {
    lanes += 1;
    return Array.from({ length: count }, () => createPace(table, `lane-${lanes}`, rate));
  };
  return {
    workersOf,
    /** A new lane, as its only worker sees it. */
    newLane: (rate: Rate | undefined): Pace => {
      const [pace] = workersOf(rate, 1);
      if (pace === undefined) throw new Error('one was made');
      return pace;
    },
  };
}

/** Lets the fake clock go on. */
export const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** When the reserved calls may start. */
export const slotsOf = (reservation: Reservation): number[] =>
  reservation.kind === 'go'
    ? Array.from(
        { length: reservation.slots },
        (_, n) => reservation.first + n * reservation.interval,
      )
    : [];
