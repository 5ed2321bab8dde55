import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startAwsRelays } from './aws-relays.ts';
import { type Violation, violations } from './invariants.ts';
import { createObserver } from './observer.ts';
import { createRandom } from './random.ts';
import { type Rescind, startRescind } from './rescind.ts';
import type { Accepted } from './submissions.ts';
import { createTally } from './tally.ts';
import type { World } from './world.ts';

/** A data directory as somebody copied it under the stack that was running on it. */
export interface Copy {
  readonly directory: string;
  /** What had been accepted when the copying began. */
  readonly accepted: readonly Accepted[];
}

const patienceMs = 60_000;

const run = promisify(execFile);

export async function takeCopy(
  world: World,
  dataDirectory: string,
  number: number,
  accepted: readonly Accepted[],
): Promise<Copy> {
  const directory = `${world.directory}/copy-${number}`;
  const known = [...accepted];
  await run('cp', ['-r', dataDirectory, directory]);
  return { directory, accepted: known };
}

/** Opens a copy elsewhere: what was accepted before it was made must come to its end there, too. */
export async function openCopy({ directory, accepted }: Copy, world: World): Promise<Violation[]> {
  let rescind: Rescind | undefined;
  await using relays = await startAwsRelays({
    secretsManagerUrl: world.secretsManagerUrl,
    random: createRandom(1),
    tally: createTally(),
    kill: async (pid) => (await rescind?.kill(pid)) ?? false,
  });
  rescind = await startRescind({
    dataDirectory: directory,
    providersFile: world.providersFile,
    relays,
    printed: () => undefined,
  });
  try {
    const { peek, views } = createObserver(rescind, world);
    const open = new Set(accepted.map(({ id }) => id));
    const deadline = Date.now() + patienceMs;
    while (open.size > 0 && Date.now() < deadline) {
      for (const id of open) if ((await peek(id))?.status === 'completed') open.delete(id);
      await sleep(200);
    }
    return (await views(accepted)).flatMap(violations).map((violation) => ({
      ...violation,
      rule: `in a copy of the data directory: ${violation.rule}`,
    }));
  } finally {
    await rescind.close();
    await rm(directory, { recursive: true, force: true });
  }
}
