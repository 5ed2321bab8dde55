import { describeNewer, type Newer } from '../../shared/domain/newer.ts';
import type { SlicePlace } from '../../shared/domain/slice.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { DeliveryCount } from '../../shared/store/left-alone.ts';
import type { WorkerDependencies } from './dependencies.ts';

/**
 * How long a slice of a newer format stays away each time. A deployment is done in less, and the
 * deliveries that SQS allows (`maximumReceives`) last ten days.
 */
export const newerSeconds = 900;

/**
 * Leaves a slice to the version that wrote it. That it was left alone is noted, so that nobody
 * takes this delivery for one that died.
 *
 * @param place which slice it is; undefined where that cannot be told, and then nothing is noted
 */
export async function leaveNewer(
  delivery: DeliveryCount,
  newer: Newer,
  place: SlicePlace | undefined,
  { stores, log }: Pick<WorkerDependencies, 'stores' | 'log'>,
): Promise<void> {
  const { messageId } = delivery;
  log('slice.newer', { messageId, ...describeNewer(newer, place), seconds: newerSeconds });
  if (place === undefined) return;
  try {
    await stores.slices.leftAlone.note(place, delivery);
  } catch (error) {
    // Without the note the next version does the slice job by job, which is slower and no worse.
    const { revocation, slice } = place;
    log('slice.failed', { messageId, revocation, slice, ...describeFault(error) });
  }
}
