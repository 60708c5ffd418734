/** The segments that patterns are made of: `/topic/hosts.web-1` is `topic`, `hosts`, `web-1`. */
export function segmentsOf(destination: string): readonly string[] {
  return destination.slice(1).split(/[/.]/);
}

/** Whether a destination is a pattern: has a segment `*` (any one) or `**` (any number, none included). */
export function isPattern(destination: string): boolean {
  return destination.includes('*') && segmentsOf(destination).some((each) => each === '*' || each === '**');
}
