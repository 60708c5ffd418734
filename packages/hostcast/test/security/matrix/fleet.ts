/**
 * The hosts of the matrix. Each has a name, a tag, a figure and a measurement that occur nowhere else, so that a
 * single octet of it that reaches the wrong client is found. Some are made to be taken for others.
 */
export interface Host {
  readonly name: string;
  /** Its name in a destination, and in a path, written out by hand. */
  readonly encoded: string;
  readonly path: string;
  readonly dc: 'icn' | 'nrt';
  readonly tag: string;
  readonly figure: string;
  readonly measurement: string;
}

const named: readonly (readonly [name: string, encoded: string, path: string, dc: 'icn' | 'nrt'])[] = [
  ['web-quokka', 'web-quokka', 'web-quokka', 'icn'],
  ['web-okapi.example', 'web-okapi%2Eexample', 'web-okapi.example', 'nrt'],
  ['db-numbat', 'db-numbat', 'db-numbat', 'icn'],
  // The same but for case.
  ['DB-numbat', 'DB-numbat', 'DB-numbat', 'nrt'],
  // The same but for Unicode's normal forms.
  ['caf\u00e9-potto', 'caf%C3%A9-potto', 'caf%C3%A9-potto', 'icn'],
  ['cafe\u0301-potto', 'cafe%CC%81-potto', 'cafe%CC%81-potto', 'nrt'],
  // Everything that separates, stands for other things, or escapes.
  ['a/b%2E*.**:saola', 'a%2Fb%252E%2A%2E%2A%2A%3Asaola', 'a%2Fb%252E*.**:saola', 'icn'],
];

export const fleet: readonly Host[] = named.map(([name, encoded, path, dc], i) => ({
  name,
  encoded,
  path,
  dc,
  tag: `tagcanary${i}`,
  figure: `9000${i}.125`,
  measurement: `figcanary${i}`,
}));

export const everyHost = fleet.map(({ name }) => name);

/** What a Telegraf sends of a host, in line protocol. */
export function linesOf({ name, dc, tag, figure, measurement }: Host): string {
  const tags = `host=${name.replace(/[ ,=]/g, '\\$&')},dc=${dc},room=${tag}`;
  return [
    `mem,${tags} used_percent=48.1,available_percent=51.9`,
    `system,${tags} load1=${figure},n_cpus=8i`,
    `${measurement},${tags} ${measurement}_field=1`,
    '',
  ].join('\n');
}

const marks = new Map(
  fleet.map(({ name, encoded, tag, figure, measurement }) => [
    name,
    { names: [name, encoded].map((each) => Buffer.from(each)), others: [tag, figure, measurement] },
  ]),
);

/**
 * Which hosts' marks are in some octets, of those that are not to be seen.
 * @param named what the client itself has said: the name of a host that is in there is no secret to it
 */
export function leaksIn(octets: Buffer, seen: readonly string[], said: string): string[] {
  const leaks: string[] = [];
  for (const [host, { names, others }] of marks) {
    if (seen.includes(host)) continue;
    if (others.some((mark) => octets.includes(mark))) leaks.push(`figures of ${host}`);
    else if (!mentions(said, host) && names.some((mark) => octets.includes(mark))) leaks.push(host);
  }
  return leaks;
}

function mentions(said: string, host: string): boolean {
  const { encoded, path } = fleet.find(({ name }) => name === host)!;
  return [host, encoded, path].some((each) => said.includes(each));
}
