/** A peer's IP address as sessions show it: IPv4 without the `::ffff:` of a socket that serves both. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
