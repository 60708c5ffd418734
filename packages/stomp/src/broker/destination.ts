/** The segments that patterns are made of: `/topic/hosts.web-1` is `topic`, `hosts`, `web-1`. */
export function segmentsOf(destination: string): readonly string[] {
  return destination.slice(1).split(/[/.]/);
}

/** Whether a destination is a pattern: has a segment `*` (any one) or `**` (any number, none included). */
export function isPattern(destination: string): boolean {
  return destination.includes('*') && segmentsOf(destination).some((each) => each === '*' || each === '**');
}

/** The private destination of a user behind `/user/queue/x` and `publishToUser(name, '/queue/x')`. */
export function userDestination(name: string, destination: string): string {
  return `/user/${encodeURIComponent(name)}${destination}`;
}

/** The same of one session. Clients have no way to name it. */
export function sessionDestination(id: string, destination: string): string {
  return `/session/${id}${destination}`;
}

/** What subscribers of a destination see it called: theirs are all `/user/queue/x`, whoever they are. */
export function shownDestination(destination: string): string {
  if (destination.startsWith('/topic/')) return destination;
  return destination.replace(/^\/(?:user|session)\/[^/]*/, '/user');
}
