import { expect, test } from 'vitest';
import * as z from 'zod';
import { reportEndpoints } from '../../report/endpoints.ts';
import { endpoints } from '../router.ts';
import { openApiDocument } from './openapi.ts';

const requirements = z.array(z.record(z.string(), z.array(z.string())));

const operations = Object.entries(openApiDocument().paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item ?? {}).map(([method, operation]) => ({ path, method, operation })),
);

test('every operation has a name of its own', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each([...endpoints, ...reportEndpoints])(
  '$method $path asks for the scope that the router asks for',
  (endpoint) => {
    const told = operations.find(
      ({ path, method }) => path === endpoint.path && method.toUpperCase() === endpoint.method,
    );
    const { scope } = endpoint;
    expect(requirements.parse(told?.operation.security)).toEqual(
      scope === undefined ? [] : [{ iam: [] }, { jwt: [scope] }, { apiKey: [scope] }],
    );
  },
);

/** What an operation may find to stand in its way. */
const conflicts = new Map([
  ['submitRevocation', ['409']],
  ['submitPart', ['409']],
  ['closeRevocation', ['409']],
  ['registerGrant', ['409', '412']],
  ['forgetGrant', ['409']],
  ['revokeSubject', ['409']],
]);

test.each(operations)('$method $path tells what may go wrong', ({ path, method, operation }) => {
  const anywhere = ['400', '408', '413', '421', '431', '500', '503'];
  const guarded = path === '/v1/health' ? [] : ['401', '403', '429'];
  const named = path.includes('{id}') ? ['404'] : [];
  const withBody = ['post', 'put'].includes(method) ? ['415', '422'] : [];
  const conflicting = conflicts.get(operation.operationId ?? '') ?? [];
  const told = Object.keys(operation.responses).filter((status) => !status.startsWith('2'));
  expect(told.toSorted()).toEqual(
    [...anywhere, ...guarded, ...named, ...withBody, ...conflicting].toSorted(),
  );
});
