/**
 * How the tests run: every file in a process of its own, all against one PostgreSQL and one Temporal server.
 *
 * The native parts of the Temporal SDK want a clean process each, hence forks.
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/global.ts'],
    pool: 'forks',
    isolate: true,
    // Most tests wait for a server rather than compute, so a small machine gets more processes than cores.
    maxWorkers: Math.max(3, availableParallelism()),
    // Two cores share a database, a Temporal server and the tests: patience is for a slow machine, not for a slow test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
    reporters: ['default'],
  },
});
