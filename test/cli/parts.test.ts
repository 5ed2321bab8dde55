import { afterAll, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { makeFolder, polarCsv } from './files.ts';
import { at, rescind } from './rescind.ts';
import { realApi, startServer } from './server.ts';

const api = await startApi();
const server = await startServer(realApi(api));
const folder = await makeFolder();
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test('the API itself takes a file in parts, and counts them as one', async () => {
  const file = await folder.write('large.csv', polarCsv(1234));
  const sent = await rescind(['bulk', file], { env: at(server) });
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  const id = sent.stdout.trim();
  expect(server.requests.slice(-5).toSorted()).toEqual([
    'POST /v1/revocations',
    `POST /v1/revocations/${id}/close`,
    `PUT /v1/revocations/${id}/parts/1`,
    `PUT /v1/revocations/${id}/parts/2`,
    `PUT /v1/revocations/${id}/parts/3`,
  ]);
  const told = await rescind(['status', id, '--json'], { env: at(server) });
  expect(JSON.parse(told.stdout)).toMatchObject({ counts: { total: 1234, queued: 1234 } });
});
