import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const hostcast = '127.0.0.1:4678';

/** Writes `.br` and `.gz` beside each text that is built: the server sends them as they are. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const file = join(dir ?? '', name);
        const octets = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(octets, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(octets));
      }
    },
  };
}

export default defineConfig({
  plugins: [precompressed()],
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
