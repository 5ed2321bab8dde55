import { readFileSync } from 'node:fs';
import { dynamoDb, sqs } from '../../shared/aws.ts';
import { createAnnounce } from '../../shared/completion/announce.ts';
import { readSweepConfig } from '../../shared/config.ts';
import type { Grant } from '../../shared/grants/grant.ts';
import { createGrants, type Grants } from '../../shared/grants/grants.ts';
import { walkRevoking } from '../../shared/grants/revoking.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics/metrics.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import { parseProviders } from '../../shared/providers/catalog.ts';
import { createLanes, type Lanes } from '../../shared/queue/lanes.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** What a sweep works with. It holds no key and no secret: sealed tokens go as they are. */
export interface SweepDependencies {
  /** Those that have a lane. */
  readonly providers: readonly string[];
  readonly stores: Stores;
  readonly grants: Pick<Grants, 'save' | 'release'>;
  /** Grants that are being revoked, a page at a time. */
  readonly revoking: () => AsyncIterable<readonly Grant[]>;
  readonly lanes: Lanes;
  readonly paceOf: (provider: string) => Pick<Pace, 'read'>;
  /** Age from which on jobs are left to people. */
  readonly maxAgeDays: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function sweepDependencies(): SweepDependencies {
  const config = readSweepConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  const file = config.RESCIND_PROVIDERS_FILE;
  return {
    providers: parseProviders(readFileSync(file, 'utf8'), file).map(({ id }) => id),
    stores: {
      slices: createSlices(table, days),
      ledger: createLedger(table, days),
      revocations: createRevocations(table, days, createAnnounce(sqs, config)),
    },
    grants: createGrants(table, days),
    revoking: () => walkRevoking(table),
    lanes: createLanes(sqs(), config.RESCIND_QUEUE_URL_PREFIX),
    paceOf: (provider) => createPace(table, provider, undefined),
    maxAgeDays: config.RESCIND_SWEEP_MAX_AGE_DAYS,
    log: createLog('sweep'),
    metrics: createMetrics(config.RESCIND_STAGE),
  };
}
