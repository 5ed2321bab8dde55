import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { OutputClosed } from '../faults.ts';

/** A stream to print to. */
export interface Output {
  readonly isTTY: boolean;
  readonly stream: NodeJS.WritableStream;
  /** Whether to print colours. */
  readonly colours: boolean;
  /**
   * Waits until the reader keeps up, so that a million rows take no more memory than a few.
   *
   * @throws OutputClosed when nobody reads any more
   */
  readonly write: (text: string) => Promise<void>;
}

/** @param env `NO_COLOR` as no-color.org has it: set to anything but nothing */
export function createOutput(
  stream: Writable & NodeJS.WritableStream & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Output {
  const isTTY = stream.isTTY === true;
  let isClosed = false;
  stream.on('error', () => {
    isClosed = true;
  });
  return {
    isTTY,
    stream,
    colours: isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
    write: async (text) => {
      if (isClosed) throw new OutputClosed();
      if (stream.write(text)) return;
      await once(stream, 'drain').catch(() => undefined);
      if (isClosed) throw new OutputClosed();
    },
  };
}
