import { dynamoDb, secretsManager, sqs } from '../../shared/aws.ts';
import { readCompletionConfig } from '../../shared/config.ts';
import { createRegistry } from '../../shared/grants/registry.ts';
import { createLog } from '../../shared/log/logger.ts';
import { createVisibility } from '../../shared/queue/visibility.ts';
import { createSecrets } from '../../shared/secrets/secrets.ts';
import { createCompletions } from '../../shared/store/completions.ts';
import { createParts } from '../../shared/store/parts.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import type { Channel } from './channel.ts';
import { connectEventBridge, createEventBusChannel } from './event-bus.ts';
import { createGrantsChannel } from './grants.ts';
import type { BatchDependencies } from './publish-batch.ts';
import { connectStepFunctions, createTaskChannel } from './task.ts';
import { createWebhookChannel } from './webhook/channel.ts';
import { createPost } from './webhook/send.ts';

/** Longest wait for the endpoint of webhooks. */
const webhookTimeoutMs = 10_000;

/** Wires the function from its environment, once per cold start. */
export function completionDependencies(): BatchDependencies {
  const config = readCompletionConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  const secrets = createSecrets(secretsManager(), config.RESCIND_SECRETS_PREFIX);
  const revocations = createRevocations(table, days);
  const completions = createCompletions(table, days);
  const log = createLog('completion');
  const { grants } = createRegistry(table, days);
  const bus = config.RESCIND_COMPLETION_EVENT_BUS;
  const url = config.RESCIND_COMPLETION_WEBHOOK;
  const post = createPost({
    timeoutMs: webhookTimeoutMs,
    loopback: config.RESCIND_COMPLETION_LOOPBACK,
  });
  const channels: Channel[] = [
    createGrantsChannel({ grants, revocations, slices: createSlices(table, days) }),
    ...(config.RESCIND_COMPLETION_TASKS
      ? [createTaskChannel({ secrets, completions, connect: connectStepFunctions, log })]
      : []),
    ...(bus === undefined ? [] : [createEventBusChannel(bus, connectEventBridge)]),
    ...(url === undefined ? [] : [createWebhookChannel({ url, secrets, post })]),
  ];
  return {
    revocations,
    completions,
    channels,
    parts: createParts(table, days),
    visibility: createVisibility(sqs(), config.RESCIND_COMPLETIONS_QUEUE_URL),
    log,
  };
}
