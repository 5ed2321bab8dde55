import { afterAll, describe, expect, test } from 'vitest';
import { startApi } from '../support/api.ts';
import { sliceOf } from '../support/slices.ts';
import { until } from '../support/until.ts';
import { recordWork } from '../support/work.ts';
import { at, rescind } from './rescind.ts';
import { realApi, startServer } from './server.ts';

const api = await startApi();
const server = await startServer(realApi(api));
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const run = (args: readonly string[], input = '') =>
  rescind(['grants', ...args], { env: at(server), input });

const kept = async (subject: string) =>
  (await run(['list', subject, '--json'])).stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe.each(['user-4711', 'jane doe/ü?', '~x', '..'])('the grants of %s', (subject) => {
  test('are kept, listed, forgotten and revoked', async () => {
    const pair = ['put', subject, 'crm', '-p', 'mollie', '--pair'];
    expect(await run(pair, 'access_canary\nrefresh_canary\n')).toMatchObject({
      code: 0,
      stdout: 'crm held\n',
    });
    const other = ['put', subject, 'shop', '-p', 'polar', '--shared-by', `friend of ${subject}`];
    expect(await run(other, 'polar_at_u_canary')).toMatchObject({ code: 0 });
    const rows = await kept(subject);
    expect(rows.map(({ grantId, sharedWith }) => [grantId, sharedWith])).toEqual([
      ['crm', 0],
      ['shop', 1],
    ]);
    expect(JSON.stringify(rows)).not.toContain('canary');

    const plan = await run(['revoke', subject, '--dry-run']);
    expect(plan).toMatchObject({ code: 0, stdout: '2 tokens would be revoked\n' });
    expect(plan.stderr).toContain('shop at polar is left alone: it serves 1 other as well');

    expect(await run(['revoke', subject])).toMatchObject({ code: 2, stdout: '' });
    const revoked = await run(['revoke', subject, '--yes', '--label', 'deletion 1']);
    expect(revoked.code).toBe(0);
    expect(revoked.stdout).toMatch(/^rev_[0-9a-f]{40}\n$/);
    expect((await kept(subject)).find(({ grantId }) => grantId === 'crm')).toMatchObject({
      state: 'revoking',
      revocation: revoked.stdout.trim(),
    });
  });

  test('that others share are not left to them without a yes', async () => {
    const shares = `sharer of ${subject}`;
    await run(
      ['put', shares, 'team', '-p', 'polar', '--shared-by', `${shares} 2`],
      'polar_at_u_team',
    );
    expect(await run(['revoke', shares])).toMatchObject({ code: 2 });
    expect(await kept(shares)).toMatchObject([{ state: 'held' }]);
    expect(await run(['revoke', shares, '--yes'])).toMatchObject({ code: 0 });
    expect(await kept(shares)).toMatchObject([{ state: 'left' }]);
  });

  test('are forgotten one by one, after a yes', async () => {
    await run(['put', subject, 'old', '-p', 'polar'], 'polar_at_u_old');
    expect(await run(['delete', subject, 'old'])).toMatchObject({ code: 2 });
    expect(await run(['delete', subject, 'old', '--yes'])).toEqual({
      code: 0,
      stdout: 'old forgotten\n',
      stderr: '',
    });
    expect((await kept(subject)).map(({ grantId }) => grantId)).not.toContain('old');
  });
});

test.each([
  ['parked', [], 3, 'rescind: parked 1\n'],
  ['revoked', ['--json'], 0, ''],
] as const)('--watch follows them until they are %s', async (outcome, args, code, stderr) => {
  await run(['put', outcome, 'crm', '-p', 'polar'], 'polar_at_u_watched');
  const looks = server.requests.length;
  const watching = run(['revoke', outcome, '--yes', '--watch', ...args]);
  const id = await until('a look at the revocation', () =>
    server.requests
      .slice(looks)
      .map((request) => /^GET .*(rev_\w+)$/.exec(request)?.[1])
      .find((each) => each !== undefined),
  );
  const message = await sliceOf(['polar_at_u_watched'], { revocation: id, provider: 'polar' });
  await recordWork(message, api.stores, { outcome });
  const ended = await watching;
  expect(ended).toMatchObject({ code, stderr });
  const [first = '', last = ''] = ended.stdout.split('\n');
  if (args.length === 0) expect(ended.stdout).toBe(`${id}\n`);
  else
    expect([first, last].map((line) => JSON.parse(line).status)).toEqual(['queued', 'completed']);
});

test.each([
  ['put', 'user', 'a/b', '-p', 'polar'],
  ['put', 'user', '-p', 'polar'],
  ['put', 'user', 'grant'],
  ['list', ''],
  ['list', 'user', 'grant'],
  ['forget', 'user'],
])('%s %s %s … is wrong use', async (...args) => {
  const before = server.requests.length;
  expect(await run(args, 'canary')).toMatchObject({ code: 2, stdout: '' });
  expect(server.requests.length).toBe(before);
});
