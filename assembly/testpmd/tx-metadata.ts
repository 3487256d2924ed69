// tx-metadata - the Tx metadata that macswap and 5tswap leave: ol_flags keep INDIRECT and EXTERNAL and get what the port's offloads ask
// for; a VLAN TCI is written only when its flag is. Source: testpmd 22.11's macswap_common.
import { TX_QINQ, TX_VLAN } from "../mbuf/flags";
import { Mbuf } from "../mbuf/mbuf";
import { PortConfig } from "./config";

/** The flags and the TCIs they ask for; most ports ask for none. Before it the flags were cleared but for those that are kept. */
export function txTag(packets: usize, n: u32, port: PortConfig): void {
  const flags = port.txFlags;
  if (flags == 0) return;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const mbuf = changetype<Mbuf>(load<u32>(p) as usize);
    mbuf.olFlags |= flags;
    if (flags & TX_VLAN) mbuf.vlanTci = port.vlanTci;
    if (flags & TX_QINQ) mbuf.vlanTciOuter = port.vlanTciOuter;
  }
}
