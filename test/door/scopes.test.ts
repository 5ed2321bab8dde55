import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../../functions/api/router.ts';
import { isReportPath, reportEndpoints } from '../../functions/report/endpoints.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { type Scope, scopes } from '../../shared/http/scope.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { startReports, type TestReports } from '../support/reports.ts';

/** What the functions themselves let in, whatever has stood before them. */
let api: TestApi;
let reports: TestReports;
beforeAll(async () => {
  const access = {
    jwtScopes: { submit: ['x/submit', 'x/all'], read: ['x/read'], operate: ['x/operate'] },
  };
  api = await startApi(access);
  reports = await startReports(access);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await reports[Symbol.asyncDispose]();
});

const all = [...endpoints, ...reportEndpoints];
const guarded = all.flatMap(({ method, path, scope }) =>
  scope === undefined
    ? []
    : [
        {
          method,
          path: path.replace('{id}', newRevocationId()).replaceAll(/\{\w+\}/g, 'user-4711'),
          route: path,
          scope,
        },
      ],
);

const jwt = (claims: object) => ({ jwt: { claims, scopes: null } });
const withScopes = (granted: readonly Scope[]) =>
  jwt({ sub: 'jane', scope: granted.map((scope) => `x/${scope}`).join(' ') });

it('all routes but health ask for one of the scopes', () => {
  const open = all.filter(({ scope }) => scope === undefined);
  expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/health']);
  expect(new Set(guarded.map(({ scope }) => scope))).toEqual(new Set(scopes));
});

describe.each(guarded)('$method $route', ({ method, path, scope }) => {
  const status = async (authorizer: unknown) => {
    const { call } = isReportPath(path) ? reports : api;
    return (await call({ method, path, body: {}, authorizer })).statusCode;
  };

  it('lets nobody in whom the authorizer does not name', async () => {
    for (const authorizer of [null, {}, jwt({ scope: 'x/all' }), { iam: {} }]) {
      expect(await status(authorizer)).toBe(401);
    }
  });

  it(`takes ${scope}, and does without the others`, async () => {
    expect([401, 403]).not.toContain(await status(withScopes([scope])));
    expect([401, 403]).not.toContain(
      await status({ lambda: { principalId: 'local:ci', scopes: scope } }),
    );
    const others = scopes.filter((each) => each !== scope);
    expect(await status(withScopes(others))).toBe(403);
    expect(await status({ lambda: { principalId: 'local:ci', scopes: others.join(' ') } })).toBe(
      403,
    );
    expect(await status(jwt({ sub: 'jane' }))).toBe(403);
  });

  it('leaves IAM callers to IAM', async () => {
    const userArn = 'arn:aws:iam::123456789012:user/jane';
    expect([401, 403]).not.toContain(await status({ iam: { userArn } }));
  });
});

it('a refusal names the scope as the issuer calls it', async () => {
  const call = { method: 'POST', path: '/v1/revocations', authorizer: jwt({ sub: 'jane' }) };
  const { headers } = await api.call(call);
  expect(headers?.['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="x/submit"');
  expect(await api.expectProblem(call)).toMatchObject({
    type: 'urn:rescind:problem:forbidden',
    detail: expect.stringContaining('x/submit'),
  });
});

it('nothing is looked at before the caller is', async () => {
  const authorizer = withScopes(['read']);
  const call = { method: 'POST', path: '/v1/revocations', body: 'not a submission', authorizer };
  expect(await api.expectProblem(call)).toMatchObject({ status: 403 });
});
