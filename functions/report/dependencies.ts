import { dynamoDb, secretsManager } from '../../shared/aws.ts';
import { readReportConfig } from '../../shared/config.ts';
import { createLog, type Log } from '../../shared/log/logger.ts';
import type { Signer } from '../../shared/report/signer.ts';
import { createSecrets } from '../../shared/secrets/secrets.ts';
import { createParts, type Parts } from '../../shared/store/parts.ts';
import { createRevocations, type Revocations } from '../../shared/store/revocations.ts';
import { createSlices, type Slices } from '../../shared/store/slices.ts';
import { createTable } from '../../shared/store/table.ts';
import { type Access, accessOf } from '../api/authorization.ts';
import { createSigning } from './signing.ts';

/** Everything that reports are made of. Nothing of it writes. */
export interface ReportDependencies {
  readonly access: Access;
  readonly revocations: Pick<Revocations, 'get'>;
  readonly parts: Pick<Parts, 'walk'>;
  readonly slices: Pick<Slices, 'list'>;
  /** @throws ReportKeyFault */
  readonly signer: () => Promise<Signer>;
  readonly log: Log;
}

/** Wires the function from its environment, once per cold start. */
export function reportDependencies(): ReportDependencies {
  const config = readReportConfig();
  const table = createTable(dynamoDb(), config.RESCIND_TABLE);
  const days = config.RESCIND_RETENTION_DAYS;
  return {
    access: accessOf(config),
    revocations: createRevocations(table, days),
    parts: createParts(table, days),
    slices: createSlices(table, days),
    signer: createSigning(createSecrets(secretsManager(), config.RESCIND_SECRETS_PREFIX)),
    log: createLog('report'),
  };
}
