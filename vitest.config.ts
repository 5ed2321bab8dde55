import { defineConfig } from 'vitest/config';

const elsewhere = ['node_modules/**', 'dist/**', 'cdk.out/**'];

export default defineConfig({
  test: {
    // The end-to-end tests mostly wait; more of them at a time than there are cores waste none.
    maxWorkers: 4,
    // Far above what any test takes: a slow machine must not fail one, and `until` names what it waits for.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'inside',
          include: ['**/*.test.ts'],
          exclude: [...elsewhere, 'test/**'],
          // Their files share what they import, which takes longer than most of them run.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'across',
          include: ['test/**/*.test.ts'],
          exclude: [...elsewhere, 'test/blackbox/**', 'test/deployed/*.test.ts'],
          globalSetup: 'test/support/bundles.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'blackbox',
          include: ['test/blackbox/**/*.test.ts'],
          globalSetup: 'test/blackbox/embedded.ts',
        },
      },
    ],
  },
});
