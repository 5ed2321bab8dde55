import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { endpoints } from '../functions/api/router.ts';
import { reportEndpoints } from '../functions/report/endpoints.ts';
import { newRevocationId } from '../shared/domain/revocation.ts';
import { account, region } from './testing/arns.ts';
import { policyOf, type Role } from './testing/role.ts';

/** The policies that docs/access.md tells people to give out, by their statement's name. */
const page = await readFile(new URL('../docs/access.md', import.meta.url), 'utf8');
const policies = new Map(
  [...page.matchAll(/```json\n(\{\n {2}"Version".*?)\n```/gs)].map(([, text = '']) => {
    const document: unknown = JSON.parse(
      text.replaceAll('REGION', region).replaceAll('ACCOUNT', account).replaceAll('API-ID', 'a1b2'),
    );
    return [/"Sid": "(\w+)"/.exec(text)?.[1], policyOf(document)];
  }),
);

const arnOf = (route: string, api = 'a1b2', stage = '$default') =>
  `arn:aws:execute-api:${region}:${account}:${api}/${stage}/${route}`;
const routes = [...endpoints, ...reportEndpoints].map(({ method, path, scope }) => ({
  route: `${method}${path.replace('{id}', newRevocationId()).replaceAll(/\{\w+\}/g, 'user-4711')}`,
  scope,
}));
const mayCall = (role: Role | undefined, route: string) =>
  role?.may('execute-api:Invoke', route) ?? false;

describe.each([
  ['Submitter', 'submit'],
  ['Reader', 'read'],
  ['Operator', 'operate'],
])('the policy of a %s', (name, scope) => {
  const policy = policies.get(name);

  it.each(routes.filter((each) => each.scope !== undefined))('$route', (each) => {
    expect(mayCall(policy, arnOf(each.route))).toBe(each.scope === scope);
  });

  it('is for this API, and for calling it only', () => {
    for (const { route } of routes) {
      expect(mayCall(policy, arnOf(route, 'other'))).toBe(false);
      expect(mayCall(policy, arnOf(route, 'a1b2', 'other'))).toBe(false);
    }
    expect(policy?.actions).toEqual(['execute-api:Invoke']);
  });
});

it('there are no others', () => {
  expect([...policies.keys()]).toEqual(['Submitter', 'Reader', 'Operator']);
});
