import * as z from 'zod';

/** Why a lane stands still. */
export const pauseReasons = ['throttled', 'unavailable', 'misconfigured'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** A lane's pace as the table holds it. Times are epoch milliseconds. */
export const paceItem = z.object({
  /** When the next call may start. */
  nextSlot: z.number().optional(),
  /** End of the line of those for whom there was no slot in time. */
  lineEnd: z.number().optional(),
  pausedUntil: z.number().optional(),
  pauseReason: z.enum(pauseReasons).optional(),
  /** Pauses in a row without a success between them. */
  pauses: z.number().optional(),
  /** Pauses ever. Slots that were reserved before the last one are void. */
  round: z.number().optional(),
  /** Since when the provider has been down; absent once it has answered again. */
  downSince: z.number().optional(),
  /** Until when somebody is trying out whether the provider answers again. */
  probeUntil: z.number().optional(),
  /** Version of the secret that the provider refused, or `none` where there was none. */
  refusedSecret: z.string().optional(),
  /** Calls a second that the provider is taken to bear as of `learnedAt`; see `learnt.ts`. */
  learnedRate: z.number().optional(),
  learnedAt: z.number().optional(),
  /** What the provider last said when it paused the lane. */
  lastError: z.string().optional(),
  lastErrorAt: z.string().optional(),
  /** When a success last ended a pause. */
  resumedAt: z.number().optional(),
});
export type PaceState = z.infer<typeof paceItem>;

export const isPaused = ({ pausedUntil = 0 }: PaceState, now: number): boolean => pausedUntil > now;

/**
 * Whether a pause is over of which only a success can tell that its cause has gone. A 429 is not of
 * that kind: it said itself when to come back, or stands for a rate that time alone restores.
 */
export const isHalfOpen = (
  { pausedUntil, pauseReason = 'throttled' }: PaceState,
  now: number,
): boolean => pausedUntil !== undefined && pausedUntil <= now && pauseReason !== 'throttled';
