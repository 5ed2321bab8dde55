import { expect, test } from 'vitest';
import * as z from 'zod';
import { ConnectFault, describeIssues, TransportFault } from './faults.ts';

test('describeIssues names every field, and none of the values', () => {
  const schema = z.strictObject({ a: z.strictObject({ b: z.number() }), c: z.enum(['x', 'y']) });
  const { error } = schema.safeParse({ a: { b: 'hunter2' }, c: 'hunter2' });
  const text = describeIssues(error ?? new z.ZodError([]), 'options');
  expect(text).toMatch(/^options\.a\.b: .+; options\.c: .+$/);
  expect(text).not.toContain('hunter2');
});

test('an issue of the whole needs no path', () => {
  const { error } = z.string().safeParse(1);
  expect(describeIssues(error ?? new z.ZodError([]), '')).toMatch(/^Invalid input/);
});

test('faults say what happened', () => {
  expect(new TransportFault('ECONNRESET').message).toBe('no answer: ECONNRESET');
  expect(new ConnectFault({ kind: 'unavailable', detail: 'http 503' }).message).toBe(
    'the provider is unavailable: http 503',
  );
});
