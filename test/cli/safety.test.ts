import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { makeFolder, polarCsv, tokenAt } from './files.ts';
import { createPartsApi } from './parts-api.ts';
import { at, type RunOptions, runFor } from './rescind.ts';
import { startServer } from './server.ts';

const catalog = await catalogOf({ id: 'polar' }, { id: 'nylas' });
const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

let api = createPartsApi(catalog);
const server = await startServer((event) => api.answer(event));
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  api = createPartsApi(catalog);
});

const run = (file: string, args: readonly string[] = [], options: RunOptions = {}) =>
  runFor(options)(['bulk', file, ...args], { env: at(server), ...options });

describe('a file of tokens may be the only place they are in', () => {
  test.each(['--report', '--state'])('%s does not overwrite it', async (option) => {
    const file = await folder.write(`only${option}.csv`, polarCsv(3));
    const { code } = await run(file, [option, file, '--start-over']);
    expect(code).toBe(2);
    expect(await readFile(file, 'utf8')).toBe(polarCsv(3));
  });

  test('--start-over removes nothing but the state of a run', async () => {
    const file = await folder.write('kept.csv', polarCsv(3));
    const other = await folder.write('other.csv', polarCsv(4));
    await run(file, ['--state', other, '--start-over']);
    expect(await readFile(other, 'utf8')).toBe(polarCsv(4));
  });
});

describe('a file that changes while it is sent', () => {
  const rows = 25_000;
  const content = polarCsv(rows);

  test.each([['SIGKILL'], [undefined]] as const)(
    'and is put back loses no token (%s)',
    async (signal) => {
      const file = await folder.write(`changing-${signal}.csv`, content);
      let puts = 0;
      const broken = await run(file, ['--in-flight', '1'], {
        during: (child) => {
          api.before = async ({ requestContext: { http } }) => {
            if (http.method !== 'PUT') return undefined;
            puts += 1;
            if (puts === 2) await writeFile(file, content.replaceAll('_at_u_', '_at_o_'));
            if (puts === 30 && signal !== undefined) child.kill(signal);
            if (puts === 30) await sleep(50);
            return undefined;
          };
        },
      });
      expect(broken.code).not.toBe(0);
      await writeFile(file, content);
      api.before = async () => undefined;
      const { code } = await run(file);
      expect(code).toBe(0);
      expect([...api.revocations.values()].map(({ isOpen }) => isOpen)).toEqual([false]);
      const lost = Array.from({ length: rows }, (_, n) => tokenAt(n)).filter(
        (token) => !api.tokens.has(token),
      );
      expect(lost).toEqual([]);
    },
  );
});

describe('lines that are left out', () => {
  test('are still told of when the run goes on, or has ended before', async () => {
    const file = await folder.write('left-out.csv', `${polarCsv(1200)}polar,a b ,,\n`);
    const args = ['--on-invalid', 'skip'];
    let puts = 0;
    await run(file, args, {
      during: (child) => {
        api.before = async ({ requestContext: { http } }) => {
          puts += http.method === 'PUT' ? 1 : 0;
          if (puts === 2) child.kill('SIGKILL');
          return undefined;
        };
      },
    });
    api.before = async () => undefined;
    expect((await run(file, args)).code).toBe(3);
    expect((await run(file, args)).code).toBe(3);
  });
});

describe('--start-over', () => {
  test('closes what the run before had opened', async () => {
    const file = await folder.write('over.csv', polarCsv(1200));
    let puts = 0;
    await run(file, [], {
      during: (child) => {
        api.before = async ({ requestContext: { http } }) => {
          puts += http.method === 'PUT' ? 1 : 0;
          if (puts === 2) child.kill('SIGKILL');
          return undefined;
        };
      },
    });
    api.before = async () => undefined;
    const { code, stderr } = await run(file, ['--start-over']);
    expect(code).toBe(0);
    const [first] = api.revocations.keys();
    expect(stderr).toContain(first);
    expect([...api.revocations.values()].map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });
});

describe('a first line that is no header shows no token', () => {
  test.each([
    ['lines that end by CR alone', 'provider,token,ref\rpolar,CANARY,u1\r'],
    ['a quote that is not closed where it should', 'provider,token,"ref\npolar,CANARY,"u1"\n'],
    ['a line break in a title', 'provider,token,"ref\npolar,CANARY,u1"\n'],
  ])('%s', async (name, content) => {
    const file = await folder.write(`${name}.csv`, content);
    const { code, stderr } = await run(file);
    expect([1, 2]).toContain(code);
    expect(stderr).not.toContain('CANARY');
  });
});
