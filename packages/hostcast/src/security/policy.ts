import { isPattern } from '@hostcast/stomp';
import { hostOfDestination } from '../publish/destinations.ts';
import { mayAct, type Principal, type Role } from './principal.ts';
import { seesName } from './scope.ts';

/** What may be done. HEAD is a GET. */
export type Verb = HttpVerb | 'SUBSCRIBE' | 'SEND';
export type HttpVerb = 'GET' | 'POST' | 'PUT' | 'PATCH';

export interface Rule {
  readonly verb: Verb;
  /** A route as it is registered, a destination, or a name for many destinations: see `targetOf`. */
  readonly what: string;
  /** Who may: `anyone` without login, from this role on, or who has the right `ingest`. */
  readonly least: 'anyone' | 'ingest' | Role;
  /**
   * Whose figures are there. `own`: those of hosts in one's scope, anything else is left out; `all`: only for who
   * has no scope; `none`: nobody's.
   */
  readonly hosts: 'own' | 'all' | 'none';
}

/** One host's destination, `/topic/hosts.<host>`. */
const oneHost = '/topic/hosts.<host>';
/** Any pattern of topics. */
const anyPattern = '/topic/<pattern>';

/** Who may do what. What is not listed nobody may. */
export const policy: readonly Rule[] = [
  { verb: 'SUBSCRIBE', what: '/topic/hosts', least: 'viewer', hosts: 'own' },
  { verb: 'SUBSCRIBE', what: oneHost, least: 'viewer', hosts: 'own' },
  { verb: 'SUBSCRIBE', what: anyPattern, least: 'operator', hosts: 'all' },
  { verb: 'SUBSCRIBE', what: '/topic/sessions', least: 'operator', hosts: 'all' },
  { verb: 'SUBSCRIBE', what: '/user/queue/notices', least: 'viewer', hosts: 'none' },
  { verb: 'SEND', what: '/app/token', least: 'viewer', hosts: 'none' },
  { verb: 'SEND', what: 'telegraf', least: 'ingest', hosts: 'own' },

  // The page itself holds no figures, and shows the login.
  { verb: 'GET', what: '/*', least: 'anyone', hosts: 'none' },
  { verb: 'POST', what: '/api/login', least: 'anyone', hosts: 'none' },
  { verb: 'POST', what: '/api/refresh', least: 'anyone', hosts: 'none' },
  { verb: 'POST', what: '/api/logout', least: 'anyone', hosts: 'none' },
  { verb: 'GET', what: '/api/me', least: 'anyone', hosts: 'none' },
  { verb: 'GET', what: '/api/hosts', least: 'viewer', hosts: 'own' },
  { verb: 'GET', what: '/api/hosts/history', least: 'viewer', hosts: 'own' },
  { verb: 'GET', what: '/api/hosts/:host', least: 'viewer', hosts: 'own' },
  { verb: 'GET', what: '/api/hosts/:host/history', least: 'viewer', hosts: 'own' },
  { verb: 'GET', what: '/api/sessions', least: 'operator', hosts: 'all' },
  { verb: 'POST', what: '/api/sessions/:id/kick', least: 'operator', hosts: 'all' },
  { verb: 'POST', what: '/api/tokens', least: 'admin', hosts: 'all' },
  { verb: 'GET', what: '/metrics', least: 'viewer', hosts: 'all' },
  { verb: 'GET', what: '/healthz', least: 'anyone', hosts: 'none' },
  { verb: 'GET', what: '/readyz', least: 'anyone', hosts: 'none' },

  { verb: 'POST', what: '/write', least: 'ingest', hosts: 'own' },
  { verb: 'POST', what: '/api/v2/write', least: 'ingest', hosts: 'own' },
  { verb: 'POST', what: '/api/v3/write_lp', least: 'ingest', hosts: 'own' },
  { verb: 'POST', what: '/telegraf', least: 'ingest', hosts: 'own' },
  { verb: 'PUT', what: '/telegraf', least: 'ingest', hosts: 'own' },
  { verb: 'PATCH', what: '/telegraf', least: 'ingest', hosts: 'own' },
  { verb: 'GET', what: '/query', least: 'ingest', hosts: 'none' },
  { verb: 'POST', what: '/query', least: 'ingest', hosts: 'none' },
  { verb: 'GET', what: '/ping', least: 'anyone', hosts: 'none' },
  { verb: 'GET', what: '/health', least: 'anyone', hosts: 'none' },
];

/** `login` where nobody has signed in and who had, perhaps might. */
export type Decision = 'allow' | 'login' | 'forbid';

/** Whether somebody may do this. For `hosts: 'own'` the answer says nothing yet of what is there: see `scope.ts`. */
export function decide(principal: Principal | undefined, verb: Verb, what: string): Decision {
  const rule = ruleOf(verb, what);
  if (rule?.least === 'anyone') return 'allow';
  if (principal === undefined) return 'login';
  if (rule === undefined || !hasRight(principal, rule.least)) return 'forbid';
  return rule.hosts === 'all' && principal.scope !== undefined ? 'forbid' : 'allow';
}

/** Whether somebody may do this to a destination, by its name. */
export function decideDestination(
  principal: Principal | undefined,
  verb: 'SUBSCRIBE' | 'SEND',
  destination: string,
): Decision {
  const decision = decide(principal, verb, targetOf(destination));
  const host = hostOfDestination(destination);
  if (decision !== 'allow' || host === null) return decision;
  return seesName(principal?.scope, host) ? 'allow' : 'forbid';
}

/** Undefined for a method that no route has. */
export function verbOf(method: string): HttpVerb | undefined {
  return verbs.get(method);
}

const verbs: ReadonlyMap<string, HttpVerb> = new Map([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['POST', 'POST'],
  ['PUT', 'PUT'],
  ['PATCH', 'PATCH'],
]);

export function ruleOf(verb: Verb, what: string): Rule | undefined {
  return rules.get(`${verb} ${what}`);
}

const rules: ReadonlyMap<string, Rule> = new Map(policy.map((rule) => [`${rule.verb} ${rule.what}`, rule]));

/** What the policy calls a destination. Names in angle brackets stand for no destination of that spelling. */
function targetOf(destination: string): string {
  if (destination.includes('<')) return '';
  if (isPattern(destination)) return destination.startsWith('/topic/') ? anyPattern : '';
  return hostOfDestination(destination) === null ? destination : oneHost;
}

function hasRight(principal: Principal, least: Exclude<Rule['least'], 'anyone'>): boolean {
  if (least !== 'ingest') return mayAct(principal, least);
  return principal.right === 'ingest' || principal.kind === 'anonymous';
}
