import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', 'cdk.out/**'],
    // The end-to-end tests mostly wait; more of them at a time than there are cores waste none.
    maxWorkers: 4,
    // Far above what any test takes: a slow machine must not fail one, and `until` names what it waits for.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
