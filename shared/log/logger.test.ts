import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { printed } from '../../test/support/printed.ts';
import { describeFault } from './logger.ts';

/** The lines that a function logs, in a process of its own. */
function logged(script: string): Record<string, unknown>[] {
  const logger = fileURLToPath(new URL('./logger.ts', import.meta.url));
  return printed(`import { createLog, withFields } from ${JSON.stringify(logger)};\n${script}`);
}

test('a line is JSON with its name, level, text, fields and the function it is from', () => {
  const [line, ...others] = logged(
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

test('a log with fields writes them on every line, and what a line says itself wins', () => {
  const [first, second] = logged(`
    const log = withFields(createLog('api'), { requestId: 'request-1', status: 1 });
    log('request.answered', { status: 200 });
    log('revocation.accepted');
  `);
  expect(first).toMatchObject({ name: 'request.answered', requestId: 'request-1', status: 200 });
  expect(second).toMatchObject({ name: 'revocation.accepted', requestId: 'request-1', status: 1 });
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
