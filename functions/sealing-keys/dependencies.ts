import { dynamoDb, secretsManager } from '../../shared/aws.ts';
import { taskKids } from '../../shared/completion/task-kids.ts';
import { readSealingKeysConfig } from '../../shared/config.ts';
import { grantKids } from '../../shared/grants/grant-kids.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import type { Need } from '../../shared/sealing/rotation.ts';
import {
  createSealingKeysSecret,
  type SealingKeysSecret,
} from '../../shared/secrets/sealing-keys-secret.ts';
import { ledgerKids } from '../../shared/store/ledger-kids.ts';
import { createTable } from '../../shared/store/table.ts';

/** What the rotation works with. It reads keys and no envelope, so it can open nothing. */
export interface SealingKeysDependencies {
  readonly secret: SealingKeysSecret;
  /** Which keys the ledger still needs. */
  readonly ledgerNeeds: () => Promise<Need>;
  /** Those of these keys that grants still need. */
  readonly grantsNeed: (kids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Those of these keys that task tokens still need. */
  readonly tasksNeed: (kids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly rotationDays: number;
  readonly log: Log;
}

export function sealingKeysDependencies(): SealingKeysDependencies {
  const config = readSealingKeysConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  return {
    secret: createSealingKeysSecret(secretsManager(), config.RESCIND_SECRETS_PREFIX),
    ledgerNeeds: () => ledgerKids(table),
    grantsNeed: (kids) => grantKids(kids, table),
    tasksNeed: (kids) => taskKids(kids, table),
    rotationDays: config.RESCIND_KEY_ROTATION_DAYS,
    log: createLog('sealing-keys'),
  };
}
