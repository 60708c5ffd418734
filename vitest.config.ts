import { defineConfig } from 'vitest/config';

// Tests import the packages' sources (condition `hostcast-src`); what runs in a worker thread or as a whole
// program is run from `dist`, because TypeScript does not load in workers on Node 20.
// Vite and Node add `import` or `require` by themselves; told here, `require` would find ES modules.
const conditions = ['hostcast-src', 'node'];

// Real programs, sockets and a browser on a machine that others may use too: what fails there has a second try, and
// `npm test` names it in its last lines.
const retry = 1;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ['./vitest.setup.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.integration.ts'],
          retry,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['packages/*/test/**/*.browser.ts'],
          retry,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
