import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { CliFault, UsageFault } from '../faults.ts';
import type { ColumnSettings } from './columns.ts';
import { InputFault } from './input-fault.ts';
import { lines } from './lines.ts';
import { type CsvSettings, readCsv } from './read-csv.ts';
import { readNdjson } from './read-ndjson.ts';
import type { Read } from './row.ts';

export const fileFormats = ['csv', 'ndjson'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** A file that is read from its beginning as often as needed, however large it is. */
export interface Source extends AsyncDisposable {
  readonly size: number;
  /** Its jobs, a block at a time. Told of each chunk's bytes. */
  readonly read: (
    settings: CsvSettings & { readonly format: FileFormat },
    onBytes?: (bytes: number) => void,
  ) => AsyncGenerator<readonly Read[]>;
  /** Hexadecimal SHA-256 of its bytes as they were when they were last read to their end. */
  readonly digest: () => string | undefined;
  /** Reads it only for its digest. */
  readonly takeDigest: () => Promise<string>;
}

const chunkBytes = 256 * 1024;

/** @throws CliFault when the file cannot be read */
export async function openSource(path: string): Promise<Source> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliFault(`The file cannot be read: ${error.code ?? error.name}.`);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new UsageFault(
      'FILE must be a file, not a pipe or folder: it is read twice, to be checked before anything is sent.',
    );
  }
  let digest: string | undefined;
  const hashed = async function* (onBytes?: (bytes: number) => void) {
    const hash = createHash('sha256');
    for await (const chunk of chunksOf(handle)) {
      hash.update(chunk);
      onBytes?.(chunk.length);
      yield chunk;
    }
    digest = hash.digest('hex');
  };
  return {
    size: stat.size,
    digest: () => digest,
    read: (settings, onBytes) => {
      const blocks = lines(hashed(onBytes));
      return settings.format === 'csv'
        ? readCsv(blocks, settings)
        : readNdjson(blocks, settings satisfies ColumnSettings);
    },
    takeDigest: async () => {
      for await (const _ of hashed());
      if (digest === undefined) throw new InputFault(undefined, 'The file cannot be read.');
      return digest;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  let position = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(
      Buffer.allocUnsafe(chunkBytes),
      0,
      chunkBytes,
      position,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** By the file's name, unless told. */
export const formatOf = (path: string, told: string | undefined): FileFormat => {
  const [found] = fileFormats.filter((format) => format === told);
  if (found !== undefined) return found;
  return /\.(ndjson|jsonl|json)$/i.test(path) ? 'ndjson' : 'csv';
};
