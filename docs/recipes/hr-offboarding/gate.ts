/**
 * Lets a bulk run begin, or not, by what its dry run has found. Ends with 1 where a person is to look, and
 * with 2 where MOST is no number.
 *
 *     npx node docs/recipes/hr-offboarding/gate.ts PLAN.json MOST
 */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** What `rescind bulk --dry-run --json` prints, as far as it matters here. */
const plan = z.object({
  jobs: z.int(),
  problems: z.array(z.object({ detail: z.string(), lines: z.array(z.int()) })),
  providers: z.record(z.string(), z.object({ reach: z.record(z.string(), z.int()) })),
});

const [file = '', most = ''] = process.argv.slice(2);
if (!/^\d+$/.test(most)) {
  console.error(`gate: OFFBOARDING_MOST must be a whole number, not ${JSON.stringify(most)}`);
  process.exit(2);
}
const { jobs, problems, providers } = plan.parse(JSON.parse(await readFile(file, 'utf8')));

const objections = problems.map(
  ({ detail, lines }) => `line ${lines.join(', ')} cannot be sent: ${detail}`,
);
if (jobs > Number(most)) {
  objections.push(`${jobs} tokens would be revoked, and no more than ${most} may be unasked`);
}
for (const [provider, { reach }] of Object.entries(providers)) {
  const whole = reach.user ?? 0;
  if (whole > 0) objections.push(`${provider}: ${whole} jobs would end everything of their user`);
}
for (const objection of objections) console.error(`gate: ${objection}`);
if (objections.length > 0) process.exitCode = 1;
else console.error(`gate: ${jobs} tokens may be revoked`);
