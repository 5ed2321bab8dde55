import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../input/row.ts';
import { cut, jobsOf } from './cut.ts';

const row = fc.record({
  jobs: fc.constantFrom(1, 2),
  size: fc.integer({ min: 1, max: 400 }),
});

async function parts(rows: readonly Row[], block: number, bytes: number) {
  const blocks = (async function* () {
    for (let at = 0; at < rows.length; at += block) yield rows.slice(at, at + block);
  })();
  return Array.fromAsync(cut(blocks, bytes));
}

test('keeps to the limits and to the order, and does not depend on how the file is read', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 2000, size: 'max' }),
      fc.integer({ min: 1, max: 700 }),
      async (shapes, block) => {
        const rows = shapes.map(
          ({ jobs, size }, line): Row => ({
            line,
            jobs,
            provider: 'p',
            token: 't',
            text: 'x'.repeat(size),
          }),
        );
        const limit = 20_000;
        const cutOnce = await parts(rows, block, limit);
        expect(cutOnce.flat()).toEqual(rows);
        for (const part of cutOnce) {
          expect(jobsOf(part)).toBeLessThanOrEqual(500);
          const bytes = part.reduce((sum, { text }) => sum + text.length + 1, 0);
          expect(bytes).toBeLessThanOrEqual(limit);
        }
        expect(await parts(rows, rows.length + 1, limit)).toEqual(cutOnce);
      },
    ),
    { numRuns: 30 },
  );
});
