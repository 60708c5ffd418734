import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** A set of IP addresses. */
export interface AddressSet {
  has(address: string): boolean;
}

/**
 * The addresses that a list names, one by one or as networks: `['127.0.0.1', '10.0.0.0/8', 'fd00::/8']`. An IPv4
 * address is the same as the IPv6 one that stands for it (`::ffff:10.0.0.1`).
 * TypeError, with the name of the list, for an entry that is neither.
 */
export function addressSet(entries: readonly string[], name: string): AddressSet {
  const list = new BlockList();
  for (const entry of entries) add(list, entry, name);
  // Asked of every connection, and most servers name nobody.
  if (entries.length === 0) return { has: () => false };
  return {
    has: (address) => {
      const [plain = ''] = plainAddress(address).split('%'); // without the interface of fe80::1%eth0
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

/** A peer's IP address as sessions show it: IPv4 without the `::ffff:` of a socket that serves both. */
export function plainAddress(address: string | undefined): string {
  const text = address ?? '';
  if (!text.startsWith(':')) return text;
  const mapped = /^::ffff:(.*)$/i.exec(text)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : text;
}

/**
 * What a limit per address counts by: IPv4 addresses one by one, IPv6 by /64, `2001:db8:0:1`, which is the least
 * that one customer has. Anything else is its own.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':') || !isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** `64:ff9b::192.0.2.1` ends with two groups. */
function groupsOf(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}

function add(list: BlockList, entry: string, name: string): void {
  const [, text = '', bits] = /^([^/%]+)(?:%[^/]*)?(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const address = plainAddress(text);
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const isMapped = address !== text;
  const prefix = Number(bits ?? most) - (bits !== undefined && isMapped ? 96 : 0);
  if (version === 0 || prefix < 0 || prefix > most) {
    const allowed = 'addresses such as 10.0.0.1 and networks such as 10.0.0.0/8';
    const instead = isMapped && Number(bits) <= 32 ? `: write ${address}/${bits}` : '';
    throw new TypeError(`option ${name} has ${allowed}, not ${JSON.stringify(entry)}${instead}`);
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, prefix, family);
}
