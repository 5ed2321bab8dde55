import { describe, expect, test } from 'vitest';
import { problemOf } from '../../test/support/problems.ts';
import { callerOf, ownerOf } from './caller.ts';
import type { Scope, ScopeNames } from './scope.ts';

const jwtScopes: ScopeNames = {
  submit: ['rescind:submit', 'rescind:all'],
  read: ['rescind:read', 'rescind:all'],
  operate: ['rescind:operate', 'rescind:all'],
};

const who = (authorizer: unknown, route: Scope = 'read', names = jwtScopes) =>
  callerOf({ authorizer }, route, names);
const jwt = (claims: object) => ({ jwt: { claims, scopes: null } });
const granted = (authorizer: unknown, names = jwtScopes) => [
  ...who(authorizer, 'read', names).scopes,
];

const user = 'arn:aws:iam::123456789012:user/jane';
const session = 'arn:aws:sts::123456789012:assumed-role/Offboarding/i-0123';

describe('the name', () => {
  test.each([
    ['an IAM user', { iam: { userArn: user, accountId: '123456789012' } }, user],
    ['a session of a role', { iam: { userArn: session } }, session],
    ['a JWT', jwt({ sub: 'jane', iss: 'x' }), 'jwt:jane'],
    ['a Lambda authorizer', { lambda: { principalId: 'local:ci', scopes: 'read' } }, 'local:ci'],
  ])('of %s', (_, authorizer, name) => {
    expect(who(authorizer).name).toBe(name);
  });

  test('of a JWT cannot pass for an IAM caller', () => {
    expect(who(jwt({ sub: user })).name).not.toBe(user);
    expect(who(jwt({ sub: session })).owner).not.toBe(who({ iam: { userArn: session } }).owner);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'jane'],
    ['an empty authorizer', {}],
    ['an IAM caller without ARN', { iam: {} }],
    ['an empty ARN', { iam: { userArn: '' } }],
    ['a JWT without claims', { jwt: { scopes: ['rescind:submit'] } }],
    ['a JWT without subject', jwt({ scope: 'rescind:submit' })],
    ['a JWT with an empty subject', jwt({ sub: '', scope: 'rescind:submit' })],
    ['a JWT whose subject is a number', jwt({ sub: 1, scope: 'rescind:submit' })],
    ['a JWT whose scopes cannot be read', jwt({ sub: 'jane', scope: { submit: true } })],
    ['a Lambda authorizer without principal', { lambda: { scopes: 'submit' } }],
  ])('is missing in %s: nobody comes in', async (_, authorizer) => {
    const problem = await problemOf(() => who(authorizer));
    expect(problem.code).toBe('unauthenticated');
    expect(problem.headers).toEqual({ 'www-authenticate': 'Bearer' });
  });

  test('is missing where there is no context', async () => {
    expect((await problemOf(() => callerOf(undefined, 'read', jwtScopes))).code).toBe(
      'unauthenticated',
    );
  });
});

describe('the scopes', () => {
  test.each([
    ['none', {}, []],
    ['one', { scope: 'rescind:submit' }, ['submit']],
    ['several', { scope: 'openid rescind:submit  rescind:operate' }, ['submit', 'operate']],
    ['several in scp', { scp: 'rescind:read rescind:submit' }, ['submit', 'read']],
    ['a list', { scp: ['rescind:read', 'openid'] }, ['read']],
    [
      'a list as API Gateway writes it',
      { scp: '[rescind:read rescind:submit]' },
      ['submit', 'read'],
    ],
    ['one for all', { scope: 'rescind:all' }, ['submit', 'read', 'operate']],
    ['others', { scope: 'submit rescind:submit2 xrescind:read Rescind:Operate' }, []],
    ['the sign for any token', { scope: '* [*]' }, []],
  ])('of a JWT with %s', (_, claims, scopes) => {
    expect(granted(jwt({ sub: 'jane', ...claims }))).toEqual(scopes);
  });

  test('are all of them for any token where that is configured', () => {
    const names = { submit: ['*'], read: ['*'], operate: ['*'] };
    expect(granted(jwt({ sub: 'jane' }), names)).toEqual(['submit', 'read', 'operate']);
  });

  test('of an IAM caller are the called route’s, which IAM has let it call', () => {
    expect([...who({ iam: { userArn: user } }, 'operate').scopes]).toEqual(['operate']);
    expect(granted({ iam: { userArn: user } })).toEqual(['read']);
  });

  test.each([
    [{ principalId: 'x' }, []],
    [{ principalId: 'x', scopes: '' }, []],
    [{ principalId: 'x', scopes: 'operate toString submit' }, ['operate', 'submit']],
  ])('of a Lambda authorizer are those it names: %j', (lambda, scopes) => {
    expect(granted({ lambda })).toEqual(scopes);
  });
});

test.each([
  [session, 'arn:aws:sts::123456789012:assumed-role/Offboarding'],
  ['arn:aws-cn:sts::1:assumed-role/R/s', 'arn:aws-cn:sts::1:assumed-role/R'],
  ['arn:aws:sts::1:federated-user/jane', 'arn:aws:sts::1:federated-user/jane'],
  ['arn:aws:iam::1:root', 'arn:aws:iam::1:root'],
  [user, user],
  ['jwt:arn:aws:sts::1:assumed-role/R/s', 'jwt:arn:aws:sts::1:assumed-role/R/s'],
  ['local:ci', 'local:ci'],
])('what %s asked for belongs to %s', (name, owner) => {
  expect(ownerOf(name)).toBe(owner);
});
