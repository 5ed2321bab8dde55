import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**', 'cdk.out/**'],
    // Far above what any test takes: a slow machine must not fail one, and `until` names what it waits for.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
