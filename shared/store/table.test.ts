import type { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { createTable } from './table.ts';

const { table, client, name, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const key = { pk: 'a', sk: '1' };

describe('put', () => {
  test('keeps plain values and number sets, and leaves undefined ones out', async () => {
    const item = { ...key, text: 'é', number: 1.5, flag: true, map: { x: 1 }, set: new Set([1]) };
    expect(await table.put({ ...item, nothing: undefined })).toBe(true);
    expect(await table.get(key)).toEqual(item);
  });

  test('says when its condition did not hold, and changes nothing', async () => {
    await table.put({ ...key, version: 1 });
    const written = await table.put({ ...key, version: 9 }, 'version = :seen', {
      values: { ':seen': 2 },
    });
    expect(written).toBe(false);
    expect(await table.get(key)).toMatchObject({ version: 1 });
  });
});

describe('update', () => {
  test('answers the whole item as it now stands', async () => {
    await table.put({ ...key, version: 1, other: 'kept' });
    const item = await table.update(
      key,
      'SET #v = #v + :one',
      { names: { '#v': 'version' }, values: { ':one': 1 } },
      'attribute_exists(pk)',
    );
    expect(item).toEqual({ ...key, version: 2, other: 'kept' });
  });

  test('answers undefined when its condition did not hold', async () => {
    const values = { ':x': 1 };
    const nowhere = { pk: 'nowhere', sk: '1' };
    expect(
      await table.update(nowhere, 'SET x = :x', { values }, 'attribute_exists(pk)'),
    ).toBeUndefined();
    expect(await table.get(nowhere)).toBeUndefined();
  });
});

test('another fault than a refused condition is thrown', async () => {
  await expect(table.update(key, 'SET x = :missing', { values: {} })).rejects.toThrow();
  await expect(createTable(client, 'no-such-table').put(key)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('query hands out pages until there is none left', async () => {
  for (const sk of ['1', '2', '3']) await table.put({ pk: 'paged', sk });
  const page = (after?: Record<string, unknown>) =>
    table.query({
      KeyConditionExpression: 'pk = :pk',
      values: { ':pk': 'paged' },
      Limit: 2,
      after,
    });
  const first = await page();
  expect(first.items.map(({ sk }) => sk)).toEqual(['1', '2']);
  const second = await page(first.last);
  expect(second.items.map(({ sk }) => sk)).toEqual(['3']);
  expect(second.last).toBeUndefined();
});

describe('getMany', () => {
  const keys = Array.from({ length: 130 }, (_, index) => ({ pk: 'many', sk: String(index) }));
  beforeAll(async () => {
    for (const each of keys) await table.put(each);
  });

  test('finds more items than one call takes, and leaves out those that are not there', async () => {
    const found = await table.getMany([...keys, { pk: 'nowhere', sk: '1' }]);
    expect(found).toHaveLength(keys.length);
    expect(found).toEqual(expect.arrayContaining(keys));
  });

  test('asks again for what DynamoDB left unread', async () => {
    // Prepare: a DynamoDB that reads one item a call, as a throttled one may.
    let calls = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        const { RequestItems } = args.input as BatchGetItemCommand['input'];
        const all = RequestItems?.[name]?.Keys;
        if (all === undefined) return next(args);
        calls += 1;
        const answer = await next({
          ...args,
          input: { RequestItems: { [name]: { Keys: all.slice(0, 1) } } },
        });
        const left = { [name]: { Keys: all.slice(1) } };
        Object.assign(answer.output, { UnprocessedKeys: all.length > 1 ? left : {} });
        return answer;
      },
      { step: 'initialize', name: 'oneByOne' },
    );

    // Act
    const found = await table.getMany(keys.slice(0, 3));
    client.middlewareStack.remove('oneByOne');

    // Assess
    expect(found).toHaveLength(3);
    expect(calls).toBe(3);
  });

  test('gives up on a DynamoDB that reads nothing at all', async () => {
    let calls = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        calls += 1;
        const input = args.input as BatchGetItemCommand['input'];
        Object.assign(answer.output, { Responses: {}, UnprocessedKeys: input.RequestItems });
        return answer;
      },
      { step: 'initialize', name: 'nothing' },
    );
    await expect(table.getMany(keys.slice(0, 2))).rejects.toThrow('does not keep up');
    client.middlewareStack.remove('nothing');
    expect(calls).toBe(6);
  });

  test('asks nothing for no keys', async () => {
    // DynamoDB itself would refuse an empty request.
    expect(await table.getMany([])).toEqual([]);
  });
});
