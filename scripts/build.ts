/** Bundles the functions and holds them to their size. */
import { bundleFunctions } from './bundle.ts';

/** KiB, minified. A larger bundle is a slower cold start. */
const budgets = {
  api: 550,
  webhook: 580,
  worker: 520,
  'dead-letter': 420,
  completion: 650,
  'sealing-keys': 370,
  sweep: 470,
  report: 420,
} as const;

const bundles = await bundleFunctions();
for (const [name, { bytes }] of Object.entries(bundles)) {
  const budget = budgets[name as keyof typeof budgets];
  const kib = bytes / 1024;
  console.log(`${name}: ${kib.toFixed(1)} KiB of ${budget}`);
  if (kib > budget) {
    console.error(`${name} is over its budget: look at what its dependencies import`);
    process.exitCode = 1;
  }
}
