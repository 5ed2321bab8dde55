import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { type Revocation, revocationIdPattern } from '../domain/revocation.ts';

/** The SQS message that a revocation is complete. */
export const announcement = z.object({
  v: z.literal(1),
  revocation: z.string().regex(revocationIdPattern),
  /** How often it had been reopened by then: each time it has a completion of its own. */
  round: z.int().min(0),
});
export type Announcement = z.infer<typeof announcement>;

/** Tells of a revocation that is complete; of one, perhaps, more than once. */
export type Announce = (revocation: Revocation) => Promise<void>;

/** Whose completions are wanted: everybody's, or of those alone that somebody waits for. */
export type Wanted = 'all' | 'awaited';

/** Where completions are announced. */
export interface AnnounceSettings {
  /** Queue of the completions; undefined where nobody takes any. */
  readonly RESCIND_COMPLETIONS_QUEUE_URL?: string | undefined;
  readonly RESCIND_COMPLETIONS?: Wanted | undefined;
}

/** @param connect called where there is a queue */
export function createAnnounce(
  connect: () => SQSClient,
  {
    RESCIND_COMPLETIONS_QUEUE_URL: queueUrl,
    RESCIND_COMPLETIONS: wanted = 'awaited',
  }: AnnounceSettings,
): Announce {
  if (queueUrl === undefined) return async () => {};
  const client = connect();
  return async (revocation) => {
    if (wanted === 'awaited' && !isAwaited(revocation)) return;
    const { id, reopens = 0 } = revocation;
    const message: Announcement = { v: 1, revocation: id, round: reopens };
    await client.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }),
    );
  };
}

/** Whether something follows from its completion, whatever is configured. */
const isAwaited = ({ task, subject }: Revocation): boolean =>
  task === true || subject !== undefined;
