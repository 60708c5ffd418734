// The tables of options and limits in packages/stomp/README.md, made of the comments and defaults of
// src/options.ts. `node scripts/stompReadme.mjs` writes them; with --check it only says whether they are right.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, say } from './workspace.mjs';

const readmePath = join(root, 'packages/stomp/README.md');
const source = readFileSync(join(root, 'packages/stomp/src/options.ts'), 'utf8');

const destination = [
  ...propertiesOf('DestinationOptions'),
  ...propertiesOf('HistoryOptions').map(({ name, text }) => ({ name: `history.${name}`, text })),
];
const before = readFileSync(readmePath, 'utf8');
let after = before;
const compression = propertiesOf('CompressionOptions').map(({ name, text }) => ({
  name: `compression.${name}`,
  text,
}));
put('options', ['option', 'what'], rowsOf([...propertiesOf('StompServerOptions'), ...compression]));
put('destination-options', ['option', 'what'], rowsOf(destination));
put('limits', ['limit', 'default', 'what'], limitRows());
if (after === before) say('The tables of the README are those of options.ts.');
else if (process.argv.includes('--check')) {
  fail('The tables of packages/stomp/README.md are not those of options.ts: node scripts/stompReadme.mjs');
} else writeFileSync(readmePath, after);

/** The properties of an interface with the text of their comments. */
function propertiesOf(name) {
  const [, body] = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source) ?? [];
  if (body === undefined) fail(`options.ts has no interface ${name}`);
  const found = [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s+readonly (\w+)/g)];
  const names = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map((match) => match[1]);
  const undocumented = names.filter((each) => !found.some((match) => match[2] === each));
  if (undocumented.length > 0) fail(`${name} in options.ts: no comment at ${undocumented.join(', ')}`);
  return found.map(([, comment, property]) => ({
    name: property,
    text: comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim(),
  }));
}

function rowsOf(properties) {
  return properties.map(({ name, text }) => [`\`${name}\``, text.replaceAll('|', '\\|')]);
}

/** The value is that of the code; what the comment says of the default is left out of the text. */
function limitRows() {
  const [, body] = /defaultLimits: Limits = \{\n([\s\S]*?)\n\}/.exec(source) ?? [];
  const values = new Map([...body.matchAll(/(\w+): (.+),/g)].map((match) => [match[1], numberOf(match[2])]));
  return propertiesOf('Limits').map(({ name, text }) => [
    `\`${name}\``,
    values.get(name).toLocaleString('en'),
    text.replace(/; default [\d.,]*\d( MiB| KiB| s)?/, ''),
  ]);
}

/** Numbers as the defaults are written: `64 * MiB`, `16 * 1024`, `Math.floor(1.1 * MiB)`. */
function numberOf(expression) {
  const factors = expression.replace(/^Math\.floor\((.*)\)$/, '$1').split(' * ');
  const product = factors.reduce(
    (so, factor) => so * (factor === 'MiB' ? 2 ** 20 : Number(factor.replaceAll('_', ''))),
    1,
  );
  if (Number.isNaN(product)) fail(`options.ts: what is ${expression}?`);
  return Math.floor(product);
}

function put(name, head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(after)) fail(`the README has no place for ${name}`);
  after = after.replace(place, (_all, start, end) => `${start}${lines.join('\n')}\n${end}`);
}
