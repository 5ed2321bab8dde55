import { afterAll, describe, expect, test } from 'vitest';
import { type SandboxKind, sandboxKinds } from '../../local/sandbox/index.ts';
import { makeFolder } from '../cli/files.ts';
import { rescind } from '../cli/rescind.ts';
import { openTarget } from './target.ts';

const target = openTarget();
const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

/** The credentials that the rest of the suite has: an API key, or those of AWS in the environment. */
const env = {
  RESCIND_URL: target.description.url,
  ...(target.description.apiKey === undefined
    ? awsEnvironment()
    : { RESCIND_API_KEY: target.description.apiKey }),
};

function awsEnvironment(): Record<string, string> {
  // An emulator's certificate is its own.
  const given = Object.entries(process.env).filter(
    ([name]) => name.startsWith('AWS_') || name === 'NODE_EXTRA_CA_CERTS',
  );
  return Object.fromEntries([
    ['AWS_REGION', target.description.region],
    ['HOME', process.env.HOME ?? ''],
    ...given.map(([name, value]): [string, string] => [name, value ?? '']),
  ]);
}

const run = (args: readonly string[], input = '') => rescind(args, { env, input });

const takesRefreshTokens = (kind: SandboxKind) => kind !== 'nylas';

describe('the command line', () => {
  test('revokes one token, and waits until it is dead', async () => {
    const [issued] = await target.provider('polar').issue({ count: 1 });
    const token = issued?.token ?? '';
    const ended = await run(['revoke', '--provider', 'polar', '--watch'], `${token}\n`);
    expect(ended.code).toBe(0);
    expect(await target.provider('polar').alive([token])).toEqual([]);
    const outcomes = await run(['outcomes', ended.stdout.trim(), '--json']);
    expect(JSON.parse(outcomes.stdout)).toMatchObject({ provider: 'polar', outcome: 'revoked' });
    expect(ended.stdout + ended.stderr + outcomes.stdout).not.toContain(token);
  });

  test('revokes a file of all five providers, one line a token', async () => {
    const issued = new Map<SandboxKind, readonly string[]>();
    const lines: string[] = [];
    for (const kind of sandboxKinds) {
      const { issue } = target.provider(kind);
      const tokens = [
        ...(await issue({ count: 20 })),
        ...(takesRefreshTokens(kind) ? await issue({ count: 5, type: 'refresh_token' }) : []),
      ];
      issued.set(
        kind,
        tokens.map(({ token }) => token),
      );
      lines.push(...tokens.map(({ token, type }) => `${kind};"${token}";${type};${lines.length}`));
    }
    const file = await folder.write(
      'all.csv',
      `\ufeffprovider;token;token_type;ref\r\n${lines.join('\r\n')}\r\n`,
    );
    const plan = await run(['bulk', file, '--dry-run', '--json']);
    expect(JSON.parse(plan.stdout)).toMatchObject({ rows: lines.length, invalid: 0 });
    const { code, stdout } = await run(['bulk', file, '--label', 'offboarding', '--watch']);
    expect(code).toBe(0);
    for (const [kind, tokens] of issued) {
      expect(await target.provider(kind).alive(tokens)).toEqual([]);
    }
    const outcomes = await run(['outcomes', stdout.trim(), '--outcome', 'revoked', '--json']);
    expect(outcomes.stdout.trimEnd().split('\n')).toHaveLength(lines.length);
  });

  test('lists what is there', async () => {
    const providers = await run(['providers', '--json']);
    const ids = providers.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(expect.arrayContaining([...sandboxKinds]));
    expect(await run(['status'])).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['dead-letters'])).toMatchObject({ code: 0, stderr: '' });
  });
});
