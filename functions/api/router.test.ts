import { afterAll, describe, expect, test } from 'vitest';
import { version } from '../../shared/version.ts';
import { startApi } from '../../test/support/api.ts';
import type { Call } from '../../test/support/http-event.ts';
import { reportEndpoints } from '../report/endpoints.ts';
import { accepted, health, revocation } from './contract/answers.ts';
import openApi from './contract/openapi.json' with { type: 'json' };
import { endpoints, routeOf } from './router.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

test('health tells the version', async () => {
  expect(await api.expectAnswer(health, { path: '/v1/health' })).toEqual({ status: 'ok', version });
});

test('the contract is served as it is generated', async () => {
  const { statusCode, body = '' } = await api.call({ path: '/v1/openapi.json' });
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toEqual(openApi);
});

test('the contract tells every route, and no other', () => {
  const told = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.toSorted()).toEqual(
    [...endpoints, ...reportEndpoints].map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
});

test('a path may end in a slash', async () => {
  const jobs = [{ provider: 'polar', token: 'polar_at_u_1' }];
  const { id } = await api.expectAnswer(
    accepted,
    { method: 'POST', path: '/v1/revocations/', body: { jobs } },
    202,
  );
  expect(await api.expectAnswer(revocation, { path: `/v1/revocations/${id}/` })).toHaveProperty(
    'id',
    id,
  );
});

describe('the log of a call', () => {
  const logged = async (call: Call) => {
    const from = api.lines.length;
    const { body = '{}' } = await api.call(call);
    return { body: JSON.parse(body), lines: api.lines.slice(from) };
  };

  test('names the request on every line, and its revocation once that is known', async () => {
    const jobs = [{ provider: 'polar', token: 'polar_at_u_4711' }];
    const made = await logged({ method: 'POST', path: '/v1/revocations', body: { jobs } });
    const asked = await logged({ path: `/v1/revocations/${made.body.id}/outcomes` });
    expect([...made.lines, ...asked.lines].map(({ name }) => name)).toEqual([
      'revocation.accepted',
      'request.answered',
      'request.answered',
    ]);
    for (const line of [...made.lines, ...asked.lines]) {
      expect(line).toMatchObject({ requestId: 'request-1', revocation: made.body.id });
    }
  });

  test('takes nothing for a revocation that only stands where one should', async () => {
    const { lines } = await logged({ path: '/v1/revocations/token-4711' });
    expect(lines).toMatchObject([{ name: 'request.answered', status: 404 }]);
    expect(JSON.stringify(lines)).not.toContain('4711');
  });
});

describe('what is not routed', () => {
  test.each(['/', '/v1', '/v2/revocations', '/v1/revocations/a/b', '/v1/openapiXjson', '/v1//'])(
    '%s is a 404 that says where to look',
    async (path) => {
      expect(await api.expectProblem({ path })).toMatchObject({
        status: 404,
        detail: expect.stringContaining('/v1/openapi.json'),
      });
    },
  );

  test.each([
    ['DELETE', '/v1/revocations', 'POST, GET'],
    ['PUT', '/v1/revocations/rev_1', 'GET'],
    ['POST', '/v1/providers/', 'GET'],
    ['POST', '/v1/openapi.json', 'GET'],
  ])('%s %s is a 405 that says what to use', async (method, path, allow) => {
    const { statusCode, headers } = await api.call({ method, path });
    expect(statusCode).toBe(405);
    expect(headers).toMatchObject({ allow });
    expect(await api.expectProblem({ method, path })).toMatchObject({ detail: `Use ${allow}.` });
  });
});

test.each([
  ['/v1/revocations', '/v1/revocations'],
  ['/v1/revocations/token-4711', '/v1/revocations/{id}'],
  ['/v1/revocations/token-4711/outcomes/', '/v1/revocations/{id}/outcomes'],
  ['/token-4711', 'unknown'],
])('%s is logged as %s', (path, route) => {
  expect(routeOf(path)).toBe(route);
});
