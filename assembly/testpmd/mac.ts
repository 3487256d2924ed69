// mac - writes the peer's address as destination and the tx port's as source, on every frame (broadcasts and runts too), and the
// Tx metadata that testpmd 22.11's macfwd writes: ol_flags keep INDIRECT and EXTERNAL and get what the port's offloads ask for,
// l2_len 14, l3_len 20, both VLAN TCIs of the port, whether or not it inserts tags.
import { OL_FLAGS_KEPT } from "../mbuf/flags";
import { Mbuf, mbufData, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSetAddresses } from "../net/ethernet";
import { PortConfig } from "./config";
import { Stream, streamCharge, streamRx, streamTx } from "./stream";

/** @returns packets received */
export function macForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const s = changetype<Stream>(stream), packets: usize = changetype<Lcore>(lcore).packets;
    macRewrite(packets, n, s.addresses, s.addressesRest);
    macTag(packets, n, changetype<PortConfig>(s.txPort as usize));
    streamCharge(lcore, stream, n);
    streamTx(lcore, stream, n);
  }
  return n;
}

function macRewrite(packets: usize, n: u32, addresses: u64, rest: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p);
    etherSetAddresses(mbufData(m), addresses, rest);
    const flags = load<u64>(m, offsetof<Mbuf>("olFlags"));
    if (flags) store<u64>(m, flags & OL_FLAGS_KEPT, offsetof<Mbuf>("olFlags"));
    store<u64>(m, TX_OFFLOAD_ETHER_IPV4, offsetof<Mbuf>("txOffload"));
  }
}

/** The TCIs and the flags that ask for them; of a port without either, as most are, nothing is to be seen in the packets. */
function macTag(packets: usize, n: u32, port: PortConfig): void {
  const flags = port.txFlags, tci = port.vlanTci, outer = port.vlanTciOuter;
  if (flags == 0 && (tci | outer) == 0) return;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const mbuf = changetype<Mbuf>(load<u32>(p) as usize);
    mbuf.olFlags |= flags;
    mbuf.vlanTci = tci;
    mbuf.vlanTciOuter = outer;
  }
}
