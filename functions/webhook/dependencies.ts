import { dynamoDb, secretsManager, sqs } from '../../shared/aws.ts';
import { readWebhookConfig } from '../../shared/config.ts';
import { createRegistry } from '../../shared/grants/registry.ts';
import { createLog } from '../../shared/log/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics/metrics.ts';
import { loadCatalog } from '../../shared/providers/catalog.ts';
import { createTransport } from '../../shared/providers/transport.ts';
import { createLanes } from '../../shared/queue/lanes.ts';
import { createSecrets } from '../../shared/secrets/secrets.ts';
import { createCompletions } from '../../shared/store/completions.ts';
import { createDeliveries, type Deliveries } from '../../shared/store/deliveries.ts';
import { createIdempotency } from '../../shared/store/idempotency.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import { loadSources, type Sources } from '../../shared/webhooks/sources.ts';
import type { RevokeDependencies } from '../api/subjects/revoke.ts';
import { createSourceSecrets, type SourceSecrets } from './source-secrets.ts';

/** Everything that webhooks work with. They can seal, but read no provider's secret. */
export interface WebhookDependencies extends RevokeDependencies {
  readonly sources: Sources;
  readonly sourceSecrets: SourceSecrets;
  readonly deliveries: Deliveries;
  readonly metrics: Metrics;
  /** Epoch seconds. */
  readonly now: () => number;
}

/** Longest wait for a sender's keys: it waits for our answer meanwhile. */
const keysTimeoutMs = 3000;

/** Wires the function from its environment, once per cold start. */
export async function webhookDependencies(): Promise<WebhookDependencies> {
  const config = readWebhookConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  const catalog = await loadCatalog(config.RESCIND_PROVIDERS_FILE);
  const send = createTransport(keysTimeoutMs);
  const secrets = createSecrets(secretsManager(), config.RESCIND_SECRETS_PREFIX);
  return {
    sources: await loadSources(config.RESCIND_WEBHOOKS_FILE, catalog, send),
    sourceSecrets: createSourceSecrets(secrets),
    catalog,
    secrets,
    completions: createCompletions(table, days),
    deliveries: createDeliveries(table),
    registry: createRegistry(table, days),
    revocations: createRevocations(table, days),
    slices: createSlices(table, days),
    idempotency: createIdempotency(table),
    lanes: createLanes(sqs(), config.RESCIND_QUEUE_URL_PREFIX),
    metrics: createMetrics(config.RESCIND_STAGE),
    log: createLog('webhook'),
    now: () => Math.floor(Date.now() / 1000),
  };
}
