/**
 * Prints every token of the people in a CSV of leavers, as `rescind bulk` reads them. Ends with 2 where the
 * CSV does not say who has left.
 *
 *     npx node docs/recipes/hr-offboarding/export.ts LEAVERS.csv > tokens.csv
 *
 * The query is what you replace by your own.
 */
import { readFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { CsvError, parse } from 'csv-parse/sync';
import * as z from 'zod';

const query = `
  SELECT provider, access_token AS token, 'access_token' AS tokenType,
    -- Nylas revokes access tokens only; the refresh token dies with its access token.
    CASE provider WHEN 'nylas' THEN '' ELSE refresh_token END AS refreshToken,
    people AS subject, id AS ref
  FROM connections
  WHERE people IN (SELECT value FROM json_each(?))
  ORDER BY id`;

const columns = ['provider', 'token', 'tokenType', 'refreshToken', 'subject', 'ref'] as const;

function fail(message: string): never {
  console.error(`export: ${message}`);
  process.exit(2);
}

function idsIn(csv: Buffer): readonly string[] {
  const column = 'employee_id';
  try {
    const [titles = [], ...rows] = parse(csv, { bom: true, trim: true, skip_empty_lines: true });
    const at = titles.indexOf(column);
    if (at === -1) {
      fail(`the list has no column ${column}: its first line must name the columns, with commas`);
    }
    return rows.map((cells, row) => cells[at] || fail(`person ${row + 1} has no ${column}`));
  } catch (error) {
    if (error instanceof CsvError) fail(`the list is not CSV: ${error.message}`);
    throw error;
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) fail('usage: export.ts LEAVERS.csv');
const ids = idsIn(await readFile(file));

const database = new DatabaseSync('.recipe/company.db', { readOnly: true });
const rows = z
  .array(z.record(z.enum(columns), z.string()))
  .parse(database.prepare(query).all(JSON.stringify(ids)));
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
console.log(columns.join(','));
for (const row of rows) console.log(columns.map((column) => quoted(row[column])).join(','));

const withTokens = new Set(rows.map(({ subject }) => subject));
const without = ids.filter((id) => !withTokens.has(id));
if (without.length > 0) console.error(`no tokens are kept for: ${without.join(', ')}`);
