import { expect, test } from 'vitest';
import { eventKinds } from './plan.ts';
import { run } from './run.ts';

/** The short cut of `npm run test:faults`: one round with every kind of trouble in it. */
test('every promise holds for some hundred jobs, with all kinds of faults at once', async () => {
  const lines: string[] = [];
  const { violations, missed, end } = await run({
    seed: 20261122,
    jobs: 300,
    rounds: 1,
    print: (line) => lines.push(line),
  });

  expect(violations, lines.join('\n')).toEqual([]);
  expect(end.accepted).toBe(300);
  expect(end.byOutcome.revoked).toBeGreaterThan(150);
  // What strikes depends on the machine; that much of it always does.
  for (const kind of eventKinds) expect(missed).not.toContain(kind);
  expect(missed.length).toBeLessThan(40);
}, 300_000);
