import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ClassicLevel } from 'classic-level';

/** Something that can be searched, and what to call it. */
export type Place = readonly [name: string, content: Buffer | string];

/** Every file below a directory, as its bytes stand on the disk. */
export async function* filesBelow(directory: string): AsyncGenerator<Place> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) yield [path, await readFile(path)];
  }
}

/** Every record of a LevelDB: on the disk its blocks are compressed. */
export async function* recordsOf(directory: string): AsyncGenerator<Place> {
  // A copy, since dynalite keeps its own open for as long as its process lives.
  const copy = await mkdtemp(join(tmpdir(), 'rescind-leaks-'));
  await cp(directory, copy, { recursive: true });
  const level = new ClassicLevel(copy, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  try {
    for await (const [key, value] of level.iterator<Buffer, Buffer>({
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
    })) {
      yield ['a record of the table', Buffer.concat([key, Buffer.from([0]), value])];
    }
  } finally {
    await level.close();
    await rm(copy, { recursive: true });
  }
}

/** Every row of an SQLite file: on the disk a long one is cut into pages. */
export function* rowsOf(file: string): Generator<Place> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    for (const { name } of tables) {
      for (const row of database.prepare(`SELECT * FROM "${String(name)}"`).iterate()) {
        yield [`a row of ${String(name)}`, Object.values(row).map(String).join('\0')];
      }
    }
  } finally {
    database.close();
  }
}
