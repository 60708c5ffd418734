/** The page of one host. */
export function hostPath(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}
