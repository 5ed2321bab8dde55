/**
 * Asks for the deletion of an account, and tells how it stands: at Step Functions, or at its stand-in.
 *
 *     npx node docs/recipes/user-deletion/delete-user.ts [--wait SECONDS] REQUEST SUBJECT
 *
 * It looks for a minute, unless told otherwise, and then leaves the execution to itself. REQUEST names the execution, so that asking again for the same one begins nothing anew.
 * STATE_MACHINE_ARN says which state machine; the region and credentials are AWS' ordinary ones.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';

/** What the state machine ends with, as far as it is shown here. */
const output = z.object({
  revocation: z.object({ id: z.string(), counts: z.record(z.string(), z.int()) }).optional(),
  grants: z.object({ items: z.array(z.object({ grantId: z.string(), state: z.string() })) }),
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { wait: { type: 'string', default: '60' } },
});
const [name, subject] = positionals;
if (name === undefined || subject === undefined) {
  throw new Error('usage: delete-user.ts [--wait SECONDS] REQUEST SUBJECT');
}
const stateMachineArn =
  process.env.STATE_MACHINE_ARN ??
  'arn:aws:states:us-east-1:000000000000:stateMachine:rescind-user-deletion';
const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
const client = new SFNClient();

try {
  const input = JSON.stringify({ subject });
  await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
} catch (error) {
  if (!(error instanceof ExecutionAlreadyExists)) throw error;
}

const deadline = Date.now() + Number(values.wait) * 1000;
let execution = await client.send(new DescribeExecutionCommand({ executionArn }));
while (execution.status === 'RUNNING' && Date.now() < deadline) {
  await sleep(250);
  execution = await client.send(new DescribeExecutionCommand({ executionArn }));
}
console.log(`${name}: ${execution.status}`);
if (execution.output !== undefined) {
  const { revocation, grants } = output.parse(JSON.parse(execution.output));
  if (revocation !== undefined) console.log(revocation.id, revocation.counts);
  for (const { grantId, state } of grants.items) console.log(`${grantId.padEnd(20)} ${state}`);
}
if (execution.status === 'RUNNING') console.log('It goes on by itself; ask again to look.');
else if (execution.status !== 'SUCCEEDED') {
  console.error(`${execution.error}: ${execution.cause}`);
  process.exitCode = 1;
}
