import { afterAll, expect, test } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { newRevocationId } from '../domain/revocation.ts';
import { createLeftAlone } from './left-alone.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const leftAlone = createLeftAlone(table);
const newPlace = () => ({ revocation: newRevocationId(), part: 0, slice: 0 });

test('the last delivery that left a slice alone is remembered', async () => {
  const place = newPlace();
  await leftAlone.note(place, { messageId: 'a', receives: 1 });
  await leftAlone.note(place, { messageId: 'a', receives: 2 });
  expect(await leftAlone.last(place, 'a')).toBe(2);
});

test('of another message of that slice, and of another slice, nothing is known', async () => {
  const place = newPlace();
  await leftAlone.note(place, { messageId: 'a', receives: 2 });
  expect(await leftAlone.last(place, 'b')).toBe(0);
  expect(await leftAlone.last({ ...place, slice: 1 }, 'a')).toBe(0);
});
