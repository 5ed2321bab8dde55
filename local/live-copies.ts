import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What lets a data directory that somebody copies under a running stack be opened elsewhere, with
 * every job of before the copy in it. A copy takes one file after another, so its parts are of
 * different moments. Each part only ever grows at its end, up to `growthBytes`, so each is whole as
 * of its moment; and where the queues' moment is later than the table's, the messages that were
 * deleted in between are put back. What they hold is then done twice, which does no harm.
 */

/** Beyond this LevelDB and SQLite rewrite files; a copy that is made just then may not open. */
const growthBytes = 64 * 1024 * 1024;
const pageBytes = 4096;

/** Longest that a copy may take. */
const keptSeconds = 600;

/** Has LevelDB append to one log file for longer than its own 4 MiB. To be called before it opens. */
export function letTableGrow(): void {
  // dynalite opens its store itself and passes no options on.
  const dynalite = createRequire(createRequire(import.meta.url).resolve('dynalite'));
  const level: unknown = dynalite('level');
  const prototype: unknown =
    typeof level === 'object' && level !== null && 'Level' in level
      ? Reflect.get(Object(level.Level), 'prototype')
      : undefined;
  const open: unknown = Reflect.get(Object(prototype), '_open');
  if (typeof open !== 'function' || open.name === 'openToGrow') return;
  Reflect.set(Object(prototype), '_open', function openToGrow(this: unknown, options: object) {
    return Reflect.apply(open, this, [{ ...options, writeBufferSize: growthBytes }]);
  });
}

/** Has SQLite append to its log for longer than its own 4 MiB. */
export function letQueuesGrow(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.exec(`PRAGMA wal_autocheckpoint = ${growthBytes / pageBytes}`);
}

/**
 * Keeps messages for a while that are deleted from now on; first puts those back that were kept, if
 * this is a copy of the directory they were deleted in.
 *
 * @param file fauxqs' database, with its tables
 */
export function keepDeletedMessages(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const columns = database
      .prepare("SELECT name FROM pragma_table_info('sqs_messages')")
      .all()
      .map(({ name }) => String(name));
    const all = columns.join(', ');
    const place = placeOf(file);
    if (isCopy(database, place)) {
      database.exec(
        `INSERT OR IGNORE INTO sqs_messages (${all}) SELECT ${all} FROM rescind_deleted`,
      );
    }
    database.exec(`
      DROP TRIGGER IF EXISTS rescind_keep_deleted;
      DROP TABLE IF EXISTS rescind_deleted;
      DROP TABLE IF EXISTS rescind_place;
      CREATE TABLE rescind_place (name TEXT NOT NULL);
      CREATE TABLE rescind_deleted AS SELECT *, 0 AS deleted_at FROM sqs_messages WHERE FALSE;
      CREATE INDEX rescind_deleted_at ON rescind_deleted (deleted_at);
      CREATE TRIGGER rescind_keep_deleted AFTER DELETE ON sqs_messages BEGIN
        INSERT INTO rescind_deleted
          VALUES (${columns.map((name) => `OLD.${name}`).join(', ')}, unixepoch());
        DELETE FROM rescind_deleted WHERE deleted_at < unixepoch() - ${keptSeconds};
      END;
    `);
    database.prepare('INSERT INTO rescind_place VALUES (?)').run(place);
  } finally {
    database.close();
  }
}

/** Which directory it is, however it is named: a copy is another one, a renamed one is not. */
function placeOf(file: string): string {
  const { dev, ino } = statSync(dirname(file));
  return `${dev}/${ino}`;
}

function isCopy(database: DatabaseSync, place: string): boolean {
  const known = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'rescind_place'")
    .get();
  if (known === undefined) return false;
  return database.prepare('SELECT name FROM rescind_place').get()?.name !== place;
}
