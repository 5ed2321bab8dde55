import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { json } from '../../shared/http/problem.ts';
import { makeFolder } from '../../test/cli/files.ts';
import { mainFile } from '../../test/cli/rescind.ts';
import { startServer } from '../../test/cli/server.ts';
import { demoFiles, lookAgain } from './hint.ts';

test('what the demo says to paste names all that it has left, and finds the API', async () => {
  await using server = await startServer(async () => json(200, { items: [] }));
  await using folder = await makeFolder();
  const [start, look] = lookAgain(folder.path);
  for (const file of Object.values(demoFiles(folder.path))) expect(start).toContain(` ${file}`);

  await mkdir(join(folder.path, 'data'));
  await folder.write('data/url', `${server.url}\n`);
  await folder.write('data/api-key', `${server.key}\n`);
  const npx = `npx() { shift; '${process.execPath}' '${mainFile}' "$@"; }`;
  await promisify(execFile)('bash', ['-c', `${npx}\n${look}`], { cwd: folder.path });
  expect(server.requests).toEqual(['GET /v1/revocations']);
});
