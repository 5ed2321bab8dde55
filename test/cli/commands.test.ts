import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { startApi } from '../support/api.ts';
import { sliceOf } from '../support/slices.ts';
import { recordWork } from '../support/work.ts';
import { at, rescind, spawnRescind } from './rescind.ts';
import { realApi, startServer } from './server.ts';

const api = await startApi();
const server = await startServer(realApi(api));
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const run = (args: readonly string[], input = '') => rescind(args, { env: at(server), input });

/** A revocation of 12 jobs that have been tried: a half of them parked. */
async function aRevocation(provider = 'polar'): Promise<string> {
  const id = newRevocationId();
  await api.stores.revocations.create({
    id,
    label: 'a \u001b[31mlabel',
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: 12,
  });
  const tokens = Array.from({ length: 12 }, (_, n) => `token-${n}-canary`);
  const message = await sliceOf(tokens, { revocation: id, provider });
  await recordWork(
    message,
    api.stores,
    { outcome: 'parked', reason: 'refused', detail: 'http 403', httpStatus: 403 },
    { outcome: 'revoked', evidence: 'accepted', httpStatus: 200 },
  );
  return id;
}

let id: string;
beforeAll(async () => {
  id = await aRevocation();
});
beforeEach(() => {
  server.requests.length = 0;
});

describe('revoke', () => {
  test('takes the token from standard input, and prints the id alone', async () => {
    const { code, stdout, stderr } = await run(
      ['revoke', '--provider', 'polar'],
      'polar_at_u_canary\n',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^rev_[0-9a-f]{40}\n$/);
    const revocation = await api.stores.revocations.get(stdout.trim());
    expect(revocation?.total).toBe(1);
  });

  test('takes both of a pair', async () => {
    const args = ['revoke', '-p', 'mollie', '--pair', '--ref', 'user-7', '--json'];
    const { stdout } = await run(args, 'access_canary\nrefresh_canary');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'queued', counts: { total: 2 } });
  });

  test('--dry-run says what would die', async () => {
    const args = ['revoke', '-p', 'mollie', '--token-type', 'refresh_token', '--dry-run'];
    expect(await run(args, 'refresh_1')).toMatchObject({
      code: 0,
      stdout: 'it can be revoked; with it dies: grant\n',
    });
  });

  test.each([
    ['', 2, 'one a line'],
    ['one\ntwo\n', 2, 'one a line'],
    [' canary\n', 1, 'without spaces'],
    ['canary\ncanary', 2, 'one a line'],
  ])('refuses %j and shows nothing of it', async (input, code, message) => {
    const ended = await run(['revoke', '-p', 'polar'], input);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toContain('canary');
  });

  test('tells what the API finds wrong, and where', async () => {
    const ended = await run(['revoke', '-p', 'pola'], 'canary');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/\/jobs\/0\/provider: must be one of .*polar/);
    expect(ended.stderr).not.toContain('canary');
  });
});

describe('status', () => {
  test('tells the counts, and by its exit code that some are parked', async () => {
    const { code, stdout } = await run(['status', id]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/status +completed/);
    expect(stdout).toMatch(/ {2}parked +6/);
    expect(stdout).not.toContain('\u001b');
  });

  test('of a queued one exits with 4', async () => {
    const { stdout } = await run(['revoke', '-p', 'polar'], 'token');
    expect(await run(['status', stdout.trim()])).toMatchObject({ code: 4 });
  });

  test('--watch prints a line a change, until all have an outcome', async () => {
    const late = newRevocationId();
    const message = await sliceOf(['a', 'b'], { revocation: late, provider: 'polar' });
    const createdAt = new Date().toISOString();
    await api.stores.revocations.create({ id: late, requestedBy: 'tester', createdAt, total: 2 });
    const watching = run(['status', late, '--watch', '--interval', '0.05']);
    await expect.poll(() => server.requests.length).toBeGreaterThan(2);
    await recordWork(message, api.stores, { outcome: 'revoked', evidence: 'accepted' });
    expect(await watching).toEqual({
      code: 0,
      // A look may fall between the last outcome and its being noted as the last.
      stdout: expect.stringMatching(
        /^queued: queued 2\n(running: revoked 2\n)?completed: revoked 2\n$/,
      ),
      stderr: '',
    });
  });

  test('without an id lists all of them, one JSON object a line', async () => {
    const { stdout } = await run(['status', '--json']);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.id)).toContain(id);
  });

  test('of an id that nobody gave out fails', async () => {
    expect(await run(['status', newRevocationId()])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('outcomes', () => {
  test.each([
    ['table', /^job +ref +provider/],
    ['csv', /^job,ref,provider,outcome.*\r\n0\/0,ref-0,polar,parked/],
    ['ndjson', /^\{"job":"rev_/],
  ])('as %s', async (format, beginning) => {
    const { code, stdout } = await run(['outcomes', id, '--format', format]);
    expect(code).toBe(0);
    expect(stdout).toMatch(beginning);
    expect(stdout.trimEnd().split('\n').length).toBe(format === 'ndjson' ? 12 : 13);
    expect(stdout).not.toContain('canary');
  });

  test('of one kind', async () => {
    const { stdout } = await run(['outcomes', id, '--outcome', 'revoked', '--json']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(6);
  });
});

describe('what is parked', () => {
  test('is listed', async () => {
    const { stdout } = await run(['dead-letters', '--revocation', id, '--json']);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.id)).toEqual([0, 2, 4, 6, 8, 10].map((n) => `${id}/0/${n}`));
  });

  test('is not sent again, nor given up, without being asked', async () => {
    for (const args of [['redrive'], ['abandon', '--note', 'done by hand']]) {
      const { code, stderr } = await run([...args, '--revocation', id]);
      expect(code).toBe(2);
      expect(stderr).toContain('6 parked jobs');
      expect(stderr).toContain('--yes');
    }
    expect(
      (await run(['dead-letters', '--revocation', id, '--json'])).stdout.split('\n'),
    ).toHaveLength(7);
  });

  test('is counted by a dry run', async () => {
    const { code, stdout } = await run(['redrive', '--revocation', id, '--dry-run']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '6 parked jobs (6 refused; 6 polar) would be sent again\n',
    });
  });

  test('is sent again: by id, then the rest', async () => {
    const own = await aRevocation();
    const byId = await run(['redrive', `${own}/0/0`, `${own}/0/2`, '--yes', '--json']);
    expect(JSON.parse(byId.stdout)).toMatchObject({ count: 2 });
    const rest = await run(['redrive', '--revocation', own, '--yes']);
    expect(rest).toMatchObject({ code: 0, stdout: 'sent again: 4 jobs\n' });
    const none = await run(['redrive', '--revocation', own, '--yes']);
    expect(none).toMatchObject({ code: 0, stdout: 'nothing is parked that fits\n' });
  });

  test('is sent again, all of it, counted and asked once', async () => {
    const own = await aRevocation('mollie');
    const told =
      /^rescind: Send (\d+) parked jobs \(\d+ refused; (?=.*6 mollie)(?=.*\d polar).*\) again\? /;
    const asked = await run(['redrive', '--all']);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(told) });
    const [, count] = told.exec(asked.stderr) ?? [];
    const sent = await run(['redrive', '--all', '--yes']);
    expect(sent).toMatchObject({ code: 0, stdout: `sent again: ${count} jobs\n`, stderr: '' });
    expect((await run(['dead-letters', '--json'])).stdout).toBe('');
    id = await aRevocation();
    expect(await run(['redrive', '--revocation', own, '--yes'])).toMatchObject({
      stdout: 'nothing is parked that fits\n',
    });
  });

  test('is given up with a note', async () => {
    const own = await aRevocation();
    const args = ['abandon', '--revocation', own, '--yes'];
    expect(await run(args)).toMatchObject({ code: 2 });
    const given = await run([...args, '--note', 'revoked in the console']);
    expect(given).toMatchObject({ code: 0, stdout: 'abandoned: 6 jobs\n' });
    const again = await run(['abandon', `${own}/0/1`, '--yes', '--note', 'again', '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ count: 0, skipped: [`${own}/0/1`] });
  });

  test.each([
    ['redrive'],
    ['abandon', '--note', 'x'],
    ['redrive', '--all', '--provider', 'polar', `rev_${'0'.repeat(40)}/0/0`],
  ])('is not touched by %s without saying which', async (...args) => {
    expect(await run([...args, '--yes'])).toMatchObject({ code: 2, stdout: '' });
    expect(server.requests).toEqual([]);
  });
});

test('providers tell what they can do', async () => {
  const { code, stdout } = await run(['providers']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/mollie +mollie +access: token, refresh: grant/);
  expect(stdout).toMatch(/polar .* 8\/s +open/);
});

describe('a token on the command line', () => {
  const token = 'polar_at_u_canary';
  test.each([
    [[token]],
    [['revoke', token]],
    [['revoke', '--provider', 'polar', token]],
    [['revoke', `--token=${token}`]],
    [['revoke', `--${token}`]],
    [['revoke', '--token-type', token]],
    [['status', token]],
    [['outcomes', id, token]],
    [['redrive', token, '--yes']],
    [['grants', 'put', 'user', 'grant', token]],
    [['grants', token, 'user']],
    [['completion', token]],
    [['bulk', 'file.csv', token]],
    [['bulk', token]],
  ])('%j is refused, and not shown', async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect([1, 2]).toContain(code);
    expect(stdout + stderr).not.toContain('canary');
    expect(server.requests).toEqual([]);
  });
});

test('a reader that stops reading ends it quietly', async () => {
  const { code, stderr } = await spawnRescind(['outcomes', id, '--json'], {
    env: at(server),
    during: ({ stdout }) => stdout?.destroy(),
  });
  expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
});

describe('every command', () => {
  test('is told by --help', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name]) => name ?? '');
    expect(names).toHaveLength(13);
    for (const name of names) {
      expect(await run([name, '--help'])).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('alone is wrong use', async () => {
    expect(await run([])).toMatchObject({ code: 2 });
  });
});
