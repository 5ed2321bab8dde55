import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { JobRecord } from '../domain/outcome.ts';
import { columns, rowOf } from './columns.ts';

const place = { part: 3, index: 17, provider: 'polar' };
const at = 1_800_000_000;
const cellsOf = (record: JobRecord) => {
  const { cells } = rowOf(place, record);
  expect(cells).toHaveLength(columns.length);
  return Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
};

describe('a row', () => {
  test('says all that is known of a job, in text', () => {
    const record: JobRecord = {
      ref: 'user-4711',
      fingerprint: 'fp',
      tokenType: 'refresh_token',
      outcome: 'abandoned',
      reason: 'refused',
      detail: 'http 403',
      attempts: 8,
      redrives: 2,
      httpStatus: 403,
      decision: { by: 'jwt:jane', note: 'done by hand' },
      crashes: 1,
      answers: 7,
      at,
    };
    expect(cellsOf(record)).toEqual({
      part: '3',
      index: '17',
      ref: 'user-4711',
      provider: 'polar',
      tokenType: 'refresh_token',
      outcome: 'abandoned',
      evidence: '',
      reason: 'refused',
      detail: 'http 403',
      attempts: '8',
      redrives: '2',
      httpStatus: '403',
      fingerprint: 'fp',
      decidedBy: 'jwt:jane',
      decisionNote: 'done by hand',
      updatedAt: '2027-01-15T08:00:00.000Z',
    });
  });

  test('of a job that has no outcome says so, and not what it would be parked for', () => {
    const record: JobRecord = { fingerprint: 'fp', reason: 'exhausted', attempts: 1, at };
    expect(cellsOf(record)).toMatchObject({
      outcome: 'queued',
      reason: '',
      ref: '',
      redrives: '0',
    });
  });

  test('has a UTF-8 for whatever its caller has called the job', () => {
    const record: JobRecord = { ref: 'a\ud800b', fingerprint: 'fp', attempts: 1, at };
    expect(cellsOf(record)).toMatchObject({ ref: 'a\ufffdb' });
  });
});

/** Whoever checks old reports goes by these; a report with others says so itself. */
test('the columns are those that docs/report.md explains', async () => {
  const page = await readFile(new URL('../../docs/report.md', import.meta.url), 'utf8');
  const [rows = ''] = page.split('\n## Rows\n').at(1)?.split('\n## ', 1) ?? [];
  const explained = [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual([...columns]);
});
