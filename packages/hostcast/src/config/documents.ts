import { allSettings, type Section, sections } from './schema.ts';
import {
  type AnySetting,
  defaultOf,
  environmentName,
  flagName,
  nameInSection,
  sectionOf,
} from './setting.ts';

// What stands in docs/ about the settings. scripts/configDocs.mjs writes it; a test says when it is stale.

/** docs/configuration.md. */
export function configurationPage(): string {
  return `${[introduction, ...sections.map(sectionPart)].join('\n\n')}\n`;
}

/** docs/hostcast.toml: every setting there is, put out of force by a `#`. */
export function exampleFile(): string {
  const intro = [
    '# All settings of hostcast.toml, with their defaults or an example. Take the # away from what you set.',
    '# hostcast check-config says whether the file is right. Flags and the environment win over it.',
  ];
  return `${[intro.join('\n'), ...sections.map(exampleSection)].join('\n\n')}\n`;
}

const introduction = `# Configuration

<!-- Made of packages/hostcast/src/config/schema.ts by \`npm run docs:config\`. -->

hostcast needs no configuration. What there is to set can stand in three places, and the later ones win:

1. the file \`hostcast.toml\` in the working folder, or the one that \`--config <file>\` or \`HOSTCAST_CONFIG\` names
   ([all of it with explanations](hostcast.toml)),
2. the environment, as \`HOSTCAST_…\`,
3. flags.

The names follow from each other: \`url\` in the section \`[influx]\` of the file is \`HOSTCAST_INFLUX_URL\` is
\`--influx-url\`. A name that is not known is refused, with the nearest one that is.

\`\`\`toml
port = 5000
interval = "5s"

[network]
allowed-hosts = ["hostcast.example.org"]
\`\`\`

\`hostcast check-config\`, with the same flags and in the same environment, says all that is wrong, with its place in the
file, and ends with 1; or it prints each setting with its value and where that comes from, and ends with 0.

- **Durations** have a unit: \`ms\`, \`s\`, \`m\`, \`h\`, \`d\`. **Sizes** too: \`B\`, \`KiB\`, \`MiB\`, \`GiB\`. In the file both stand
  in quotes.
- **Lists** are lists in the file, and have commas between their entries elsewhere. A flag can be repeated. A list takes
  the place of the one below it; they are not joined.
- **Truth values** are \`true\` and \`false\`; as flags, \`--collect\` and \`--no-collect\`.
- **Paths** in the file begin at the folder of that file, others at the working folder.
- **Secrets** stand in the environment, or in a file of their own that a setting \`…-file\` names: never in
  \`hostcast.toml\`, which is copied and shown around, and never in a flag, which everybody on the machine can read in the
  list of processes. Space around the secret in such a file does not count. hostcast warns where all can read it.
- An empty variable counts as not set. Variables that Kubernetes makes for a Service named \`hostcast\` are left alone.`;

function sectionPart({ name, title, text }: Section): string {
  const rows = allSettings.filter((setting) => sectionOf(setting) === name).map(rowOf);
  const table = [['in the file', 'environment', 'flag', 'default', 'what'], Array(5).fill('---'), ...rows];
  const lines = table.map((cells) => `| ${cells.join(' | ')} |`);
  const head = `## ${title}${name === '' ? '' : `: \`[${name}]\``}`;
  return [head, ...(text === '' ? [] : [text]), lines.join('\n')].join('\n\n');
}

function rowOf(setting: AnySetting): string[] {
  const { isSecret, isOutsideFile, kind, text, more, initialText } = setting;
  const flag = `${flagName(setting)} ${kind.placeholder}`.trim();
  const initial = defaultOf(setting);
  return [
    isSecret || isOutsideFile ? '' : `\`${nameInSection(setting)}\``,
    `\`${environmentName(setting)}\``,
    isSecret ? '' : kind.toml === 'boolean' ? `\`${flag}\`, \`--no-${flag.slice(2)}\`` : `\`${flag}\``,
    initial === undefined ? '' : initialText === undefined ? `\`${initial}\`` : initial,
    [text, more]
      .filter((part) => part !== '')
      .join('. ')
      .replaceAll('|', '\\|'),
  ];
}

function exampleSection({ name, text }: Section): string {
  const inFile = allSettings.filter(
    (setting) => sectionOf(setting) === name && !setting.isSecret && !setting.isOutsideFile,
  );
  const head = name === '' ? [] : [[...comment(text), `[${name}]`].join('\n')];
  return [...head, ...inFile.map(exampleOf)].join('\n\n');
}

function exampleOf(setting: AnySetting): string {
  const initial = setting.initialText ?? (setting.initial === undefined ? undefined : defaultOf(setting));
  const fallback = setting.example === undefined || initial === undefined ? '' : ` (default: ${initial})`;
  const secret = allSettings.find(({ key, isSecret }) => isSecret && `${key}-file` === setting.key);
  const instead = secret === undefined ? '' : `; or put it into ${environmentName(secret)}`;
  return [
    ...comment(setting.text + instead + fallback),
    `# ${nameInSection(setting)} = ${tomlOf(setting)}`,
  ].join('\n');
}

function tomlOf({ kind, initial, example }: AnySetting): string {
  const text = example ?? kind.show(initial);
  if (kind.toml === 'integer' || kind.toml === 'boolean') return text;
  if (kind.toml === 'string') return JSON.stringify(text);
  return `[${text
    .split(',')
    .map((item) => JSON.stringify(item))
    .join(', ')}]`;
}

function comment(text: string): string[] {
  return (text.match(/.{1,100}(?:\s|$)/g) ?? []).map((line) => `# ${line.trim()}`);
}
