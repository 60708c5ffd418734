import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runNode } from './support/example.ts';
import { connect } from './support/network.ts';

const root = join(import.meta.dirname, '../../..');
const source = join(root, 'packages/stomp');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const temporary = mkdtempSync(join(tmpdir(), 'hostcast-package-'));
const staged = join(temporary, 'staged');
const project = join(temporary, 'project');
const installed = join(project, 'node_modules/@hostcast/stomp');
let packed: string[] = [];

function npm(folder: string, ...args: string[]): string {
  const options = ['--loglevel=error', '--no-audit', '--no-fund', '--offline'];
  return execFileSync('npm', [...args, ...options], { cwd: folder, encoding: 'utf8' });
}

// Built anew beside the checkout, so that nothing of an earlier build is in it; packed; installed in an empty
// project that has nothing else but `ws` and stompjs for a client and the types of Node, taken from this checkout.
beforeAll(() => {
  mkdirSync(staged);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'docs', 'examples']) {
    cpSync(join(source, name), join(staged, name), { recursive: true });
  }
  execFileSync(process.execPath, [tsc, '-p', source, '--outDir', join(staged, 'dist')]);
  const [{ filename, files }] = JSON.parse(npm(staged, 'pack', '--json', '--ignore-scripts'));
  packed = files.map(({ path }: { readonly path: string }) => path);
  mkdirSync(project);
  const here = (name: string) => `file:${join(root, 'node_modules', name)}`;
  const dependencies = {
    '@hostcast/stomp': `file:${join(staged, filename)}`,
    '@stomp/stompjs': here('@stomp/stompjs'),
    '@types/node': here('@types/node'),
    'undici-types': here('undici-types'),
    ws: here('ws'),
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
  npm(project, 'install');
});

afterAll(() => rmSync(temporary, { recursive: true }));

describe('the package', () => {
  test('holds what is built of each source, its declarations, documents and examples, and no more', () => {
    const sources = readdirSync(join(source, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `dist/${name.slice(0, -3)}`);
    const documents = ['docs', 'examples'].flatMap((folder) =>
      readdirSync(join(source, folder)).map((name) => `${folder}/${name}`),
    );
    expect(packed.toSorted()).toEqual(
      [
        ...['LICENSE', 'README.md', 'package.json'],
        ...documents,
        ...sources.flatMap((name) => [`${name}.js`, `${name}.d.ts`]),
      ].toSorted(),
    );
  });

  test('leads from each entry to files that are in it', () => {
    const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(exports)).toEqual(['.', './codec', './testing']);
    for (const entry of Object.values<Record<string, string>>(exports)) {
      expect(packed).toContain(entry.types?.slice(2));
      expect(packed).toContain(entry.default?.slice(2));
    }
  });

  test('depends on nothing', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest.dependencies).toBeUndefined();
  });
});

const consumer = `
import { createServer } from 'node:http';
import { type ChannelInterceptor, type CompressionOptions, createStompServer, type Message, type StompServer } from '@hostcast/stomp';
import { encodeFrame, FrameDecoder, serverFrame } from '@hostcast/stomp/codec';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';

const log: ChannelInterceptor = {
  preSend: async (message) => (message.command === 'SEND' ? message.with({ body: 'x' }) : undefined),
  postSend({ command, session, reason }) {
    const text: string = \`\${command} \${session?.remoteAddress} \${reason}\`;
    void text;
  },
};
const compression: CompressionOptions = { level: 1 };
export const stomp: StompServer = createStompServer({
  compression,
  clock: new FakeClock(),
  authenticate: ({ login }) => ({ name: login ?? 'nobody' }),
});
stomp.clientInboundChannel.use(log);
stomp.on('disconnected', ({ reason }) => reason === 'slow');
stomp.attach(createServer());
stomp.accept(new MemoryClient());
export const message: Promise<IteratorResult<Message, undefined>> = stomp.subscribe('/topic/**').next();
export const decoder = new FrameDecoder(serverFrame, { headerLineBytes: 1, headers: 1, bodyBytes: 1, frameBytes: 1 });
export const encode: typeof encodeFrame = encodeFrame;
// @ts-expect-error there is no such reason
stomp.on('disconnected', ({ reason }) => reason === 'bored');
// @ts-expect-error there is no such option
createStompServer({ heartBeat: [1, 1] });
`;

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])(
  'its types are there for a program of module %s, resolution %s, without the types of ws',
  (module, resolution) => {
    writeFileSync(join(project, 'consumer.ts'), consumer);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: 'es2023', lib: ['es2023'], skipLibCheck: false },
      ...{ exactOptionalPropertyTypes: true, module, moduleResolution: resolution, types: ['node'] },
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    );
    execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
  },
);

/** The code of the README and of the documents, with what each takes for granted before it. */
function snippets(): Map<string, string> {
  const given: Readonly<Record<string, string>> = {
    client: "import type { Client } from '@stomp/stompjs';\ndeclare const client: Client;",
    draw: 'declare function draw(message: object): void;',
    redeem: 'declare function redeem(ticket: string | null): Promise<boolean>;',
    stomp: "import type { StompServer } from '@hostcast/stomp';\ndeclare const stomp: StompServer;",
    createStompServer: "import { createStompServer } from '@hostcast/stomp';",
  };
  const found = new Map<string, string>();
  for (const file of ['README.md', 'docs/interceptors.md', 'docs/live-data.md']) {
    for (const [, code = ''] of readFileSync(join(installed, file), 'utf8').matchAll(/```js\n(.*?)```/gs)) {
      const isGiven = (name: string) => new RegExp(`(?:const|import \\{) ${name}\\b`).test(code);
      const isUsed = (name: string) => new RegExp(`\\b${name}\\b[.(]`).test(code);
      const needed = Object.keys(given).filter((name) => isUsed(name) && !isGiven(name));
      found.set(`snippet${found.size}.ts`, [...needed.map((name) => given[name]), code].join('\n'));
    }
  }
  return found;
}

test('what code its README and documents show is TypeScript, strict, as it stands', () => {
  const all = snippets();
  expect(all.size).toBe(8);
  for (const [name, code] of all) writeFileSync(join(project, name), code);
  const compilerOptions = {
    ...{ strict: true, noEmit: true, target: 'es2023', lib: ['es2023', 'dom'], types: ['node'] },
    ...{ module: 'nodenext', moduleDetection: 'force' },
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [...all.keys()] }));
  execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
});

test.each([
  ['testing', 'kim.closed.text', 'no heart-beat for 20000 ms'],
  ['codec', "frame.headers.get('receipt-id')", '1'],
])('the snippet of the README about /%s runs there as it stands', (entry, asked, answer) => {
  const code = [...snippets().values()].find((each) => each.includes(`'@hostcast/stomp/${entry}'`));
  writeFileSync(join(project, `${entry}.mjs`), `${code}\nconsole.log(${asked});`);
  const said = execFileSync(process.execPath, [`${entry}.mjs`], { cwd: project, encoding: 'utf8' });
  expect(said).toBe(`${answer}\n`);
});

test('the quick start of the README runs there as it stands', async () => {
  const readme = readFileSync(join(installed, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([^`]+)```/g)].map((match) => match[1] ?? '');
  const [serverCode = '', clientCode = ''] = blocks;
  const port = String(await freePort());
  writeFileSync(join(project, 'server.mjs'), serverCode.replaceAll('8080', port));
  writeFileSync(join(project, 'client.mjs'), clientCode.replaceAll('8080', port));
  // Node 20 has no WebSocket of its own, which stompjs looks for.
  const webSocket = "import { WebSocket } from 'ws'; globalThis.WebSocket = WebSocket;";
  writeFileSync(join(project, 'webSocket.mjs'), webSocket);
  const server = runNode(project, 'server.mjs');
  expect(await server.line()).toBe(`ws://127.0.0.1:${port}/ws`);
  const client = runNode(project, 'client.mjs', {}, ['--import', './webSocket.mjs']);
  expect(await server.line()).toBe('connect 127.0.0.1');
  for (let message = 0; message < 2; message += 1) {
    expect(await client.line()).toMatch(/^20\d\d-\d\d-\d\dT/);
  }
  await client.end();
  expect(await server.line()).toBe('disconnect 127.0.0.1 socket');
});

test('an example runs there too', async () => {
  const { line } = runNode(join(installed, 'examples'), 'chat.mjs');
  const url = await line();
  const client = await connect(`${url?.replace('http', 'ws')}/ws`);
  expect(client.connected).toBe(true);
});
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
