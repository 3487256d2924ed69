// address - addresses as the command line takes and prints them: rte_ether_unformat_addr, rte_ether_format_addr and inet_pton.
// A MAC address is a bigint of 48 bits whose lowest byte is the first on the wire, as the engine keeps it.

const MAC_BYTES = 6;
const IPV6_GROUPS = 8;

/** XX:XX:XX:XX:XX:XX or XXXX:XXXX:XXXX, every digit written; undefined for anything else. */
export function parseMac(text: string): bigint | undefined {
  if (!/^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{4}(?::[0-9a-f]{4}){2})$/i.test(text)) return undefined;
  const bytes = text.replaceAll(":", "").match(/../g) ?? [];
  return bytes.reduceRight((mac, byte) => (mac << 8n) | BigInt(`0x${byte}`), 0n);
}

/** Upper-case hexadecimal, as all of testpmd prints it. */
export function formatMac(mac: bigint): string {
  const byte = (i: number): number => Number((mac >> BigInt(8 * i)) & 0xffn);
  return Array.from({ length: MAC_BYTES }, (_, i) => byte(i).toString(16).toUpperCase().padStart(2, "0")).join(":");
}

/** rte_is_multicast_ether_addr. */
export function isMulticastMac(mac: bigint): boolean {
  return (mac & 1n) === 1n;
}

/** What inet_pton takes for AF_INET: four decimal numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** What inet_pton takes for AF_INET6: groups, one `::` at most, an IPv4 address in place of the last two. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const all = groups.flat();
  const last = all.at(-1);
  const embedded = last?.includes(".") ?? false;
  if (embedded && !isIpv4(last ?? "")) return false;
  const hex = embedded ? all.slice(0, -1) : all;
  if (!hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = hex.length + (embedded ? 2 : 0);
  return halves.length === 2 ? count < IPV6_GROUPS : count === IPV6_GROUPS;
}
