import type { Readable } from 'node:stream';
import type { Output } from './output/output.ts';

/** What a command has of the world. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results, and nothing else. */
  readonly stdout: Output;
  /** What is meant for people: warnings, questions, progress. */
  readonly stderr: Output;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Whether there is a person to ask. */
export const isInteractive = ({ stdin, stderr }: Context): boolean =>
  stdin.isTTY === true && stderr.isTTY;

/** A remark that only a person has a use for: says nothing in pipes and scripts. */
export async function hint({ stderr }: Context, text: string): Promise<void> {
  if (stderr.isTTY) await stderr.write(`${text}\n`);
}

/** A remark that matters in scripts too. */
export const warn = ({ stderr }: Context, text: string): Promise<void> =>
  stderr.write(`rescind: ${text}\n`);
