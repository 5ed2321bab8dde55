import {
  completionVisibilitySeconds,
  maximumCompletionReceives,
} from '../shared/completion/queue-settings.ts';
import { retentionSeconds } from '../shared/queue/lane-settings.ts';

/** Who is told of completions. AWS itself is never called: its services are emulators of somebody's. */
export interface CompletionOptions {
  /** URL of an endpoint on this machine that gets a signed webhook of each. */
  readonly webhook?: string | undefined;
  /** Bus of the EventBridge at `eventBridgeUrl`. */
  readonly eventBus?: string | undefined;
  readonly eventBridgeUrl?: string | undefined;
  /** Step Functions whose state machines may wait. */
  readonly stepFunctionsUrl?: string | undefined;
}

export const completionQueue = 'rescind-completions';
const undeliveredQueue = 'rescind-completions-undelivered';

type CreateQueue = (name: string, attributes: Record<string, string>) => Promise<string>;

/** @returns the URL of the queue of completions, where anybody is told */
export async function createCompletionQueue(
  completion: CompletionOptions | undefined,
  createQueue: CreateQueue,
): Promise<string | undefined> {
  if (completion === undefined) return undefined;
  const MessageRetentionPeriod = String(retentionSeconds);
  await createQueue(undeliveredQueue, { MessageRetentionPeriod });
  return createQueue(completionQueue, {
    MessageRetentionPeriod,
    VisibilityTimeout: String(completionVisibilitySeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${undeliveredQueue}`,
      maxReceiveCount: maximumCompletionReceives,
    }),
  });
}

/** What every function is to know of completions. */
export function announcing(
  completion: CompletionOptions | undefined,
  queueUrl: string | undefined,
): Record<string, string> {
  if (completion === undefined || queueUrl === undefined) return {};
  const { webhook, eventBus, stepFunctionsUrl } = completion;
  return {
    RESCIND_COMPLETIONS_QUEUE_URL: queueUrl,
    RESCIND_COMPLETIONS: webhook === undefined && eventBus === undefined ? 'awaited' : 'all',
    RESCIND_COMPLETION_TASKS: String(stepFunctionsUrl !== undefined),
  };
}

/** What the function that tells of them is to know besides. */
export function telling(completion: CompletionOptions = {}): Record<string, string> {
  const { webhook, eventBus, eventBridgeUrl, stepFunctionsUrl } = completion;
  return {
    RESCIND_COMPLETION_LOOPBACK: 'true',
    ...(webhook !== undefined && { RESCIND_COMPLETION_WEBHOOK: webhook }),
    ...(eventBus !== undefined &&
      eventBridgeUrl !== undefined && {
        RESCIND_COMPLETION_EVENT_BUS: eventBus,
        AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridgeUrl,
      }),
    ...(stepFunctionsUrl !== undefined && { AWS_ENDPOINT_URL_SFN: stepFunctionsUrl }),
  };
}
