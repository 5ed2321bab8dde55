import type { CompletionEvent } from '../../shared/completion/event.ts';
import type { Revocation } from '../../shared/domain/revocation.ts';

/** Somewhere that completions are published. */
export interface Channel {
  readonly name: 'events' | 'webhook' | 'task' | 'grants';
  /** Whether it knows by itself what is left to be published there, and is asked each time. */
  readonly keepsAccount?: true;
  readonly concerns: (revocation: Revocation) => boolean;
  /**
   * Published again it does no harm: whoever receives it knows it by its `event`.
   *
   * @throws ChannelFault, or whatever the AWS SDK does
   */
  readonly publish: (event: CompletionEvent, revocation: Revocation) => Promise<void>;
}

/** A completion could not be published. Its message may be logged. */
export class ChannelFault extends Error {
  override readonly name = 'ChannelFault';
}
