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

interface ModuleInfo {
  readonly isEntry: boolean;
  /** Those that import it, but for `import()`. */
  readonly importers: readonly string[];
}

/**
 * All that the page needs at once is one chunk; left to itself, the bundler makes others of what the parts that are
 * loaded later use as well, each of them a request before the first chart.
 */
function chunkOf(id: string, infoOf: (id: string) => ModuleInfo | null): string | null {
  const found = new Set([id]);
  for (const each of found) {
    const info = infoOf(each);
    if (info?.isEntry) return 'page';
    for (const importer of info?.importers ?? []) found.add(importer);
  }
  return null;
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
    // One file of styles, and nothing to preload: what is loaded later is small, and loading it needs no helper.
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { debugName: 'page', name: (id, bundle) => chunkOf(id, (each) => bundle.getModuleInfo(each)) },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': `http://${hostcast}`,
      '/ws': { target: `ws://${hostcast}`, ws: true },
    },
  },
});
