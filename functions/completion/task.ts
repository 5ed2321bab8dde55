import { openTaskToken } from '../../shared/completion/task-token.ts';
import type { Log } from '../../shared/log/logger.ts';
import { SealFault } from '../../shared/sealing/jwe.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';
import type { Completions } from '../../shared/store/completions.ts';
import { type Channel, ChannelFault } from './channel.ts';

/** How a state machine's task has ended. */
export type TaskEnd =
  | { readonly kind: 'success'; readonly output: string }
  | { readonly kind: 'failure'; readonly error: string; readonly cause: string };

/** Ends a task. @returns whether it was still waited for */
export type Tasks = (taskToken: string, end: TaskEnd) => Promise<boolean>;

export interface TaskSettings {
  readonly secrets: Pick<Secrets, 'sealingKeys'>;
  readonly completions: Pick<Completions, 'sealedTask' | 'forgetTask'>;
  readonly connect: () => Promise<Tasks>;
  readonly log: Log;
}

/** Error of a task whose tokens are not all dead. A state machine can catch it by this name. */
export const tokensAliveError = 'Rescind.TokensAlive';

/**
 * Ends the task of the state machine that waits for a revocation, and erases its token: a task ends
 * once, so a later completion is not told there. Who tries the task again has brought a new token.
 */
export function createTaskChannel({ secrets, completions, connect, log }: TaskSettings): Channel {
  let connected: Promise<Tasks> | undefined;
  return {
    name: 'task',
    // The token is there until it has been told.
    keepsAccount: true,
    concerns: ({ task }) => task === true,
    publish: async (event) => {
      const text = JSON.stringify(event);
      const end: TaskEnd = event.allDead
        ? { kind: 'success', output: text }
        : { kind: 'failure', error: tokensAliveError, cause: text };
      for (;;) {
        const sealed = await completions.sealedTask(event.id);
        if (sealed === undefined) return;
        const token = await opened(event.id, sealed, secrets);
        connected ??= connect();
        const isWaiting = await (await connected)(token, end);
        if (!isWaiting) log('completion.unwanted', { revocation: event.id });
        if (await completions.forgetTask(event.id, sealed)) return;
      }
    },
  };
}

/** @throws ChannelFault for a token that does not open: somebody waits, so it is tried again, and tells an alarm */
async function opened(
  revocation: string,
  sealed: string,
  secrets: Pick<Secrets, 'sealingKeys'>,
): Promise<string> {
  for (const fresh of [false, true]) {
    try {
      return await openTaskToken(revocation, sealed, await secrets.sealingKeys({ fresh }));
    } catch (error) {
      if (!(error instanceof SealFault)) throw error;
      if (error.code === 'tampered') throw new ChannelFault('the task token was altered');
    }
  }
  throw new ChannelFault('the task token was sealed with a key that is not among the sealing keys');
}

/** What Step Functions says of a task that is over, or of a token that never was one. */
const over: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

export async function connectStepFunctions(): Promise<Tasks> {
  const { SFNClient, SendTaskFailureCommand, SendTaskSuccessCommand } = await import(
    '@aws-sdk/client-sfn'
  );
  const { awsSettings } = await import('../../shared/aws.ts');
  const client = new SFNClient(awsSettings);
  return async (taskToken, end) => {
    try {
      if (end.kind === 'success') {
        await client.send(new SendTaskSuccessCommand({ taskToken, output: end.output }));
      } else {
        const { error, cause } = end;
        await client.send(new SendTaskFailureCommand({ taskToken, error, cause }));
      }
      return true;
    } catch (error) {
      if (error instanceof Error && over.has(error.name)) return false;
      throw error;
    }
  };
}
