// offload-flags - names of an mbuf's ol_flags: rte_get_rx_ol_flag_list and rte_get_tx_ol_flag_list of DPDK 22.11's lib/mbuf.

/** A name for the bits under a mask that equal a value. */
type Flag = readonly [name: string, mask: bigint, value: bigint];

const bit = (n: number): bigint => 1n << BigInt(n);
const single = (name: string, n: number): Flag => [name, bit(n), bit(n)];

/** BAD, GOOD, NONE (both bits) and UNKNOWN (neither). */
function checksum(name: string, bad: number, good: number, both = "NONE"): Flag[] {
  const mask = bit(bad) | bit(good);
  return [
    [`${name}_BAD`, mask, bit(bad)],
    [`${name}_GOOD`, mask, bit(good)],
    [`${name}_${both}`, mask, mask],
    [`${name}_UNKNOWN`, mask, 0n],
  ];
}

const RX_FLAGS: readonly Flag[] = [
  single("VLAN", 0),
  single("RSS_HASH", 1),
  single("FDIR", 2),
  ...checksum("L4_CKSUM", 3, 8),
  ...checksum("IP_CKSUM", 4, 7),
  single("OUTER_IP_CKSUM_BAD", 5),
  single("VLAN_STRIPPED", 6),
  single("IEEE1588_PTP", 9),
  single("IEEE1588_TMST", 10),
  single("FDIR_ID", 13),
  single("FDIR_FLX", 14),
  single("QINQ_STRIPPED", 15),
  single("LRO", 16),
  single("SEC_OFFLOAD", 18),
  single("SEC_OFFLOAD_FAILED", 19),
  single("QINQ", 20),
  ...checksum("OUTER_L4_CKSUM", 21, 22, "INVALID"),
];

const L4_MASK = bit(52) | bit(53);
const TUNNEL_MASK = 0xfn << 45n;
const tunnel = (name: string, kind: bigint): Flag => [`TUNNEL_${name}`, TUNNEL_MASK, kind << 45n];

const TX_FLAGS: readonly Flag[] = [
  single("VLAN", 57),
  single("IP_CKSUM", 54),
  ["TCP_CKSUM", L4_MASK, 1n << 52n],
  ["SCTP_CKSUM", L4_MASK, 2n << 52n],
  ["UDP_CKSUM", L4_MASK, 3n << 52n],
  ["L4_NO_CKSUM", L4_MASK, 0n],
  single("IEEE1588_TMST", 51),
  single("TCP_SEG", 50),
  single("IPV4", 55),
  single("IPV6", 56),
  single("OUTER_IP_CKSUM", 58),
  single("OUTER_IPV4", 59),
  single("OUTER_IPV6", 60),
  tunnel("VXLAN", 1n),
  tunnel("GTP", 7n),
  tunnel("GRE", 2n),
  tunnel("IPIP", 3n),
  tunnel("GENEVE", 4n),
  tunnel("MPLSINUDP", 5n),
  tunnel("VXLAN_GPE", 6n),
  tunnel("IP", 13n),
  tunnel("UDP", 14n),
  single("QINQ", 49),
  single("MACSEC", 44),
  single("SEC_OFFLOAD", 43),
  single("UDP_SEG", 42),
  single("OUTER_UDP_CKSUM", 41),
];

/** Characters that testpmd has room for. */
const ROOM = 255;

function list(flags: bigint, table: readonly Flag[], prefix: string): string {
  const names = table.filter(([, mask, value]) => (flags & mask) === value).map(([name]) => `${prefix}${name} `);
  return names.join("").slice(0, ROOM);
}

export const rxFlagNames = (flags: bigint): string => list(flags, RX_FLAGS, "RTE_MBUF_F_RX_");
export const txFlagNames = (flags: bigint): string => list(flags, TX_FLAGS, "RTE_MBUF_F_TX_");
