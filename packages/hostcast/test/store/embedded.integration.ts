import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { storeContract } from './storeContract.ts';

storeContract('the embedded store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hostcast-'));
  const open = () => openEmbeddedStore({ folder });
  return {
    store: await open(),
    reopen: open,
    cleanup: () => rm(folder, { recursive: true, force: true }),
  };
});
