import { readFile } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';

/** Vitest's global setup: has the suite run against the deployment that RESCIND_TARGET describes. */
export default async function setup({ provide }: TestProject): Promise<void> {
  const file = process.env.RESCIND_TARGET;
  if (file === undefined) {
    throw new Error(
      'RESCIND_TARGET names no description of a deployment; run npm run test:deployed',
    );
  }
  provide('target', JSON.parse(await readFile(file, 'utf8')));
}
