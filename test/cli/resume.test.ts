import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../shared/http/problem.ts';
import { catalogOf } from '../support/catalog.ts';
import { makeFolder, polarCsv } from './files.ts';
import { createPartsApi } from './parts-api.ts';
import { at, type RunOptions, runFor, spawnRescind } from './rescind.ts';
import { startServer } from './server.ts';

const catalog = await catalogOf({ id: 'polar' });
const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

let api = createPartsApi(catalog);
const server = await startServer((event) => api.answer(event));
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  api = createPartsApi(catalog);
});

const rows = 5250;
const parts = 11;
const content = polarCsv(rows);

const run = (file: string, args: readonly string[] = [], options: RunOptions = {}) =>
  runFor(options)(['bulk', file, ...args], { env: at(server), ...options });

const stateOf = (file: string) => readFile(`${file}.rescind-state.json`, 'utf8');

/** What must hold once a file is sent to its end, whatever happened on the way. */
function expectSentOnce(revocations = 1): void {
  expect(api.revocations.size).toBe(revocations);
  const closed = [...api.revocations.values()].filter(({ isOpen }) => !isOpen);
  expect(closed.map((each) => each.parts.size)).toEqual([parts + 1]);
  expect(api.tokens.size).toBe(rows);
  expect(new Set(api.tokens.values())).toEqual(new Set([1]));
}

type Moment = 'before' | 'after';

/** Does something once, at a request that changes something: before it is dealt with, or after. */
function once(number: number, moment: Moment, act: () => void): void {
  let seen = 0;
  api.before = async ({ body = '', requestContext: { http } }) => {
    if (http.method === 'GET' || body.startsWith('{"dryRun"')) return undefined;
    seen += 1;
    if (seen !== number) return undefined;
    if (moment === 'before') {
      act();
      await sleep(100);
      return json(503, {});
    }
    // The answer comes when the process is gone: it was taken, and nobody knows.
    setTimeout(act, 0);
    return undefined;
  };
}

describe.each([
  [1, 'before'],
  [1, 'after'],
  [2, 'after'],
  [6, 'before'],
  [6, 'after'],
  [12, 'before'],
  [13, 'before'],
  [13, 'after'],
] as const)('killed at request %i, %s it is dealt with', (number, moment) => {
  test('the same command goes on, and sends nothing twice', async () => {
    const file = await folder.write(`killed-${number}-${moment}.csv`, content);
    const killed = await run(file, ['--in-flight', '3'], {
      during: (child) => once(number, moment, () => child.kill('SIGKILL')),
    });
    expect(killed.code === null || killed.code === 0).toBe(true);
    api.before = async () => undefined;
    // As if it had been killed while it wrote its state.
    await writeFile(`${file}.rescind-state.json.99999999`, '{');
    const { code, stdout, stderr } = await run(file, ['--in-flight', '3']);
    expect({ code, stderr: stderr.includes('bug') }).toEqual({ code: 0, stderr: false });
    expect(stdout.trim()).toBe([...api.revocations.keys()].at(-1));
    expectSentOnce();
    const name = basename(file);
    const left = (await readdir(folder.path)).filter((each) => each.startsWith(name));
    expect(left.toSorted()).toEqual([name, `${name}.rescind-state.json`]);
  });
});

test('Ctrl-C stops it, says how to go on, and the state holds no token', async () => {
  const file = await folder.write('interrupted.csv', content);
  const interrupted = await run(file, [], {
    during: (child) => once(5, 'before', () => child.kill('SIGINT')),
  });
  expect(interrupted.code).toBe(130);
  expect(interrupted.stderr).toContain('Run the same command again to go on');
  expect(await stateOf(file)).not.toContain('canary');
  api.before = async () => undefined;
  expect((await run(file)).code).toBe(0);
  expectSentOnce();
});

test('Ctrl-C during the check sends nothing and leaves no state', async () => {
  const file = await folder.write('early.csv', content);
  const interrupted = await run(file, [], {
    during: (child) => {
      api.before = async () => {
        child.kill('SIGINT');
        await sleep(50);
        return undefined;
      };
    },
  });
  expect(interrupted).toMatchObject({ code: 130, stdout: '' });
  expect(api.revocations.size).toBe(0);
  expect((await readdir(folder.path)).filter((name) => name.startsWith('early'))).toEqual([
    'early.csv',
  ]);
});

describe('after an interruption', () => {
  const interrupt = async (name: string, ...args: readonly string[]) => {
    const file = await folder.write(name, content);
    await run(file, args, { during: (child) => once(4, 'before', () => child.kill('SIGKILL')) });
    api.before = async () => undefined;
    return file;
  };

  test('another content is refused', async () => {
    const file = await interrupt('changed.csv');
    await writeFile(file, content.replace('user-7\n', 'user-x\n'));
    const refused = await run(file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('another content of this file');
    await writeFile(file, content);
    expect((await run(file)).code).toBe(0);
    expectSentOnce();
  });

  test('other options are refused by name', async () => {
    const file = await interrupt('options.csv', '--label', 'a');
    const { code, stderr } = await run(file, ['--label', 'b', '--token-type', 'access_token']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--label, --token-type|--token-type, --label/);
  });

  test('--start-over makes a new revocation', async () => {
    const file = await interrupt('anew.csv');
    expect((await run(file, ['--start-over'])).code).toBe(0);
    expect(api.revocations.size).toBe(2);
  });

  test('a lost state does not lose the file: it is a new run', async () => {
    const file = await interrupt('lost.csv');
    await rm(`${file}.rescind-state.json`);
    expect((await run(file)).code).toBe(0);
    expect(api.revocations.size).toBe(2);
  });

  test('a torn state is refused, and not taken for none', async () => {
    const file = await interrupt('torn.csv');
    await writeFile(`${file}.rescind-state.json`, '{"format":1,');
    const { code, stderr } = await run(file);
    expect(code).toBe(1);
    expect(stderr).toContain('--start-over');
    expect(api.revocations.size).toBe(1);
  });
});

describe('an API that is not well', () => {
  test('is waited for as long as it asks', async () => {
    let refusals = 0;
    api.before = async ({ requestContext: { http } }) => {
      if (http.method !== 'PUT' || refusals >= 6) return undefined;
      refusals += 1;
      return json(refusals % 2 === 0 ? 429 : 503, {}, { 'retry-after': '0' });
    };
    const file = await folder.write('throttled.csv', content);
    expect((await run(file)).code).toBe(0);
    expectSentOnce();
  });

  test('ends the run when credentials are refused, and the state is kept', async () => {
    const file = await folder.write('refused.csv', content);
    api.before = async ({ requestContext: { http } }) =>
      http.method === 'PUT' ? json(403, { message: 'Forbidden canary' }) : undefined;
    const { code, stderr } = await run(file);
    expect(code).toBe(1);
    expect(stderr).toContain('do not permit this call');
    expect(stderr).toContain('Run the same command again');
    expect(stderr).not.toContain('canary');
    api.before = async () => undefined;
    expect((await run(file)).code).toBe(0);
    expectSentOnce();
  });

  test('that has lost a part gets them all again', async () => {
    const file = await folder.write('part-lost.csv', content);
    api.before = async ({ rawPath }) => {
      if (rawPath.endsWith('/close'))
        for (const { parts: all } of api.revocations.values()) all.delete(4);
      return undefined;
    };
    const failed = await run(file);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('missing: 4');
    api.before = async () => undefined;
    expect((await run(file)).code).toBe(0);
    const [revocation] = api.revocations.values();
    expect(revocation).toMatchObject({ isOpen: false });
    expect(revocation?.parts.size).toBe(parts + 1);
  });
});

test('another content of a file that was sent to its end is a new run', async () => {
  const file = await folder.write('nightly.csv', polarCsv(3));
  expect((await run(file)).code).toBe(0);
  await writeFile(file, polarCsv(4));
  const { code, stdout, stderr } = await run(file);
  expect(code).toBe(0);
  const [first, second] = api.revocations.keys();
  expect(stdout).toBe(`${second}\n`);
  expect(stderr).toContain(`was sent as ${first}`);
  expect((await run(file)).stdout).toBe(`${second}\n`);
  expect(api.revocations.size).toBe(2);
});

test('of two runs at once, what they send is one revocation', async () => {
  const file = await folder.write('twice.csv', content);
  const own = () => spawnRescind(['bulk', file], { env: at(server) });
  const both = await Promise.all([own(), own()]);
  expect(both.some(({ code }) => code === 0)).toBe(true);
  expectSentOnce();
});
