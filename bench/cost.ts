/**
 * What a thousand revocations ask of AWS, counted, and what a million would cost; beside it the
 * same for two designs that people write today.
 *
 *   node bench/cost.ts [--jobs N] [--latency MS] [--only NAME,…] [--json]
 *
 * Prints the tables of docs/cost.md. Everything runs on this machine: Rescind's own functions on the
 * embedded stack, the others on the same emulators, all against the same scripted provider.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startScriptedProvider } from '../test/support/scripted-provider.ts';
import { billOf, type Traits } from './cost/bill.ts';
import { customMetrics } from './cost/metrics.ts';
import { monthlyOf, readTemplate } from './cost/monthly.ts';
import { measureNaive } from './cost/naive.ts';
import { prices, pricesSeen } from './cost/prices.ts';
import { printMonthly, printPrices, printReport, type Run } from './cost/report.ts';
import { measureRescind } from './cost/rescind.ts';
import { answerTo, type Scenario, scenarios } from './cost/scenario.ts';
import type { Measured } from './cost/usage.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000' },
    latency: { type: 'string', default: '200' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
const latencyMs = Number(values.latency);
const wanted = values.only?.split(',');

const declared = await readTemplate(fileURLToPath(new URL('../providers.json', import.meta.url)));
const designs = {
  rescind: {
    measure: measureRescind,
    traits: { fairQueues: true, ownKey: declared.keys > 0, backups: true },
  },
  careful: {
    measure: (...args: Parameters<typeof measureRescind>) => measureNaive('careful', ...args),
    traits: { fairQueues: false, ownKey: false, backups: true },
  },
  naive: {
    measure: (...args: Parameters<typeof measureRescind>) => measureNaive('naive', ...args),
    traits: { fairQueues: false, ownKey: false, backups: true },
  },
} satisfies Record<string, { measure: typeof measureRescind; traits: Traits }>;
type Design = keyof typeof designs;

async function measure(design: Design, scenario: Scenario): Promise<Measured> {
  const providers = await Promise.all(
    scenario.providers.map((id) =>
      startScriptedProvider(id, async (call) => {
        await sleep(latencyMs);
        return answerTo(scenario, call);
      }),
    ),
  );
  try {
    return await designs[design].measure(scenario, jobs, providers);
  } finally {
    await Promise.all(providers.map((provider) => provider[Symbol.asyncDispose]()));
  }
}

const runs: Run[] = [];
const metrics = new Set<string>();
for (const scenario of scenarios) {
  if (wanted !== undefined && !wanted.includes(scenario.name)) continue;
  for (const design of Object.keys(designs) as Design[]) {
    // The others have no Idempotency-Keys, know no parts, and tell nobody.
    const { idempotent, opened, told } = scenario;
    if ((idempotent || opened || told) && design !== 'rescind') continue;
    console.error(`measuring ${design}: ${scenario.title} …`);
    const { usage, printed } = await measure(design, scenario);
    const bill = billOf(usage, designs[design].traits);
    runs.push({ design, scenario: scenario.name, title: scenario.title, usage, bill });
    if (design === 'rescind') for (const metric of customMetrics(printed)) metrics.add(metric);
  }
}
const monthly = monthlyOf(declared, metrics.size);
const conditions = {
  measured: new Date().toISOString().slice(0, 10),
  jobs,
  latencyMs,
  cores: cpus().length,
  node: process.version,
  pricesSeen,
};

if (values.json) {
  console.log(
    JSON.stringify({ conditions, runs, metrics: [...metrics], monthly, prices }, null, 2),
  );
} else {
  console.log(
    `${conditions.measured}: ${jobs} jobs a run, a provider that answers after ${latencyMs} ms, ${conditions.cores} cores, Node ${conditions.node}\n`,
  );
  printReport(runs);
  printMonthly(monthly);
  printPrices();
}
