import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { Newer } from '../../shared/domain/newer.ts';
import { json, Problem } from '../../shared/http/problem.ts';
import { SealingKeysFault } from '../../shared/sealing/keys.ts';
import { httpEvent } from '../../test/support/http-event.ts';
import { lambdaContext } from '../../test/support/lambda-context.ts';
import { collectLog } from '../../test/support/log.ts';
import { problem as contract } from './contract/answers.ts';
import { answerProblems, logRequests } from './middleware.ts';
import { problemOf } from './problems.ts';
import { routeOf } from './router.ts';

const path = '/v1/revocations/token-4711/outcomes';

/** What becomes of a handler's end, and what is logged of it. */
async function answer(handle: () => APIGatewayProxyStructuredResultV2) {
  const { log, lines } = collectLog();
  const served = { log, routeOf, problemOf };
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logRequests(served))
    .use(answerProblems(served))
    .handler(async () => handle());
  const {
    statusCode,
    headers,
    body = '',
  } = await handler(
    httpEvent({ path, query: { cursor: 'token-4711' }, headers: { 'x-token': 'token-4711' } }),
    lambdaContext,
  );
  return { statusCode, headers, body, lines };
}

const failing = (error: unknown) =>
  answer(() => {
    throw error;
  });

test('an answer goes out as it is, and is logged by its route', async () => {
  const { statusCode, body, lines } = await answer(() => json(200, { items: [] }));
  expect([statusCode, body]).toEqual([200, '{"items":[]}']);
  expect(lines).toEqual([
    {
      name: 'request.answered',
      requestId: 'request-1',
      method: 'GET',
      route: '/v1/revocations/{id}/outcomes',
      status: 200,
    },
  ]);
});

test('a problem is answered as problem JSON, and is no failure of ours', async () => {
  const { statusCode, body, lines } = await failing(new Problem('not-found', 'There is none.'));
  expect(statusCode).toBe(404);
  expect(contract.parse(JSON.parse(body))).toMatchObject({
    detail: 'There is none.',
    requestId: 'request-1',
  });
  expect(lines).toMatchObject([{ name: 'request.answered', status: 404 }]);
});

describe('what was not foreseen', () => {
  test.each([
    ['an error', new TypeError('quotes token-4711')],
    ['an error with a cause', new Error('x', { cause: new Error('token-4711') })],
    ['a text', 'token-4711'],
    ['an object', { token: 'token-4711' }],
  ])('%s is a 500 that shows nothing, and is found in the log', async (_, error) => {
    const { statusCode, body, lines } = await failing(error);
    expect(statusCode).toBe(500);
    expect(contract.parse(JSON.parse(body)).requestId).toBe('request-1');
    expect(lines).toMatchObject([
      { name: 'request.failed', requestId: 'request-1' },
      { name: 'request.answered', status: 500 },
    ]);
    expect(JSON.stringify([body, lines])).not.toContain('4711');
  });

  test('what a newer version wrote is a 503 that says so', async () => {
    const { statusCode, body } = await failing(new Newer('ledger entry', 3));
    expect(statusCode).toBe(503);
    expect(body).toContain('newer version of Rescind');
  });

  test('sealing keys that are missing are a 503 that says nothing was queued', async () => {
    const { statusCode, body, lines } = await failing(new SealingKeysFault('no keys'));
    expect(statusCode).toBe(503);
    expect(body).toContain('Nothing was queued');
    expect(lines[0]).toMatchObject({ name: 'request.failed', fault: 'SealingKeysFault' });
  });

  test.each([
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'ThrottlingException',
  ])('%s of AWS is a 503 to be repeated', async (name) => {
    const { statusCode, headers } = await failing(Object.assign(new Error('slow down'), { name }));
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '1' });
  });
});
