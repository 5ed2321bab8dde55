import { expect, test } from 'vitest';
import { callerOf } from './caller.ts';

const arn = 'arn:aws:iam::123456789012:user/jane';

test.each([
  ['an IAM caller', { authorizer: { iam: { userArn: arn, accountId: '123456789012' } } }, arn],
  ['a JWT', { authorizer: { jwt: { claims: { sub: 'jane', iss: 'x' }, scopes: [] } } }, 'jwt:jane'],
  ['a Lambda authorizer', { authorizer: { lambda: { principalId: 'local' } } }, 'local'],
  ['nobody', {}, 'unknown'],
  ['no context', undefined, 'unknown'],
  ['a JWT without subject', { authorizer: { jwt: { claims: {} } } }, 'unknown'],
])('%s', (_, context, caller) => {
  expect(callerOf(context)).toBe(caller);
});

test('a JWT’s subject cannot pass for an IAM caller', () => {
  const context = { authorizer: { jwt: { claims: { sub: arn } } } };
  expect(callerOf(context)).not.toBe(arn);
});
