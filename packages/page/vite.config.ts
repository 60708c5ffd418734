import { defineConfig } from 'vite';

const hostcast = '127.0.0.1:4678';

export default defineConfig({
  resolve: { conditions: ['hostcast-src', 'module', 'browser', 'import', 'default'] },
  build: {
    outDir: '../hostcast/dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // An inlined asset would be a data: URL, which the content security policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': `http://${hostcast}`,
      '/ws': { target: `ws://${hostcast}`, ws: true },
    },
  },
});
