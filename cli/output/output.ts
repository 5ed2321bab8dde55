import type { Writable } from 'node:stream';
import { CliFault, OutputClosed } from '../faults.ts';

/** A stream to print to. */
export interface Output {
  readonly isTTY: boolean;
  readonly stream: NodeJS.WritableStream;
  /** Whether to print colours. */
  readonly colours: boolean;
  /**
   * Waits until it is written, so that a million rows take no more memory than a few.
   *
   * @throws OutputClosed when nobody reads any more; CliFault when it cannot be written
   */
  readonly write: (text: string) => Promise<void>;
}

/** @param env `NO_COLOR` as no-color.org has it: set to anything but nothing */
export function createOutput(
  stream: Writable & NodeJS.WritableStream & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Output {
  const isTTY = stream.isTTY === true;
  let failure: NodeJS.ErrnoException | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    isTTY,
    stream,
    colours: isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => {
          if (error) reject(faultOf(failure ?? error));
          else resolve();
        });
      }),
  };
}

/** For remarks: that nobody can read them must not stop what is under way. */
export const unheeded = (output: Output): Output => ({
  ...output,
  write: (text) => output.write(text).catch(() => undefined),
});

/** How it shows that whoever has read is gone; a terminal that was closed gives EIO. */
const closedCodes: readonly (string | undefined)[] = [
  'EPIPE',
  'ECONNRESET',
  'EIO',
  'ERR_STREAM_DESTROYED',
];

const faultOf = ({ code, name }: NodeJS.ErrnoException): Error =>
  closedCodes.includes(code)
    ? new OutputClosed()
    : new CliFault(`What is to be written cannot be: ${code ?? name}.`);
