import { expect, test } from 'vitest';
import { openApiDocument } from './openapi.ts';

test('every operation has a name of its own, and tells what may go wrong', () => {
  const { paths = {} } = openApiDocument();
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, operation]) => ({ path, method, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    if (path === '/v1/health') continue;
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '500']));
  }
});
