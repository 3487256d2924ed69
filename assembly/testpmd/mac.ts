// mac - writes the peer's address as destination and the tx port's as source, on every frame (broadcasts and runts too), and the
// Tx metadata that testpmd 22.11's macfwd writes: ol_flags keep INDIRECT and EXTERNAL, l2_len 14, l3_len 20.
// Not modelled: VLAN, QinQ and MACsec insertion (the offload flags of a port are an issue of their own).
import { Mbuf, mbufData, OL_FLAGS_KEPT } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSetAddresses } from "../net/ethernet";
import { Stream, streamCharge, streamRx, streamTx } from "./stream";

/** l2_len 14 in bits 0-6, l3_len 20 in bits 7-15. */
export const TX_OFFLOAD_MAC: u64 = 14 | (20 << 7);

/** @returns packets received */
export function macForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    macRewrite(changetype<Lcore>(lcore).packets, n, changetype<Stream>(stream).addresses, changetype<Stream>(stream).addressesRest);
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
    store<u64>(m, TX_OFFLOAD_MAC, offsetof<Mbuf>("txOffload"));
  }
}
