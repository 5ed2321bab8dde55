import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { afterAll, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import { json, Problem, problemResponse } from '../../shared/http/problem.ts';
import { makeFolder } from './files.ts';
import { at, rescind, spawnRescind } from './rescind.ts';
import { type Answer, startServer, type TestServer } from './server.ts';

const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const list = json(200, { items: [] });

/** What the command makes of an answer. */
async function answered(answer: Answer, ...args: readonly string[]) {
  await using server = await startServer(async () => answer);
  return await rescind(args.length > 0 ? args : ['status'], { env: at(server) });
}

describe('finds the API', () => {
  test('and its key where the embedded stack has run', async () => {
    await using server = await startServer(async () => list);
    await using own = await makeFolder();
    const env = { RESCIND_URL: `${server.url}/v1/` };
    const missing = await spawnRescind(['status'], {
      env: { ...env, AWS_REGION: '' },
      cwd: own.path,
    });
    expect(missing).toMatchObject({ code: 2 });
    await mkdir(join(own.path, '.rescind'));
    await own.write('.rescind/api-key', `${server.key}\n`);
    expect(await spawnRescind(['status'], { env, cwd: own.path })).toMatchObject({ code: 0 });
  });

  test('where the embedded stack of the folder listens, on whatever port', async () => {
    await using server = await startServer(async () => list);
    await using own = await makeFolder();
    await mkdir(join(own.path, '.rescind'));
    await own.write('.rescind/api-key', `${server.key}\n`);
    await own.write('.rescind/url', `${server.url}\n`);
    expect(await spawnRescind(['status'], { cwd: own.path })).toMatchObject({ code: 0 });
  });

  test.each([
    ['was killed', async ({ url }: TestServer) => `${url}\n`],
    ['was stopped', async () => undefined],
  ])('and says at once that the embedded stack %s', async (_, leftBehind) => {
    const server = await startServer(async () => list);
    await using own = await makeFolder();
    await mkdir(join(own.path, '.rescind'));
    await own.write('.rescind/api-key', `${server.key}\n`);
    const url = await leftBehind(server);
    await server[Symbol.asyncDispose]();
    if (url !== undefined) await own.write('.rescind/url', url);
    const { code, stderr } = await spawnRescind(['status'], { cwd: own.path });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rescind: The embedded stack of this folder is not running\. .*\n$/);
  });

  test('and follows no folder to another machine', async () => {
    await using own = await makeFolder();
    await mkdir(join(own.path, '.rescind'));
    await own.write('.rescind/url', 'https://rescind.example.com\n');
    const env = { RESCIND_API_KEY: 'key' };
    expect(await spawnRescind(['status'], { cwd: own.path, env })).toMatchObject({ code: 1 });
  });

  test('by a file that holds the key', async () => {
    await using server = await startServer(async () => list);
    const file = await folder.write('key', server.key);
    const args = ['status', '--url', server.url, '--api-key-file', file];
    expect(await spawnRescind(args)).toMatchObject({ code: 0 });
    expect(
      await spawnRescind(['status', '--url', server.url, '--api-key-file', `${file}x`]),
    ).toMatchObject({ code: 2 });
  });

  test.each([
    ['', 'RESCIND_URL'],
    ['rescind.example.com', 'https://'],
    ['http://api.example.com', 'Use https'],
    ['https://user:canary@api.example.com', 'no credentials'],
    ['https://api.example.com?key=canary', 'without a query'],
  ])('not at %j', async (url, message) => {
    const { code, stderr } = await spawnRescind(['status'], {
      cwd: folder.path,
      env: { RESCIND_URL: url, RESCIND_API_KEY: 'key' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('canary');
  });
});

describe('AWS', () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret-canary',
    AWS_SESSION_TOKEN: 'session-canary',
    AWS_REGION: 'eu-central-1',
  };

  test('credentials sign each call, body included, as API Gateway checks it', async () => {
    let seen: { url: string; headers: Headers; body: string } | undefined;
    const server = createServer(async (request, response) => {
      const body = (await Array.fromAsync(request)).join('');
      const headers = new Headers(
        Object.entries(request.headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
      );
      seen = { url: `http://${request.headers.host}${request.url}`, headers, body };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ count: 3, dryRun: true }));
    });
    const url = await listenOnLoopback(server, 0);
    const ended = await spawnRescind(['redrive', '--all', '--dry-run'], {
      cwd: folder.path,
      env: { ...env, RESCIND_URL: `${url}/production` },
    });
    expect(ended).toMatchObject({ code: 0, stdout: '3 parked jobs would be sent again\n' });
    server.close();
    await once(server, 'close');

    const { url: called = '', headers = new Headers(), body } = seen ?? {};
    expect(called).toBe(`${url}/production/v1/dead-letters/redrive`);
    const signer = new AwsV4Signer({
      method: 'POST',
      url: called,
      headers: { accept: headers.get('accept') ?? '', 'content-type': 'application/json' },
      body: body ?? '',
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: env.AWS_SESSION_TOKEN,
      service: 'execute-api',
      region: 'eu-central-1',
      datetime: headers.get('x-amz-date') ?? '',
    });
    const expected = (await signer.sign()).headers;
    expect(headers.get('authorization')).toBe(expected.get('authorization'));
    expect(headers.get('x-amz-security-token')).toBe(env.AWS_SESSION_TOKEN);
  });

  test('without credentials says what there is to set', async () => {
    const { code, stderr } = await spawnRescind(['status'], {
      cwd: folder.path,
      env: {
        RESCIND_URL: 'https://x.execute-api.eu-west-1.amazonaws.com',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('RESCIND_API_KEY');
  });
});

describe('an answer that is not the one asked for', () => {
  test('is told with its detail and places, and ends with 1', async () => {
    const problem = new Problem('invalid-parameter', 'Mend it.', {
      errors: [{ pointer: 'limit', detail: 'must be\u001b[2J less' }],
    });
    const { code, stdout, stderr } = await answered(problemResponse(problem, 'r'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Mend it.');
    expect(stderr).toContain('limit: must be\ufffd[2J less');
  });

  test.each([
    [{ statusCode: 403, body: '{"message":"canary"}' }, 'do not permit'],
    [{ statusCode: 401, body: 'canary' }, 'RESCIND_API_KEY'],
    [{ statusCode: 301, headers: { location: 'https://canary.example.com' } }, 'check --url'],
    [{ statusCode: 200, body: '<html>canary' }, 'no JSON'],
    [{ statusCode: 200, body: '{"items":[{"id":7}]}' }, 'does not understand: items.0.id'],
  ])('%j', async (answer, message) => {
    const { code, stderr } = await answered(answer);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('canary');
  });

  test('is asked for again when that may help', async () => {
    let tries = 0;
    await using server = await startServer(async () => {
      tries += 1;
      return tries < 3 ? { statusCode: 503, headers: { 'retry-after': '0' }, body: '' } : list;
    });
    expect(await spawnRescind(['status'], { env: at(server) })).toMatchObject({ code: 0 });
    expect(tries).toBe(3);
  });
});
