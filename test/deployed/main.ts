import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { prefixOf, production, secretsPrefixOf } from '../../shared/stage.ts';
import type { TargetDescription } from '../blackbox/target.ts';
import { startWorld } from '../blackbox/world.ts';
import { apiUrl } from './api-url.ts';
import { type CdkApp, deploy, destroy } from './cdk.ts';
import { openRelay } from './relay/relay.ts';
import { run } from './run.ts';
import { deleteSecrets, putSecrets } from './secrets.ts';

/**
 * Deploys a stage of its own for providers that run here, has the black-box suite run against it,
 * and takes it down again:
 *
 *     npm run test:deployed [-- --stage NAME] [-- --keep] [-- --relay]
 *
 * It goes wherever the environment's AWS credentials, region and AWS_ENDPOINT_URL lead. An emulator
 * on this machine reaches the providers by loopback; AWS, and with --relay an emulator too, by the
 * relay.
 */

const { values } = parseArgs({
  options: {
    stage: { type: 'string', default: 'e2e' },
    keep: { type: 'boolean', default: false },
    relay: { type: 'boolean', default: process.env.AWS_ENDPOINT_URL === undefined },
  },
});
const { stage } = values;
if (stage === production) {
  throw new Error(
    'production has lanes of its own, which this would delete: choose another --stage',
  );
}
// Interrupted at the terminal, the command under way is too, and what was deployed is taken down.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

const waitingOutputs = z.object({
  StateMachineArn: z.string(),
  TasksQueueUrl: z.string(),
  EventsQueueUrl: z.string(),
});
const outputs = z.object({
  ApiUrl: z.string(),
  TableName: z.string(),
  QueueUrlPrefix: z.string(),
  DeadLetterQueueUrl: z.string(),
});

await using directory = await mkdtempDisposable(join(tmpdir(), 'rescind-deployed-'));
await using relay = values.relay ? await openRelay(stage, directory.path) : undefined;
await using world = await startWorld(directory.path, { reach: relay?.reach });
const waitingApp: CdkApp = {
  app: 'node test/deployed/waiting/app.ts',
  context: { stage },
  directory: join(directory.path, 'waiting'),
};
const testStage: CdkApp = {
  context: { stage, providers: world.providersFile },
  directory: directory.path,
};

try {
  const waiting = await deploy(waitingApp, `${prefixOf(stage)}-waiting`, waitingOutputs);
  const listening: CdkApp = {
    ...testStage,
    context: {
      ...testStage.context,
      completionEventBus: 'default',
      completionStateMachines: waiting.StateMachineArn,
    },
  };
  const { ApiUrl, TableName, QueueUrlPrefix, DeadLetterQueueUrl } = await deploy(
    listening,
    prefixOf(stage),
    outputs,
  );
  await putSecrets(stage, world);
  const target: TargetDescription = {
    url: apiUrl(ApiUrl),
    region: process.env.AWS_REGION ?? 'us-east-1',
    tableName: TableName,
    queueUrlPrefix: QueueUrlPrefix,
    deadLetterQueueUrl: DeadLetterQueueUrl,
    secretsPrefix: secretsPrefixOf(stage),
    providers: world.providers,
    testStage: listening,
    waiting: {
      stateMachineArn: waiting.StateMachineArn,
      tasksQueueUrl: waiting.TasksQueueUrl,
      eventsQueueUrl: waiting.EventsQueueUrl,
    },
  };
  const file = join(directory.path, 'target.json');
  await writeFile(file, JSON.stringify(target));
  const config = fileURLToPath(new URL('./vitest.config.ts', import.meta.url));
  process.exitCode = await run('vitest', ['run', '--config', config], {
    env: { ...process.env, RESCIND_TARGET: file },
    check: false,
  });
} finally {
  if (!values.keep) {
    await destroy(testStage);
    await destroy(waitingApp);
    await deleteSecrets(stage, world);
  }
}
