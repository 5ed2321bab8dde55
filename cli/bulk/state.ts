import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { revocationIdPattern } from '../../shared/domain/revocation.ts';
import { CliFault } from '../faults.ts';
import { fileFormats } from '../input/source.ts';

/** What decides how a file is cut into parts: a run can go on only with the same. */
const settings = z.strictObject({
  format: z.enum(fileFormats),
  map: z.record(z.string(), z.string()),
  ignoreUnknown: z.boolean(),
  provider: z.string().optional(),
  tokenType: z.string().optional(),
  delimiter: z.string().optional(),
  columns: z.array(z.string()).optional(),
  label: z.string().optional(),
});

/**
 * How far a file has been sent. It holds no token: what is to be sent is read from the file again.
 * Written before anything that could not be found out afterwards.
 */
const state = z.strictObject({
  format: z.literal(1),
  url: z.string(),
  file: z.strictObject({ size: z.int(), pieces: z.string() }),
  settings,
  rows: z.int(),
  /** How many lines cannot be sent and are left out. */
  leftOut: z.int(),
  /** Lines that the API would not take and that are left out. */
  refused: z.string().optional(),
  /** It is small enough for an ordinary request. */
  isOnePart: z.boolean(),
  idempotencyKey: z.string(),
  /** ISO 8601. */
  begunAt: z.string(),
  revocation: z.string().regex(revocationIdPattern).optional(),
  /** Parts that the API has taken: all up to this number, and these. */
  sent: z.strictObject({ upTo: z.int().min(0), beyond: z.array(z.int()) }),
  finishedAt: z.string().optional(),
});

export type BulkSettings = z.infer<typeof settings>;
export type BulkState = z.infer<typeof state>;

/** A run that has not sent anything yet. */
export const newState = (
  about: Pick<
    BulkState,
    'url' | 'file' | 'settings' | 'rows' | 'leftOut' | 'refused' | 'isOnePart'
  >,
): BulkState => ({
  format: 1,
  ...about,
  idempotencyKey: randomUUID(),
  begunAt: new Date().toISOString(),
  sent: { upTo: 0, beyond: [] },
});

export const stateEnding = '.rescind-state.json';

/** @returns undefined when there is none; @throws CliFault when it cannot be understood */
export async function readState(path: string): Promise<BulkState | undefined> {
  const found = await findState(path);
  if (found !== 'torn') return found;
  throw new CliFault(
    `${path} is not the state of a bulk run of this version. To send the file anew, use --start-over.`,
  );
}

/**
 * What is there: undefined for nothing, `torn` for what was once a state, or one of another version.
 *
 * @throws CliFault for anything else: it may be the only copy of something
 */
export async function findState(path: string): Promise<BulkState | 'torn' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unusable(path, error);
  }
  const parsed = state.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  if (path.endsWith(stateEnding) || text.startsWith('{"format":')) return 'torn';
  throw new CliFault(
    `${path} holds something else than the state of a bulk run, and is left alone. Name another place with --state FILE.`,
  );
}

/**
 * Writes the state of a new run. Of two runs that begin at once, one gets it.
 *
 * @throws CliFault when there is one already, or it cannot be written
 */
export async function createState(path: string, begun: BulkState): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await writeDurably(temporary, begun);
    await link(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (isCode(error, 'EEXIST')) {
      throw new CliFault(`Another run has begun with this file just now: ${path} is there.`);
    }
    throw unusable(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** At any moment there is the old state or the new one, whole. */
export async function replaceState(path: string, now: BulkState): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  try {
    await writeDurably(temporary, now);
    await rename(temporary, path);
  } catch (error) {
    throw unusable(path, error);
  }
}

export const removeState = (path: string): Promise<void> => rm(path, { force: true });

/** Removes half-written states of runs that were killed while they wrote. */
export async function removeLeftovers(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${basename(path)}.`) ? /\.(\d+)$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) {
      await rm(join(dirname(path), name), { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

/** Else a power failure could take the name of a state that was written. Not every system can. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function writeDurably(path: string, now: BulkState): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(now)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const unusable = (path: string, error: unknown): CliFault => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new CliFault(
    `The state of this run cannot be kept in ${path}: ${code}. Name another place with --state FILE.`,
  );
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
