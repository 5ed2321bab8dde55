import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { watch } from '../../cli/commands/watch.ts';
import { createApi } from '../../cli/connection/api.ts';
import { authorizeBy } from '../../cli/connection/authorize.ts';
import { connect } from '../../cli/connection/connect.ts';
import type { Context } from '../../cli/context.ts';
import { Interrupted } from '../../cli/faults.ts';
import { readSecrets } from '../../cli/input/stdin.ts';
import { confirm } from '../../cli/output/confirm.ts';
import { createOutput } from '../../cli/output/output.ts';
import { run } from '../../cli/run.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { json } from '../../shared/http/problem.ts';
import { at } from './rescind.ts';
import { startServer } from './server.ts';

/** A person at a terminal: what is typed, and what is shown. */
function terminal(signal = new AbortController().signal) {
  const typed = Object.assign(new PassThrough(), { isTTY: true });
  const shown = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const printed = Object.assign(new PassThrough(), { isTTY: true });
  const context: Context = {
    env: {},
    stdin: typed,
    stdout: createOutput(printed, {}),
    stderr: createOutput(shown, {}),
    signal,
  };
  const all = text(shown);
  return { context, typed, shown: async () => all, end: () => shown.end() };
}

describe('before something that cannot be undone', () => {
  test.each([
    ['y\n', true],
    ['YES\n', true],
    ['\n', false],
    ['n\n', false],
    ['yikes\n', false],
  ])('%j means %s', async (answer, is) => {
    const { context, typed, shown, end } = terminal();
    typed.write(answer);
    expect(await confirm('Abandon 12 parked jobs for good?', undefined, context)).toBe(is);
    end();
    expect(await shown()).toContain('Abandon 12 parked jobs for good? [y/N]');
  });

  test('nothing at all is a no', async () => {
    const { context, typed } = terminal();
    typed.end();
    expect(await confirm('Go on?', undefined, context)).toBe(false);
  });

  test('Ctrl-C is no answer', async () => {
    const stop = new AbortController();
    const { context } = terminal(stop.signal);
    const asked = confirm('Go on?', undefined, context);
    stop.abort();
    await expect(asked).rejects.toThrow(Interrupted);
  });
});

describe('a token that is typed', () => {
  test('is asked for and never shown', async () => {
    const { context, typed, shown, end } = terminal();
    typed.write('canaryx\u007f\rrefresh-canary\r');
    const names = ['access token', 'refresh token'];
    expect(await readSecrets(names, context)).toEqual(['canary', 'refresh-canary']);
    end();
    expect(await shown()).toBe('access token: \nrefresh token: \n');
  });

  test('is not waited for once the process is told to end', async () => {
    const stop = new AbortController();
    const { context } = terminal(stop.signal);
    const asked = readSecrets(['token'], context);
    stop.abort();
    await expect(asked).rejects.toThrow(Interrupted);
  });

  test('may be broken off', async () => {
    const { context, typed } = terminal();
    typed.write('can\u0003');
    await expect(readSecrets(['token'], context)).rejects.toThrow(Interrupted);
  });
});

describe('a call that gets no answer', () => {
  test.each([true, false])('is told while it is tried, on a terminal: %s', async (isTTY) => {
    await using server = await startServer(async () => json(503, {}, { 'retry-after': '7' }));
    const stop = new AbortController();
    const { context, shown, end } = terminal(stop.signal);
    const { stream } = context.stderr;
    stream.on('data', () => stop.abort());
    const env = at(server);
    const stderr = { ...context.stderr, isTTY };
    const { call } = await connect({}, { ...context, env, stderr }, { patience: 600 });
    await expect(call('/v1/providers', z.unknown())).rejects.toThrow(Interrupted);
    end();
    expect(await shown()).toMatch(
      /^rescind: the API answers HTTP 503; trying again for up to (9m\d\ds|10m00s)\n$/,
    );
  });
});

describe('a rate', () => {
  test('holds from one provider to the next', async () => {
    const providers = { mollie: 1, polar: 1 };
    await using server = await startServer(async ({ body = '' }) =>
      json(200, body.includes('dryRun') ? { count: 2, dryRun: true, providers } : { count: 1 }),
    );
    const { context, shown, end } = terminal();
    const args = ['redrive', '--all', '--yes', '--rate', '50'];
    expect(await run(args, { ...context, env: at(server) })).toBe(0);
    end();
    expect(await shown()).toBe('at this rate, the next are sent in 1s\n');
    expect(server.requests).toHaveLength(3);
  });
});

describe('--watch on a terminal', () => {
  const id = newRevocationId();
  const none = { already_invalid: 0, unsupported: 0, parked: 0, abandoned: 0, expired: 0 };
  let done = 0;
  const answer = () => ({
    id,
    status: done === 40 ? 'completed' : 'running',
    counts: { ...none, total: 40, revoked: done, queued: 40 - done },
    requestedBy: 'tester',
    createdAt: '2027-01-15T08:00:00Z',
    links: { self: '', outcomes: '' },
  });

  const follow = async (context: Context, step: number) => {
    done = 0;
    await using server = await startServer(async () => {
      done = Math.min(40, done + step);
      return json(200, answer());
    });
    const { url, key } = server;
    const authorize = authorizeBy({ kind: 'bearer', token: key });
    const api = createApi({ url, authorize, signal: context.signal, patience: 5 });
    return await watch(id, api, context, 0.12, async () => undefined);
  };

  test('shows a bar, and when it will be done', async () => {
    const { context, shown, end } = terminal();
    expect((await follow(context, 8)).status).toBe('completed');
    end();
    const seen = await shown();
    expect(seen).toMatch(
      /revoking \[=+-+\] \d+% {2}\d+ of 40, \d+\/s, ETA \d+s \| queued \d+, revoked/,
    );
  });

  test('ends with Ctrl-C, and says how to look again', async () => {
    const stop = new AbortController();
    const { context } = terminal(stop.signal);
    const followed = follow(context, 0);
    setTimeout(() => stop.abort(), 0);
    await expect(followed).rejects.toThrow(`rescind status ${id} --watch`);
  });
});
