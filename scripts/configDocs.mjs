// `npm run docs:config`: writes docs/configuration.md and docs/hostcast.toml, which are made of the schema of the
// settings (packages/hostcast/src/config/schema.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildStale, root, say } from './workspace.mjs';

buildStale();
const built = pathToFileURL(join(root, 'packages/hostcast/dist/config/documents.js')).href;
const { configurationPage, exampleFile } = await import(built);
write('docs/configuration.md', configurationPage());
write('docs/hostcast.toml', exampleFile());

function write(file, text) {
  writeFileSync(join(root, file), text);
  say(`${file} is written.`);
}
