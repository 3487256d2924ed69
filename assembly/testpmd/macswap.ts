// macswap - exchanges destination and source of every frame, runts too; Tx metadata by tx-metadata. Source: testpmd 22.11's macswap.
import { OL_FLAGS_KEPT } from "../mbuf/flags";
import { Mbuf, mbufData, TX_OFFLOAD_ETHER_IPV4 } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSwapAddresses } from "../net/ethernet";
import { PortConfig } from "./config";
import { Stream, streamCharge, streamRx, streamTx } from "./stream";
import { txTag } from "./tx-metadata";

/** @returns packets received */
export function macswapForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const packets: usize = changetype<Lcore>(lcore).packets;
    macswapBurst(packets, n);
    txTag(packets, n, changetype<PortConfig>(changetype<Stream>(stream).txPort as usize));
    streamCharge(lcore, stream, n);
    streamTx(lcore, stream, n);
  }
  return n;
}

function macswapBurst(packets: usize, n: u32): void {
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) {
    const m: usize = load<u32>(p);
    etherSwapAddresses(mbufData(m));
    store<u64>(m, load<u64>(m, offsetof<Mbuf>("olFlags")) & OL_FLAGS_KEPT, offsetof<Mbuf>("olFlags"));
    store<u64>(m, TX_OFFLOAD_ETHER_IPV4, offsetof<Mbuf>("txOffload"));
  }
}
