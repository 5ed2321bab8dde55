/** `npm run test:faults`: every promise under seeded faults, until one of them breaks or all hold. */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from './run.ts';

const usage = `Usage: npm run test:faults -- [--seed N] [--jobs N] [--rounds N] [--only N[,N…]] [--log FILE]

  --seed N     which faults are drawn, and when they strike (default: one that the run prints)
  --jobs N     how many jobs are handed in (default 10000)
  --rounds N   how many rounds they are spread over (default: one for 550 jobs)
  --only N,N   play only these of the rounds
  --log FILE   write what the functions print`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    jobs: { type: 'string', default: '10000' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    log: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const jobs = Number(values.jobs);
  const { violations, missed } = await run({
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    jobs,
    rounds: Number(values.rounds ?? Math.max(2, Math.ceil(jobs / 550))),
    only: values.only?.split(',').map(Number),
    log: values.log === undefined ? undefined : createWriteStream(values.log),
    print: console.log,
  });
  // Part of a run has part of its faults.
  const incomplete = values.only === undefined && missed.length > 0;
  if (incomplete) console.log(`never came about: ${missed.join('; ')}`);
  if (violations.length > 0) console.log(`${violations.length} promises broken`);
  return violations.length > 0 || incomplete ? 1 : 0;
}

if (values.help) console.log(usage);
else process.exitCode = await main();
