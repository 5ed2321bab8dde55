import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { json } from '../../shared/http/problem.ts';
import { makeFolder, tokenAt } from './files.ts';
import { at, spawnRescind } from './rescind.ts';
import { startServer } from './server.ts';

const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const rows = 120_000;
/** Far less than what the rows take once they are read, which is some 400 bytes each. */
const heapMebibytes = 40;

const id = newRevocationId();
const counts = (total: number) => ({
  total,
  queued: total,
  revoked: 0,
  already_invalid: 0,
  unsupported: 0,
  parked: 0,
  abandoned: 0,
  expired: 0,
});

test('a file far larger than the memory is checked and sent', async () => {
  let sent = 0;
  await using server = await startServer(async ({ body = '' }) => {
    const jobs = body.split('"token":').length - 1;
    if (body.startsWith('{"dryRun"')) {
      return json(200, { dryRun: true, counts: counts(jobs), providers: {} });
    }
    sent += jobs;
    const links = { self: '', outcomes: '' };
    const createdAt = '2027-01-15T08:00:00Z';
    const about = {
      id,
      status: 'queued',
      counts: counts(jobs),
      links,
      requestedBy: 'x',
      createdAt,
    };
    return json(200, { ...about, part: 1, jobs });
  });

  const file = join(folder.path, 'large.csv');
  const stream = createWriteStream(file).setMaxListeners(0);
  stream.write('provider,token,ref\n');
  for (let row = 0; row < rows; row += 1) {
    if (!stream.write(`polar,${tokenAt(row)},user-${row}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');

  const ended = await spawnRescind(['bulk', file], {
    env: at(server),
    execArgv: [`--max-old-space-size=${heapMebibytes}`],
  });
  expect(ended).toEqual({ code: 0, stdout: `${id}\n`, stderr: '' });
  expect(sent).toBe(rows);
});
