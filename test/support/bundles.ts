import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Bundle, bundleFunctions, type FunctionName } from '../../scripts/bundle.ts';

type Bundles = Record<FunctionName, Bundle>;

declare module 'vitest' {
  interface ProvidedContext {
    bundles: Bundles;
  }
}

/** Vitest's global setup: bundles the functions once for all the stacks that the tests start. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-bundles-'));
  provide('bundles', await bundleFunctions(directory));
  return () => rm(directory, { recursive: true, force: true });
}

/** The bundles of this test run; undefined where no test runs, and each stack makes its own. */
export async function bundlesOfRun(): Promise<Bundles | undefined> {
  if (process.env.VITEST === undefined) return undefined;
  const { inject } = await import('vitest');
  return inject('bundles');
}
