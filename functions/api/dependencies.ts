import { dynamoDb, secretsManager, sqs } from '../../shared/aws.ts';
import { createAnnounce } from '../../shared/completion/announce.ts';
import { readApiConfig } from '../../shared/config.ts';
import { createRegistry, type Registry } from '../../shared/grants/registry.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import { type Catalog, loadCatalog } from '../../shared/providers/catalog.ts';
import { createLanes, type Lanes } from '../../shared/queue/lanes.ts';
import { createSecrets, type Secrets } from '../../shared/secrets/secrets.ts';
import { type Completions, createCompletions } from '../../shared/store/completions.ts';
import { createIdempotency, type Idempotency } from '../../shared/store/idempotency.ts';
import { createLedger, type Ledger } from '../../shared/store/ledger.ts';
import { createParts, type Parts } from '../../shared/store/parts.ts';
import { createRevocations, type Revocations } from '../../shared/store/revocations.ts';
import { createSlices, type Slices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import { type Access, accessOf } from './authorization.ts';

/** Everything the API works with. It can seal, but reads no provider's secret. */
export interface ApiDependencies {
  readonly access: Access;
  /** Whether state machines may wait for completions. */
  readonly takesTasks?: boolean;
  readonly catalog: Catalog;
  readonly secrets: Pick<Secrets, 'sealingKeys'>;
  readonly revocations: Revocations;
  readonly parts: Parts;
  readonly slices: Slices;
  readonly ledger: Ledger;
  readonly completions: Pick<Completions, 'keepTask' | 'replaceTask'>;
  readonly idempotency: Idempotency;
  readonly registry: Registry;
  readonly lanes: Lanes;
  readonly paceOf: (provider: string) => Pick<Pace, 'read'>;
  readonly log: Log;
}

/** Wires the API from its environment, once per cold start. */
export async function apiDependencies(): Promise<ApiDependencies> {
  const config = readApiConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  return {
    access: accessOf(config),
    takesTasks: config.RESCIND_COMPLETION_TASKS,
    catalog: await loadCatalog(config.RESCIND_PROVIDERS_FILE),
    secrets: createSecrets(secretsManager(), config.RESCIND_SECRETS_PREFIX),
    revocations: createRevocations(table, days, createAnnounce(sqs, config)),
    parts: createParts(table, days),
    slices: createSlices(table, days),
    ledger: createLedger(table, days),
    completions: createCompletions(table, days),
    idempotency: createIdempotency(table),
    registry: createRegistry(table, days),
    lanes: createLanes(sqs(), config.RESCIND_QUEUE_URL_PREFIX),
    paceOf: (provider) => createPace(table, provider, undefined),
    log: createLog('api'),
  };
}
