import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateReportSeed } from '../shared/report/signer.ts';
import { generateSealingKeys } from '../shared/sealing/keys.ts';

/** Where the embedded stack keeps its state. Only its owner may look inside. */
export interface DataDirectory {
  readonly path: string;
  readonly queues: string;
  readonly table: string;
  /** The functions' bundles, made anew at each start. */
  readonly functions: string;
  readonly apiKeyFile: string;
  /** The API key: from the environment, else kept in `apiKeyFile`. */
  readonly apiKey: string;
  readonly sealingKeys: string;
  /** What reports are signed with. */
  readonly reportKey: string;
  /** Tells the command where the stack listens, in the file `url`, until the directory is released. */
  readonly publish: (url: string) => Promise<void>;
  /** Lets another process open it. */
  readonly release: () => void;
}

/** Two stacks on one directory would take each other's messages. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}

/**
 * @param apiKey overrides the kept one
 * @throws DirectoryInUse while another process has it open
 */
export async function openDataDirectory(
  directory: string,
  apiKey: string | undefined,
): Promise<DataDirectory> {
  const path = resolve(directory);
  const queues = join(path, 'queues');
  const table = join(path, 'table');
  for (const each of [path, queues, table]) await mkdir(each, { recursive: true });
  await chmod(path, 0o700);
  const unlock = lock(path);
  const urlFile = join(path, 'url');
  // Of a stack that was killed.
  await rm(urlFile, { force: true });
  const apiKeyFile = join(path, 'api-key');
  return {
    path,
    queues,
    table,
    functions: join(path, 'functions'),
    apiKeyFile,
    apiKey: apiKey ?? (await kept(apiKeyFile, () => randomBytes(32).toString('base64url'))),
    publish: async (url) => {
      // Renamed, so that nobody reads half of it.
      await writeFile(`${urlFile}.new`, `${url}\n`, { mode: 0o600 });
      await rename(`${urlFile}.new`, urlFile);
    },
    release: () => {
      rmSync(urlFile, { force: true });
      unlock();
    },
    sealingKeys: await kept(join(path, 'sealing-keys.json'), generateSealingKeys),
    reportKey: await kept(join(path, 'report-signing-key.json'), generateReportSeed),
  };
}

/** Held by SQLite, whose locks end with the process however it dies. */
function lock(path: string): () => void {
  const database = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch {
    database.close();
    throw new DirectoryInUse(`${path} is in use by another process; choose another directory`);
  }
  return () => database.close();
}

/**
 * What a file holds; made and written first where there is none. Written whole or not at all: half a
 * key, or an empty one, would let in whoever has none.
 */
async function kept(file: string, make: () => string): Promise<string> {
  const held = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  if (held.trim() !== '') return held.trim();
  const made = make();
  const incomplete = `${file}.new`;
  await writeFile(incomplete, made, { mode: 0o600, flush: true });
  await rename(incomplete, file);
  return made;
}
