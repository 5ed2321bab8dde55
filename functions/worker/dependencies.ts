import { dynamoDb, secretsManager, sqs } from '../../shared/aws.ts';
import { createAnnounce } from '../../shared/completion/announce.ts';
import { readWorkerConfig } from '../../shared/config.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics/metrics.ts';
import { tellEnded } from '../../shared/metrics/tell-ended.ts';
import { timed } from '../../shared/metrics/timed.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import type { Send } from '../../shared/providers/adapter.ts';
import { loadCatalog, type Provider } from '../../shared/providers/catalog.ts';
import { ConfigurationFault } from '../../shared/providers/faults.ts';
import { createTransport } from '../../shared/providers/transport.ts';
import { createVisibility, type Visibility } from '../../shared/queue/visibility.ts';
import { createSecrets, type Secrets } from '../../shared/secrets/secrets.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';
import type { Memory } from './lane.ts';
import { createSession, type Session } from './session.ts';

/** Everything a worker works with. */
export interface WorkerDependencies {
  readonly provider: Provider;
  readonly session: Session;
  readonly send: Send;
  readonly secrets: Secrets;
  readonly stores: Stores;
  readonly pace: Pace;
  readonly memory: Memory;
  readonly visibility: Visibility;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Wires a worker from its environment, once per cold start. */
export async function workerDependencies(): Promise<WorkerDependencies> {
  const config = readWorkerConfig();
  const lane = config.RESCIND_LANE;
  const provider = (await loadCatalog(config.RESCIND_PROVIDERS_FILE, lane)).get(lane);
  if (provider === undefined) {
    throw new ConfigurationFault(`providers.json has no provider ${lane}, whose lane this is`);
  }
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const secrets = createSecrets(secretsManager(), config.RESCIND_SECRETS_PREFIX);
  const metrics = createMetrics(config.RESCIND_STAGE);
  const log = createLog(`worker-${lane}`);
  const send = timed(createTransport(provider.entry.timeoutMs), lane, metrics);
  const days = config.RESCIND_RETENTION_DAYS;
  return {
    provider,
    send,
    secrets,
    session: createSession(provider, secrets, send),
    stores: {
      slices: tellEnded(createSlices(table, days), metrics, log),
      ledger: createLedger(table, days),
      revocations: createRevocations(table, days, createAnnounce(sqs, config)),
    },
    // A probe is one job, whose calls seldom are more than two.
    pace: createPace(table, lane, provider.entry.rate, 2 * provider.entry.timeoutMs + 5000),
    memory: { provenAt: 0 },
    visibility: createVisibility(sqs(), config.RESCIND_QUEUE_URL_PREFIX + lane),
    log,
    metrics,
  };
}
