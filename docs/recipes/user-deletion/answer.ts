/**
 * What the on-call says to an account that waits. Reads the message that asked.
 *
 *     npx node docs/recipes/user-deletion/answer.ts again|delete < .recipe/on-call.json
 *
 * With the AWS CLI it is `aws stepfunctions send-task-success --task-token … --task-output '"delete"'`.
 */
import { json } from 'node:stream/consumers';
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';

const answer = z.enum(['again', 'delete']).parse(process.argv[2]);
const { taskToken } = z.object({ taskToken: z.string() }).parse(await json(process.stdin));
await new SFNClient().send(
  new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer) }),
);
