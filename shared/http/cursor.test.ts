import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { Problem } from './problem.ts';

const position = z.tuple([z.string(), z.int().min(0)]);

test('what a list gave out comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
      fc.nat(),
      (text, number) => {
        const cursor = encodeCursor([text, number]);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor(position, cursor)).toEqual([text, number]);
      },
    ),
  );
});

test('no cursor is the beginning', () => {
  expect(decodeCursor(position, undefined)).toBeUndefined();
});

describe('anything else is a problem that says what to do, quoting nothing', () => {
  const decoded = (cursor: string) => {
    try {
      return decodeCursor(position, cursor);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  };

  test.each([
    '',
    '%',
    'W10',
    encodeCursor([]),
    encodeCursor(['a']),
    encodeCursor(['a', -1]),
    encodeCursor(['a', 0, 0]),
  ])('%j', (cursor) => {
    expect(decoded(cursor)).toMatchObject({
      code: 'invalid-parameter',
      errors: [{ pointer: 'cursor', detail: expect.stringContaining('leave it out') }],
    });
  });

  test('whatever it is', () => {
    const other = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.anything().map((value) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')),
    );
    fc.assert(
      fc.property(other, (cursor) => {
        const found = decoded(cursor);
        if (found instanceof Problem) expect(found.code).toBe('invalid-parameter');
        else expect(position.safeParse(found).success).toBe(true);
      }),
    );
  });
});
