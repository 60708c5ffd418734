import type { Fault, Given, SourceReading } from './given.ts';
import { nearest } from './nearest.ts';
import { allSettings } from './schema.ts';
import { environmentName } from './setting.ts';

const prefix = 'HOSTCAST_';

/**
 * What are no settings: how the program was started, for texts that show a command, and the new password for
 * `hostcast user`, the token of `hostcast agent`.
 */
const ownNames: ReadonlySet<string> = new Set([
  'HOSTCAST_COMMAND',
  'HOSTCAST_USER_PASSWORD',
  'HOSTCAST_TOKEN',
]);

/** What Kubernetes puts into the environment of every pod beside a Service named `hostcast`. */
const kubernetesNames = /^HOSTCAST_(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_.*)?)$/;
const kubernetesAddress = /^(?:tcp|udp|sctp):\/\//;

/** Reads the variables `HOSTCAST_…`. An empty one counts as not set. */
export function readEnvironment(environment: NodeJS.ProcessEnv, folder: string): SourceReading {
  const keys = new Map(allSettings.map((setting) => [environmentName(setting), setting.key]));
  const given = new Map<string, Given>();
  const faults: Fault[] = [];
  for (const [name, text = ''] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || text === '' || isOthers(name, text)) continue;
    const key = keys.get(name);
    if (key !== undefined)
      given.set(key, { text, source: 'environment', where: name, line: undefined, folder });
    else {
      const meant = nearest(
        name.slice(prefix.length),
        [...keys.keys()].map((each) => each.slice(prefix.length)),
      );
      const hint = meant === undefined ? '' : `; did you mean ${prefix}${meant}?`;
      faults.push({ text: `${name}: there is no such setting${hint}`, line: undefined, isUsage: false });
    }
  }
  return { given, faults };
}

function isOthers(name: string, text: string): boolean {
  if (ownNames.has(name) || kubernetesNames.test(name)) return true;
  return name === 'HOSTCAST_PORT' && kubernetesAddress.test(text);
}
