import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Item } from './format-1.ts';

/** What the first version had left when it was stopped. */
export interface Left {
  readonly directory: string;
  /** The secret's text. */
  readonly sealingKeys: string;
  readonly lanes: readonly Lane[];
  /** Bodies of messages in the dead-letter queue. */
  readonly dead: readonly string[];
  readonly items: readonly Item[];
}

/** A provider's queue, with the bodies of its messages. */
export interface Lane {
  readonly provider: string;
  /** Received once. */
  readonly underWay: readonly string[];
  /** Not received yet. */
  readonly queued: readonly string[];
}

/**
 * Makes the embedded stack's directory as the first version left it: its table, its queues and its
 * sealing keys, filled with what was under way. By a process of its own, as that version was one.
 *
 * @returns the directory, with the stack's `data` in it
 */
export async function leaveBehind(left: Omit<Left, 'directory'>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-test-'));
  const child = fork(new URL('./leave-behind-child.ts', import.meta.url));
  child.send({ directory, ...left } satisfies Left);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the first version ended with ${code}`);
  return directory;
}
