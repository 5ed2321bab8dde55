import { createWriteStream } from 'node:fs';
import { link, rename, rm } from 'node:fs/promises';
import { CliFault, UsageFault } from '../faults.ts';
import { createOutput, type Output } from '../output/output.ts';

/** A file that has its name only once it is complete. */
export interface OutputFile extends AsyncDisposable {
  readonly output: Output;
  /** @throws UsageFault when there is such a file already; CliFault */
  readonly keep: () => Promise<void>;
}

/** @param overwrite whether a file of that name may be replaced */
export function createOutputFile(path: string, overwrite: boolean): OutputFile {
  const temporary = `${path}.${process.pid}.part`;
  const stream = createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true });
  const output = createOutput(stream, {});
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  return {
    output,
    keep: async () => {
      stream.end();
      await closed;
      if (stream.errored) throw cannot(stream.errored);
      // A link fails where a file of that name is there, which renaming would replace.
      await (overwrite ? rename(temporary, path) : link(temporary, path)).catch(
        (error: NodeJS.ErrnoException) => {
          throw error.code === 'EEXIST' ? exists() : cannot(error);
        },
      );
    },
    [Symbol.asyncDispose]: async () => {
      stream.destroy();
      await closed;
      await rm(temporary, { force: true });
    },
  };
}

export const exists = (): UsageFault =>
  new UsageFault('There is a file of that name already: name another, or give --overwrite.');

const cannot = ({ code, name }: NodeJS.ErrnoException): CliFault =>
  new CliFault(`The report cannot be written: ${code ?? name}.`);
