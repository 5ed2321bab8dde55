import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../functions/api/contract/answers.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let rescind: TestStack;

beforeAll(async () => {
  rescind = await startTestStack({
    providers: [{ id: 'mollie', kind: 'mollie', baseUrl: 'http://127.0.0.1:9' }],
    secrets: {},
  });
});

afterAll(() => rescind[Symbol.asyncDispose]());

async function refused(answer: Response, status: number) {
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  problem.parse(JSON.parse(text));
}

describe('the door of the embedded stack', () => {
  it('lets nobody in without the key', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${rescind.stack.apiKey}`]) {
      const path = `${rescind.stack.url}/v1/revocations`;
      await refused(await fetch(path, { headers: { authorization } }), 401);
    }
  });

  it('refuses a Host that a rebound name would send', async () => {
    const { port } = new URL(rescind.stack.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        host: `evil.example:${port}`,
        authorization: `Bearer ${rescind.stack.apiKey}`,
      };
      request({ host: '127.0.0.1', port, path: '/v1/revocations', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('says 404 and 405 with what to do', async () => {
    await refused(await rescind.api('/v1/nothing'), 404);
    const answer = await rescind.api('/v1/revocations', { method: 'DELETE' });
    expect(answer.headers.get('allow')).toContain('POST');
    await refused(answer, 405);
  });
});
