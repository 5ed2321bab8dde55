import { sealTaskToken } from '../../../shared/completion/task-token.ts';
import { fingerprint } from '../../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import type { RevokeDependencies } from './revoke.ts';

/** A state machine's task that waits for a revocation. */
export interface Task {
  readonly token: string;
  /** Keyed fingerprint of the token, by which a plan knows whose it is. */
  readonly print: string;
}

export const taskOf = (token: string | undefined, keys: SealingKeys): Task | undefined =>
  token === undefined ? undefined : { token, print: fingerprint(token, keys) };

/** Keeps a task token sealed for a revocation that nobody else knows of yet. */
export const keepTask = async (
  revocation: string,
  { token }: Task,
  keys: SealingKeys,
  { completions }: Pick<RevokeDependencies, 'completions'>,
): Promise<void> => completions.keepTask(revocation, await sealTaskToken(revocation, token, keys));
