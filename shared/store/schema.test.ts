import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Newer } from '../domain/newer.ts';
import { parseForDisplay, refuseNewer, schemas } from './schema.ts';

const known = schemas['ledger entry'];

describe('refuseNewer', () => {
  test.each([undefined, 1, known])('lets an item of format %s pass', (schema) => {
    expect(() => refuseNewer({ schema }, 'ledger entry')).not.toThrow();
  });

  test.each([known + 1, 99, 'b', 1.5, null])('refuses %j, and says what to do', (schema) => {
    expect(() => refuseNewer({ schema }, 'ledger entry')).toThrow(Newer);
    expect(() => refuseNewer({ schema }, 'ledger entry')).toThrow(/deploy/);
  });
});

describe('parseForDisplay', () => {
  const shape = z.object({ total: z.number() });

  test('shows a newer item as far as it is understood', () => {
    const item = { total: 1, schema: 9, more: true };
    expect(parseForDisplay(shape, item, 'part')).toEqual({ total: 1 });
  });

  test('tells an item that is newer from one that is damaged', () => {
    expect(() => parseForDisplay(shape, { schema: 9 }, 'part')).toThrow(Newer);
    expect(() => parseForDisplay(shape, { schema: 1 }, 'part')).toThrow(z.ZodError);
  });
});
