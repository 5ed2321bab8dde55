import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeFault } from './logger.ts';

/** The lines that a function prints, in a process of its own: Lambda reads its standard output. */
function printed(script: string): Record<string, unknown>[] {
  const logger = fileURLToPath(new URL('./logger.ts', import.meta.url));
  const source = `import { createLog } from ${JSON.stringify(logger)};\n${script}`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', source],
    { encoding: 'utf8', env: {} },
  );
  return `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Record<string, unknown> => JSON.parse(line));
}

test('a line is JSON with its name, level, text, fields and the function it is from', () => {
  const [line, ...others] = printed(
    "createLog('worker-polar')('job.parked', { job: 'rev_1/0/0', reason: 'refused', gone: undefined });",
  );
  expect(others).toEqual([]);
  expect(line).toMatchObject({
    name: 'job.parked',
    level: 'WARN',
    message: 'Parked a job in the ledger',
    service: 'rescind-worker-polar',
    job: 'rev_1/0/0',
    reason: 'refused',
  });
});

describe('describeFault', () => {
  const coded = Object.assign(new TypeError('quotes token-4711'), { code: 'ERR_X' });

  test('keeps class, code, cause and place', () => {
    const fault = describeFault(new Error('outer', { cause: coded }));
    expect(fault).toMatchObject({ fault: 'Error', cause: 'TypeError' });
    expect(fault.where).toMatch(/^at .*logger\.test\.ts:\d+:\d+\)?$/);
    expect(describeFault(coded)).toMatchObject({ fault: 'TypeError', code: 'ERR_X' });
  });

  test.each([
    ['an error', coded],
    ['an error with such a cause', new Error('x', { cause: coded })],
    ['one whose message looks like a place', new Error('bad\n    at token-4711:1:1')],
    ['one with a number for a code', Object.assign(new Error('token-4711'), { code: 4711 })],
    ['a text', 'token-4711'],
    ['an object', { token: 'token-4711' }],
    ['nothing', undefined],
  ])('never keeps what %s says', (_, error) => {
    expect(JSON.stringify(describeFault(error))).not.toContain('4711');
  });

  test('can do without a stack', () => {
    const error = new Error('x');
    delete error.stack;
    expect(describeFault(error)).toMatchObject({ fault: 'Error', where: undefined });
  });
});
