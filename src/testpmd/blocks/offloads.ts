// offloads - names of the RTE_ETH_*_OFFLOAD_* bits, and `show port N rx_offload|tx_offload capabilities|configuration`.
// Follows lib/ethdev's name tables and cmd_*_offload_get_* of app/test-pmd 22.11.

import type { Offloads } from "../../dpdk/limits.ts";
import type { Port } from "../app.ts";
import { right } from "./format.ts";
import { configuredOffloads, queueOffloads } from "./port-offloads.ts";

/** By bit; "" where none is. */
const RX_NAMES = [
  "VLAN_STRIP",
  "IPV4_CKSUM",
  "UDP_CKSUM",
  "TCP_CKSUM",
  "TCP_LRO",
  "QINQ_STRIP",
  "OUTER_IPV4_CKSUM",
  "MACSEC_STRIP",
  "",
  "VLAN_FILTER",
  "VLAN_EXTEND",
  "",
  "",
  "SCATTER",
  "TIMESTAMP",
  "SECURITY",
  "KEEP_CRC",
  "SCTP_CKSUM",
  "OUTER_UDP_CKSUM",
  "RSS_HASH",
  "BUFFER_SPLIT",
] as const;
const TX_NAMES = [
  "VLAN_INSERT",
  "IPV4_CKSUM",
  "UDP_CKSUM",
  "TCP_CKSUM",
  "SCTP_CKSUM",
  "TCP_TSO",
  "UDP_TSO",
  "OUTER_IPV4_CKSUM",
  "QINQ_INSERT",
  "VXLAN_TNL_TSO",
  "GRE_TNL_TSO",
  "IPIP_TNL_TSO",
  "GENEVE_TNL_TSO",
  "MACSEC_INSERT",
  "MT_LOCKFREE",
  "MULTI_SEGS",
  "MBUF_FAST_FREE",
  "SECURITY",
  "UDP_TNL_TSO",
  "IP_TNL_TSO",
  "OUTER_UDP_CKSUM",
  "SEND_ON_TIMESTAMP",
] as const;

export type RxOffload = Exclude<(typeof RX_NAMES)[number], "">;
export type TxOffload = (typeof TX_NAMES)[number];

const bitOf = (names: readonly string[], name: string): Offloads => {
  const bit = names.indexOf(name);
  return bit < 0 ? 0n : 1n << BigInt(bit);
};

export const rxOffload = (name: RxOffload): Offloads => bitOf(RX_NAMES, name);
export const txOffload = (name: TxOffload): Offloads => bitOf(TX_NAMES, name);

const TABLES = {
  rx: { title: "Rx", names: RX_NAMES },
  tx: { title: "Tx", names: TX_NAMES },
} as const;
export type Side = keyof typeof TABLES;

/** The bit that a command names, in small letters; 0: there is none. */
export function offloadNamed(side: Side, name: string): Offloads {
  return bitOf(TABLES[side].names, name.toUpperCase());
}

/** Names of the bits that are set, each behind a blank. names: by bit */
export function namesOfBits(bits: bigint, names: readonly string[]): string {
  const digits = [...bits.toString(2)].reverse();
  return digits.map((digit, bit) => (digit === "1" ? ` ${names[bit] || "UNKNOWN"}` : "")).join("");
}

export function offloadCapabilities(side: Side, { id, dev }: Port): string {
  const { title, names } = TABLES[side];
  const { info } = dev;
  const [all, queue] =
    side === "rx" ? [info.rxOffloads, info.rxQueueOffloads] : [info.txOffloads, info.txQueueOffloads];
  return (
    `${title} Offloading Capabilities of port ${id} :\n  Per Queue :${namesOfBits(queue, names)}\n` +
    `  Per Port  :${namesOfBits(all ^ queue, names)}\n\n`
  );
}

/** queues: how many the port has */
export function offloadConfiguration(side: Side, port: Port, queues: number): string {
  const { title, names } = TABLES[side];
  const lines = Array.from(
    { length: queues },
    (_, q) => `  Queue[${right(q, 2)}] :${namesOfBits(queueOffloads(port, side, q), names)}\n`,
  );
  const configured = namesOfBits(configuredOffloads(port)[side], names);
  return `${title} Offloading Configuration of port ${port.id} :\n  Port :${configured}\n${lines.join("")}\n`;
}
