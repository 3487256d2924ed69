// rss-types - names of RTE_ETH_RSS_* bits, alone and in groups: rss_type_table of app/test-pmd 22.11.

/** From bit 2 on; "" where none is. */
const NAMES_FROM_2 = [
  ..."ipv4 ipv4-frag ipv4-tcp ipv4-udp ipv4-sctp ipv4-other".split(" "),
  ..."ipv6 ipv6-frag ipv6-tcp ipv6-udp ipv6-sctp ipv6-other l2-payload ipv6-ex ipv6-tcp-ex ipv6-udp-ex".split(" "),
  ...["port", "vxlan", "geneve", "nvgre", "", "gtpu", "eth", "s-vlan", "c-vlan", "esp", "ah", "l2tpv3", "pfcp"],
  ..."pppoe ecpri mpls ipv4-chksum l4-chksum l2tpv2".split(" "),
];
/** From bit 52 on. */
const NAMES_FROM_52 = [
  ..."l3-pre96 l3-pre64 l3-pre56 l3-pre48 l3-pre40 l3-pre32".split(" "),
  ..."l2-dst-only l2-src-only l4-dst-only l4-src-only l3-dst-only l3-src-only".split(" "),
];

const BIT_OF = new Map([
  ...NAMES_FROM_2.map((name, i) => [name, i + 2] as const),
  ...NAMES_FROM_52.map((name, i) => [name, i + 52] as const),
]);
const NAME_OF = new Map([...BIT_OF].map(([name, bit]) => [bit, name]));

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ip: ["ipv4", "ipv4-frag", "ipv4-other", "ipv6", "ipv6-frag", "ipv6-other", "ipv6-ex"],
  udp: ["ipv4-udp", "ipv6-udp", "ipv6-udp-ex"],
  tcp: ["ipv4-tcp", "ipv6-tcp", "ipv6-tcp-ex"],
  sctp: ["ipv4-sctp", "ipv6-sctp"],
  tunnel: ["vxlan", "geneve", "nvgre"],
  vlan: ["s-vlan", "c-vlan"],
  all: [..."eth vlan ip tcp udp sctp l2-payload l2tpv3 esp ah pfcp gtpu ecpri mpls l2tpv2".split(" ")],
};

/** str_to_rsstypes: the bits of a type or group; 0 for a name that is neither, and for "". */
export function rssTypes(name: string): bigint {
  const group = GROUPS[name];
  if (group !== undefined) return group.reduce((bits, member) => bits | rssTypes(member), 0n);
  const bit = name === "" ? undefined : BIT_OF.get(name);
  return bit === undefined ? 0n : 1n << BigInt(bit);
}

/** TESTPMD_RSS_TYPES_CHAR_NUM_PER_LINE */
const LINE = 64;

/** rss_offload_types_display: the single types, in lines. */
export function rssTypeList(types: bigint): string {
  let text = "";
  let length = 0;
  for (let bit = 0; bit < 64; bit++) {
    if (((types >> BigInt(bit)) & 1n) === 0n) continue;
    const name = NAME_OF.get(bit) ?? "";
    // an unnamed type is measured as one digit longer than it is from bit 10 on: so in 22.11
    const size = (name === "" ? "user-defined-".length + Math.trunc(bit / 10) + 1 : name.length) + 2;
    if (length + size >= LINE) {
      text += "\n";
      length = 0;
    }
    text += `  ${name === "" ? `user-defined-${bit}` : name}`;
    length += size;
  }
  return `${text}\n`;
}
