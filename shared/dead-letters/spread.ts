import { maximumDelaySeconds } from '../queue/lanes.ts';

/** Spreads jobs that are sent again over time. */
export interface Spread {
  /** How many more jobs can be spread: SQS holds a message back for 15 minutes at most. */
  readonly room: () => number;
  /** @returns whole seconds after which the next so many jobs may start */
  readonly take: (jobs: number) => number;
}

/** @param rate jobs a second, at most; undefined sends all at once */
export function createSpread(rate: number | undefined): Spread {
  if (rate === undefined) return { room: () => Number.POSITIVE_INFINITY, take: () => 0 };
  const most = Math.floor(rate * maximumDelaySeconds);
  let taken = 0;
  return {
    room: () => Math.max(0, most - taken),
    take: (jobs) => {
      const seconds = Math.min(maximumDelaySeconds, Math.floor(taken / rate));
      taken += jobs;
      return seconds;
    },
  };
}
