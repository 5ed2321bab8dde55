import { hash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { CliFault, UsageFault } from '../faults.ts';
import { lines } from './lines.ts';
import { type CsvSettings, readCsv } from './read-csv.ts';
import { readNdjson } from './read-ndjson.ts';
import type { Read } from './row.ts';

export const fileFormats = ['csv', 'ndjson'] as const;
export type FileFormat = (typeof fileFormats)[number];

/** What tells one content of a file from another. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** A digest of each piece of 1 MiB, one behind the other, in base64. */
  readonly pieces: string;
}

export interface ReadOptions {
  /** Told of each chunk's bytes. */
  readonly onBytes?: (bytes: number) => void;
  /** What it must hold. Nothing is given of a piece that holds anything else. */
  readonly content?: Content;
}

/** A file that is read from its beginning as often as needed, however large it is. */
export interface Source extends AsyncDisposable {
  readonly size: number;
  /**
   * Its jobs, a block at a time.
   *
   * @throws CliFault when it does not hold the content that it must
   */
  readonly read: (
    settings: CsvSettings & { readonly format: FileFormat },
    options?: ReadOptions,
  ) => AsyncGenerator<readonly Read[]>;
  /** As it was when it was last read to its end. */
  readonly content: () => Content | undefined;
  /** Whether it holds this; all of it is read. */
  readonly holds: (content: Content) => Promise<boolean>;
  /** Whether this is another name of the same file. */
  readonly isAlso: (path: string) => Promise<boolean>;
}

const pieceBytes = 1024 * 1024;
/** What is parsed at a time: its rows take many times as much. */
const chunkBytes = 256 * 1024;
const digestBytes = 16;

/** @throws CliFault when the file cannot be read; UsageFault when it is none */
export async function openSource(path: string): Promise<Source> {
  const cannot = ({ code, name }: NodeJS.ErrnoException): never => {
    if (path === '-') throw notTwice();
    throw new CliFault(`The file cannot be read: ${code ?? name}.`);
  };
  // Opening a pipe that nobody writes to would wait for ever.
  if (!(await stat(path).catch(cannot)).isFile()) throw notTwice();
  const handle = await open(path).catch(cannot);
  const own = await handle.stat();
  let content: Content | undefined;
  const digested = async function* ({ onBytes, content: expected }: ReadOptions = {}) {
    const due = expected && Buffer.from(expected.pieces, 'base64');
    const digests: Buffer[] = [];
    let size = 0;
    for await (const piece of piecesOf(handle)) {
      const digest = hash('sha256', piece, 'buffer').subarray(0, digestBytes);
      const at = digests.length * digestBytes;
      if (due?.subarray(at, at + digestBytes).equals(digest) === false) throw changed();
      digests.push(digest);
      size += piece.length;
      for (let from = 0; from < piece.length; from += chunkBytes) {
        const chunk = piece.subarray(from, from + chunkBytes);
        onBytes?.(chunk.length);
        yield chunk;
      }
    }
    if (expected !== undefined && size !== expected.size) throw changed();
    content = { size, pieces: Buffer.concat(digests).toString('base64') };
  };
  return {
    size: own.size,
    content: () => content,
    read: (settings, options) => {
      const blocks = lines(digested(options));
      return settings.format === 'csv' ? readCsv(blocks, settings) : readNdjson(blocks, settings);
    },
    holds: async (expected) => {
      for await (const _ of digested());
      return content?.size === expected.size && content.pieces === expected.pieces;
    },
    isAlso: async (other) => {
      const found = await stat(other).catch(() => undefined);
      return found?.dev === own.dev && found.ino === own.ino;
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

const notTwice = (): UsageFault =>
  new UsageFault(
    'FILE must be a file, not a pipe or folder: it is read twice, to be checked before anything is sent. Write what a pipe gives into a file first: (umask 077; COMMAND > tokens.csv).',
  );

const changed = (): CliFault =>
  new CliFault(
    'The file has changed since it was checked; nothing of the change was sent. Put it back as it was to go on, or send the new one with --start-over.',
  );

/** Each of the same length but the last, whatever the system gives at a time. */
async function* piecesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  let position = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let length = 0;
    while (length < pieceBytes) {
      const left = pieceBytes - length;
      const { bytesRead } = await handle.read(piece, length, left, position + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (length === 0) return;
    position += length;
    yield piece.subarray(0, length);
  }
}

/** By the file's name, unless told. */
export const formatOf = (path: string, told: string | undefined): FileFormat => {
  const [found] = fileFormats.filter((format) => format === told);
  if (found !== undefined) return found;
  return /\.(ndjson|jsonl|json)$/i.test(path) ? 'ndjson' : 'csv';
};
