import type { Command } from '../command.ts';
import { abandon } from './abandon.ts';
import { bulk } from './bulk.ts';
import { checkReport } from './check-report.ts';
import { completion } from './completion.ts';
import { deadLetters } from './dead-letters.ts';
import { grants } from './grants.ts';
import { outcomes } from './outcomes.ts';
import { providers } from './providers.ts';
import { redrive } from './redrive.ts';
import { report } from './report.ts';
import { reportKeys } from './report-keys.ts';
import { revoke } from './revoke.ts';
import { status } from './status.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  revoke,
  bulk,
  status,
  outcomes,
  deadLetters,
  redrive,
  abandon,
  providers,
  grants,
  report,
  reportKeys,
  checkReport,
  completion,
];
