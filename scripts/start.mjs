// `npm start`: installs what is missing, builds what is stale, and becomes hostcast itself (no child process,
// so that a signal reaches it as it was sent).

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildStale, installMissing, requireNode, root } from './workspace.mjs';

requireNode();
installMissing();
buildStale();
process.env.HOSTCAST_COMMAND = process.env.HOSTCAST_COMMAND || 'npm start --';
await import(pathToFileURL(join(root, 'packages/hostcast/dist/main.js')).href);
