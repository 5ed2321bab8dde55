/**
 * How long the command takes to write the report of a revocation and to check it, and in how much memory.
 *
 *   node bench/report.ts [--rows 1000000] [--formats json,csv,html]
 *
 * The API is a stand-in, in the process that measures, that makes and signs pages of 2,500 rows as they
 * are asked for; the command is a process of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listenOnLoopback } from '../local/loopback.ts';
import { newRevocationId } from '../shared/domain/revocation.ts';
import { firstHash, nextHash } from '../shared/report/chain.ts';
import { columns } from '../shared/report/columns.ts';
import { createSigner, generateReportSeed } from '../shared/report/signer.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    formats: { type: 'string', default: 'json,csv,html' },
  },
});

const total = Number(values.rows);
const rowsPerPage = 2500;
const id = newRevocationId();
const main = fileURLToPath(new URL('../cli/rescind.js', import.meta.url));
const peak = fileURLToPath(new URL('./cli-peak.ts', import.meta.url));
const signer = await createSigner(generateReportSeed());
const none = { queued: 0, already_invalid: 0, unsupported: 0, parked: 0, abandoned: 0, expired: 0 };

const cellsOf = (row: number): string[] => {
  const known: Readonly<Record<string, string>> = {
    part: String(Math.floor(row / 500)),
    index: String(row % 500),
    ref: `user-${row}`,
    provider: 'polar',
    tokenType: 'access_token',
    outcome: 'revoked',
    evidence: 'accepted',
    attempts: '1',
    redrives: '0',
    httpStatus: '200',
    fingerprint: '3f2a91c07be4d5586a1c',
    updatedAt: '2027-01-15T08:00:00.000Z',
  };
  return columns.map((column) => known[column] ?? '');
};

let hash = '';
async function pageFrom(before: number) {
  const from = before === 0 ? firstHash(id, columns) : hash;
  hash = from;
  const end = Math.min(total, before + rowsPerPage);
  const rows = Array.from({ length: end - before }, (_, at) => {
    const cells = cellsOf(before + at);
    hash = nextHash(hash, cells);
    return { cells, hash };
  });
  const statement = {
    format: 'rescind-report/1' as const,
    iat: Math.floor(Date.now() / 1000),
    began: '2027-01-15T09:00:00.000Z',
    revocation: { id, requestedBy: 'bench', createdAt: '2027-01-15T07:00:00.000Z' },
    progress: { status: 'completed' as const, counts: { ...none, revoked: total, total } },
    columns: [...columns],
    rowsBefore: before,
    rows: end,
    chain: { from, to: hash },
    tally: { ...none, revoked: end },
    last: end === total,
  };
  const cursor = end === total ? undefined : String(end);
  return { statement, rows, jws: await signer.sign(statement), cursor };
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const answer =
    pathname === '/v1/report-keys'
      ? signer.keys
      : await pageFrom(Number(searchParams.get('cursor')));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
const url = await listenOnLoopback(server, 0);
const directory = await mkdtemp(join(tmpdir(), 'rescind-bench-'));

async function measured(args: readonly string[]) {
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', peak, main, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      RESCIND_URL: url,
      RESCIND_API_KEY: 'bench',
      RESCIND_PEAK_FILE: join(directory, 'peak'),
    },
  });
  const [code]: unknown[] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  const mebibytes = Number(await readFile(join(directory, 'peak'), 'utf8')) / 1024;
  return `${((performance.now() - begun) / 1000).toFixed(1)} s, peak ${mebibytes.toFixed(0)} MiB`;
}

try {
  const keys = join(directory, 'keys.json');
  await writeFile(keys, JSON.stringify(signer.keys));
  for (const format of values.formats.split(',')) {
    const file = join(directory, `report.${format}`);
    const made = await measured(['report', id, '--output', file]);
    const { size } = await stat(file);
    const checked = await measured(['check-report', file, '--keys', keys]);
    const megabytes = (size / 1e6).toFixed(0);
    console.log(
      `${total} rows of ${format} (${megabytes} MB): made in ${made}; checked in ${checked}`,
    );
    await rm(file);
  }
} finally {
  await rm(directory, { recursive: true });
  server.close();
}
