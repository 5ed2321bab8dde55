import { reportKeys as answer } from '../../shared/report/keys.ts';
import { connection, defineCommand } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { jsonLine } from '../output/text.ts';

export const reportKeys = defineCommand({
  name: 'report-keys',
  summary: 'Print the public keys that reports are checked with, as a JWK set',
  options: connection,
  notes:
    'Hand the output to an auditor ahead, by a way that they trust: it is what `rescind check-report --keys` takes.',
  run: async ({ values }, context) => {
    const { call } = await connect(values, context);
    await context.stdout.write(jsonLine(await call('/v1/report-keys', answer)));
    return exitCodes.done;
  },
});
