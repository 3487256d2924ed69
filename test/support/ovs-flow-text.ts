// ovs-flow-text - a flow's fields as `ovs-ofctl parse-pcap` of OVS 3.1 prints them (flow_format, match_format). Not printed there, so not seen:
// TPIDs, IGMP's group, the reserved field and first option of neighbour discovery.
import type { FlowField } from "../../src/wasm/ovs-flow.ts";

type Fields = Record<FlowField, bigint>;

const IPV4 = 0x800n;
const IPV6 = 0x86ddn;
const ARPS: readonly bigint[] = [0x806n, 0x8035n];
const MPLS: readonly bigint[] = [0x8847n, 0x8848n];
const NSH = 0x894fn;
const WITH_PORTS: readonly bigint[] = [1n, 2n, 6n, 17n, 58n, 132n];
const TCP_FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"];

const hex = (value: bigint, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;
const octets = (value: bigint, n: number): number[] =>
  Array.from({ length: n }, (_, i) => Number((value >> BigInt(8 * (n - 1 - i))) & 0xffn));
const mac = (value: bigint): string =>
  octets(value, 6)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(":");
const ipv4 = (value: bigint): string => octets(value, 4).join(".");

/** As inet_ntop: the longest run of zero words, two or more, is "::"; IPv4-compatible and -mapped addresses end as IPv4. */
export function ipv6Text(value: bigint): string {
  const words = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(16 * (7 - i))) & 0xffffn));
  let best = { from: 0, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && words[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const mapped =
    best.from === 0 &&
    (best.length === 6 || (best.length === 7 && words[7] !== 1) || (best.length === 5 && words[5] === 0xffff));
  const tail = mapped
    ? [...words.slice(0, 6).map((word) => word.toString(16)), ipv4(value & 0xffff_ffffn)]
    : words.map((word) => word.toString(16));
  if (best.length < 2) return tail.join(":");
  const length = mapped ? Math.min(best.length, 6) : best.length;
  return `${tail.slice(0, best.from).join(":")}::${tail.slice(best.from + length).join(":")}`;
}

function typeName(f: Fields): string | undefined {
  const ofIpv4 = new Map([
    [1n, "icmp"],
    [6n, "tcp"],
    [17n, "udp"],
    [132n, "sctp"],
  ]);
  const ofIpv6 = new Map([
    [58n, "icmp6"],
    [6n, "tcp6"],
    [17n, "udp6"],
    [132n, "sctp6"],
  ]);
  if (f.dl_type === IPV4) return ofIpv4.get(f.nw_proto) ?? "ip";
  if (f.dl_type === IPV6) return ofIpv6.get(f.nw_proto) ?? "ipv6";
  const others = new Map([
    [0x806n, "arp"],
    [0x8035n, "rarp"],
    [0x8847n, "mpls"],
    [0x8848n, "mplsm"],
  ]);
  return others.get(f.dl_type);
}

function vlanParts(f: Fields): string[] {
  const parts: string[] = [];
  for (const [suffix, tci] of [
    ["", f.vlan_tci],
    ["1", f.vlan_tci1],
  ] as const) {
    if (tci === 0n) return [...parts, `vlan_tci${suffix}=0x0000`];
    parts.push(`dl_vlan${suffix}=${tci & 0xfffn}`, `dl_vlan_pcp${suffix}=${tci >> 13n}`);
  }
  return parts;
}

function nshParts(f: Fields): string[] {
  const spi = f.nsh_path_hdr >> 8n;
  const parts = [
    `nsh_flags=${f.nsh_flags}`,
    `nsh_ttl=${f.nsh_ttl}`,
    `nsh_mdtype=${f.nsh_mdtype}`,
    `nsh_np=${f.nsh_np}`,
  ];
  parts.push(`nsh_spi=${hex(spi, 0)}`, `nsh_si=${f.nsh_path_hdr & 0xffn}`);
  if (f.nsh_mdtype === 1n)
    parts.push(...([f.nsh_c1, f.nsh_c2, f.nsh_c3, f.nsh_c4] as const).map((c, i) => `nsh_c${i + 1}=${hex(c, 0)}`));
  return parts;
}

function mplsParts(f: Fields): string[] {
  const lse = f.mpls_lse;
  const parts = [
    `mpls_label=${lse >> 12n}`,
    `mpls_tc=${(lse >> 9n) & 7n}`,
    `mpls_ttl=${lse & 0xffn}`,
    `mpls_bos=${(lse >> 8n) & 1n}`,
  ];
  if (lse & 0x100n) return parts;
  parts.push(`mpls_lse1=${f.mpls_lse1}`);
  return f.mpls_lse1 & 0x100n ? parts : [...parts, `mpls_lse2=${f.mpls_lse2}`];
}

function l4Parts(f: Fields): string[] {
  if (f.nw_frag & 2n || !WITH_PORTS.includes(f.nw_proto)) return [];
  const icmp = f.nw_proto === (f.dl_type === IPV6 ? 58n : 1n);
  const parts = icmp
    ? [`icmp_type=${f.tp_src}`, `icmp_code=${f.tp_dst}`]
    : [`tp_src=${f.tp_src}`, `tp_dst=${f.tp_dst}`];
  if (icmp && f.dl_type === IPV6 && f.tp_dst === 0n && (f.tp_src === 135n || f.tp_src === 136n))
    parts.push(`nd_target=${ipv6Text(f.nd_target)}`, `nd_sll=${mac(f.arp_sha)}`, `nd_tll=${mac(f.arp_tha)}`);
  if (f.nw_proto === 6n) {
    const names = TCP_FLAGS.filter((_, i) => (f.tcp_flags >> BigInt(i)) & 1n);
    parts.push(`tcp_flags=${names.length > 0 ? names.join("|") : "0"}`);
  }
  return parts;
}

/** The line that parse-pcap prints. */
export function flowText(f: Fields): string {
  const type = typeName(f);
  const parts = type === undefined ? [] : [type];
  parts.push(f.in_port === 0xffffn ? "in_port=ANY" : `in_port=${f.in_port}`, ...vlanParts(f));
  parts.push(`dl_src=${mac(f.dl_src)}`, `dl_dst=${mac(f.dl_dst)}`);
  if (type === undefined) parts.push(`dl_type=${hex(f.dl_type, 4)}`);
  const ip = f.dl_type === IPV4 || f.dl_type === IPV6;
  const named = type !== "ip" && type !== "ipv6";
  if (f.dl_type === IPV6)
    parts.push(
      `ipv6_src=${ipv6Text(f.ipv6_src)}`,
      `ipv6_dst=${ipv6Text(f.ipv6_dst)}`,
      `ipv6_label=${hex(f.ipv6_label, 5)}`,
    );
  else if (f.dl_type === IPV4) parts.push(`nw_src=${ipv4(f.nw_src)}`, `nw_dst=${ipv4(f.nw_dst)}`);
  else if (ARPS.includes(f.dl_type)) {
    parts.push(`arp_spa=${ipv4(f.nw_src)}`, `arp_tpa=${ipv4(f.nw_dst)}`, `arp_op=${f.nw_proto}`);
    parts.push(`arp_sha=${mac(f.arp_sha)}`, `arp_tha=${mac(f.arp_tha)}`);
  } else if (f.dl_type === NSH) parts.push(...nshParts(f));
  else if (MPLS.includes(f.dl_type)) parts.push(...mplsParts(f));
  if (ip && !named) parts.push(`nw_proto=${f.nw_proto}`);
  // nsh shares IP's rest of the masks
  if (f.dl_type === NSH) parts.push(`nw_proto=${f.nw_proto}`);
  if (ip || f.dl_type === NSH) {
    parts.push(`nw_tos=${f.nw_tos & 0xfcn}`, `nw_ecn=${f.nw_tos & 3n}`, `nw_ttl=${f.nw_ttl}`);
    parts.push(`nw_frag=${["no", "first", "<error>", "later"][Number(f.nw_frag)]}`, ...l4Parts(f));
  }
  return parts.join(",");
}
