import type { Announcement } from '../../shared/completion/announce.ts';
import { completionEvent } from '../../shared/completion/event.ts';
import { describeFault, type Log } from '../../shared/log/logger.ts';
import type { Completions } from '../../shared/store/completions.ts';
import { type PartReader, withAllParts } from '../../shared/store/count-parts.ts';
import type { Revocations } from '../../shared/store/revocations.ts';
import { type Channel, ChannelFault } from './channel.ts';

export interface PublishDependencies extends PartReader {
  readonly revocations: Pick<Revocations, 'completed'>;
  readonly completions: Pick<Completions, 'published' | 'note'>;
  readonly channels: readonly Channel[];
  readonly log: Log;
}

/**
 * Publishes a completion wherever it was not before. One that is reopened meanwhile is not: there will
 * be another one; nor is one yet that is just being reopened. A failure at one channel does not keep it from the others, and the next delivery
 * goes on with those that are left.
 *
 * @returns whether it is published everywhere
 */
export async function publish(
  { revocation: id, round }: Announcement,
  deps: PublishDependencies,
): Promise<boolean> {
  const { completions, channels, log } = deps;
  const current = await deps.revocations.completed(id, round);
  if (current === undefined) {
    log('completion.outdated', { revocation: id, round });
    return true;
  }
  const done = await completions.published(id, round);
  const due = channels.filter(
    ({ name, keepsAccount = false, concerns }) =>
      (keepsAccount || !done.has(name)) && concerns(current),
  );
  if (due.length === 0) return true;
  const revocation = await withAllParts(current, deps);
  const event = completionEvent(revocation);
  if (event.counts.queued > 0) {
    // Whoever reopens writes on a part first and on the revocation next, and may have died in between.
    log('completion.early', { revocation: id, round });
    return false;
  }
  const published = await Promise.all(
    due.map(async (channel) => {
      try {
        await channel.publish(event, revocation);
        if (done.has(channel.name)) return true;
        await completions.note(id, round, channel.name);
        log('completion.published', { revocation: id, round, channel: channel.name });
        return true;
      } catch (error) {
        const detail = error instanceof ChannelFault ? error.message : undefined;
        const about = { revocation: id, round, channel: channel.name, detail };
        log('completion.failed', { ...about, ...describeFault(error) });
        return false;
      }
    }),
  );
  return !published.includes(false);
}
