// macswap - exchanges destination and source of every frame; Tx metadata as mac. Source: testpmd 22.11's macswap.
import { Mbuf, mbufData, OL_FLAGS_KEPT } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSwapAddresses } from "../net/ethernet";
import { TX_OFFLOAD_MAC } from "./mac";
import { streamCharge, streamRx, streamTx } from "./stream";

/** @returns packets received */
export function macswapForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const packets: usize = changetype<Lcore>(lcore).packets;
    for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
      const m: usize = load<u32>(p);
      etherSwapAddresses(mbufData(m));
      store<u64>(m, load<u64>(m, offsetof<Mbuf>("olFlags")) & OL_FLAGS_KEPT, offsetof<Mbuf>("olFlags"));
      store<u64>(m, TX_OFFLOAD_MAC, offsetof<Mbuf>("txOffload"));
    }
    streamCharge(lcore, stream, n);
    streamTx(lcore, stream, n);
  }
  return n;
}
