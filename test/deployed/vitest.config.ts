import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The black-box suite against a deployed stack; test/deployed/main.ts runs it. What deploys again
 * comes after it, alone: an emulator ends the functions that it replaces in the middle of a call.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'blackbox',
          include: ['test/blackbox/**/*.test.ts', 'test/deployed/completion.test.ts'],
          globalSetup: 'test/deployed/setup.ts',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'deployed',
          include: ['test/deployed/upgrade.test.ts'],
          globalSetup: 'test/deployed/setup.ts',
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
