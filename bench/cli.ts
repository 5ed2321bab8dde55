/**
 * How fast `rescind bulk` is, and how much memory it takes, by the length of the file.
 *
 *   node bench/cli.ts [--rows 100000,1000000] [--format csv|ndjson]
 *
 * The API is a stand-in that takes everything at once, in the process that measures; the command is a
 * process of its own. A row is about 100 bytes. Rows a second are over the whole run: start, check, send.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listenOnLoopback } from '../local/loopback.ts';
import { newRevocationId } from '../shared/domain/revocation.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,1000000' },
    format: { type: 'string', default: 'csv' },
  },
});

const id = newRevocationId();
const main = fileURLToPath(new URL('../cli/rescind.js', import.meta.url));
const peak = fileURLToPath(new URL('./cli-peak.ts', import.meta.url));

let taken = 0;
const none = { queued: 0, revoked: 0, already_invalid: 0, unsupported: 0, parked: 0, abandoned: 0 };
const server = createServer(async (request, response) => {
  const body = await text(request);
  const jobs = body.split('"token":').length - 1;
  const counts = { ...none, expired: 0, total: jobs, queued: jobs };
  response.setHeader('content-type', 'application/json');
  if (body.startsWith('{"dryRun"')) {
    const providers = { polar: { jobs, reach: { pair: jobs } } };
    response.end(JSON.stringify({ dryRun: true, counts, providers }));
    return;
  }
  taken += jobs;
  const links = { self: '', outcomes: '' };
  const revocation = { id, status: 'queued', counts, links, requestedBy: 'bench' };
  const part = Number(/\d+$/.exec(request.url ?? '')?.[0] ?? 0);
  response.end(JSON.stringify({ ...revocation, createdAt: new Date().toISOString(), part, jobs }));
});
const url = await listenOnLoopback(server, 0);

async function writeRows(file: string, rows: number): Promise<void> {
  const stream = createWriteStream(file);
  if (values.format === 'csv') stream.write('provider,token,tokenType,ref\n');
  for (let row = 0; row < rows; row += 1) {
    const token = `polar_at_u_${String(row).padStart(9, '0')}_4f8b2c1d9e7a6b5c4d3e2f1a0b9c8d7e`;
    const line =
      values.format === 'csv'
        ? `polar,${token},access_token,user-${row}\n`
        : `{"provider":"polar","token":"${token}","tokenType":"access_token","ref":"user-${row}"}\n`;
    if (!stream.write(line)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}

const directory = await mkdtemp(join(tmpdir(), 'rescind-bench-'));
try {
  for (const rows of values.rows.split(',').map(Number)) {
    const file = join(directory, `${rows}.${values.format}`);
    await writeRows(file, rows);
    taken = 0;
    const begun = performance.now();
    const child = spawn(process.execPath, ['--import', peak, main, 'bulk', file], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        RESCIND_URL: url,
        RESCIND_API_KEY: 'bench',
        RESCIND_PEAK_FILE: join(directory, 'peak'),
      },
    });
    const [code]: unknown[] = await once(child, 'exit');
    const seconds = (performance.now() - begun) / 1000;
    if (code !== 0 || taken !== rows) throw new Error(`exit ${code}, ${taken} of ${rows} rows`);
    const mebibytes = Number(await readFile(join(directory, 'peak'), 'utf8')) / 1024;
    console.log(
      `${rows} rows of ${values.format}: ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} rows/s, peak ${mebibytes.toFixed(0)} MiB`,
    );
    await rm(file);
  }
} finally {
  await rm(directory, { recursive: true });
  server.close();
}
