import { dynamoDb, sqs } from '../../shared/aws.ts';
import { createAnnounce } from '../../shared/completion/announce.ts';
import { readDeadLetterConfig } from '../../shared/config.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import { createMetrics, type Metrics } from '../../shared/metrics/metrics.ts';
import { tellEnded } from '../../shared/metrics/tell-ended.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** What the dead-letter function works with. It holds no key, so it cannot open what it parks. */
export interface DeadLetterDependencies {
  readonly stores: Stores;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function deadLetterDependencies(): DeadLetterDependencies {
  const config = readDeadLetterConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  const metrics = createMetrics(config.RESCIND_STAGE);
  const log = createLog('dead-letter');
  return {
    stores: {
      slices: tellEnded(createSlices(table, days), metrics, log),
      ledger: createLedger(table, days),
      revocations: createRevocations(table, days, createAnnounce(sqs, config)),
    },
    log,
    metrics,
  };
}
