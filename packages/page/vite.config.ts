import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { sharedKeys } from './sharedKeys.ts';

const hostcast = '127.0.0.1:4678';

/** Writes `.br` and `.gz` beside each text that is built: the server sends them as they are. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    // Its comments and its indentation are for those who write it.
    transformIndexHtml: (html) => html.replace(/\s*<!--.*?-->/gs, '').replace(/\n\s+/g, '\n'),
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const file = join(dir ?? '', name);
        const octets = readFileSync(file);
        writeFileSync(`${file}.gz`, smallestGzip(octets));
        writeFileSync(`${file}.br`, brotliCompressSync(octets));
      }
    },
  };
}

/** Where zlib begins a new block hangs on its memory, and what is best on the text: all of them are tried. */
function smallestGzip(octets: Buffer): Buffer {
  return [4, 5, 6, 7, 8, 9]
    .map((memLevel) => gzipSync(octets, { level: 9, memLevel }))
    .reduce((least, each) => (each.length < least.length ? each : least));
}

interface ModuleInfo {
  readonly isEntry: boolean;
  /** Those that import it, but for `import()`. */
  readonly importers: readonly string[];
}

/**
 * Two files of code: all that the page needs at once, without which there is no first chart, and all that is loaded
 * when it is asked for. Left to itself, the bundler makes a dozen, each of them compressed without the words and
 * names of the others, and some of them a request before the first chart.
 */
function chunkOf(id: string, infoOf: (id: string) => ModuleInfo | null): string {
  const found = new Set([id]);
  for (const each of found) {
    const info = infoOf(each);
    if (info?.isEntry) return 'page';
    for (const importer of info?.importers ?? []) found.add(importer);
  }
  return 'later';
}

export default defineConfig({
  plugins: [sharedKeys(), precompressed()],
  // Elements as calls with their children behind, which is shorter than an object with a list of them.
  oxc: {
    jsx: { runtime: 'classic', pragma: 'jsxElement', pragmaFrag: 'JsxFragment' },
    jsxInject: "import { Fragment as JsxFragment, h as jsxElement } from 'preact';",
  },
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
          groups: ['page', 'later'].map((chunk, index) => ({
            debugName: chunk,
            // A group takes along what its modules import: the first one has the choice.
            priority: 2 - index,
            name: (id, bundle) =>
              chunkOf(id, (each) => bundle.getModuleInfo(each)) === chunk ? chunk : null,
          })),
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
