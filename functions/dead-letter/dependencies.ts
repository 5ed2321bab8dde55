import { dynamoDb } from '../../shared/aws.ts';
import { readDeadLetterConfig } from '../../shared/config.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** What the dead-letter function works with. It holds no key, so it cannot open what it parks. */
export interface DeadLetterDependencies {
  readonly stores: Stores;
  readonly log: Log;
}

export function deadLetterDependencies(): DeadLetterDependencies {
  const config = readDeadLetterConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  return {
    stores: {
      slices: createSlices(table, days),
      ledger: createLedger(table),
      revocations: createRevocations(table, days),
    },
    log: createLog('dead-letter'),
  };
}
