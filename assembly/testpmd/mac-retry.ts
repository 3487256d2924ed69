// mac-retry - the engine of DPDK 2.x that the documents use: mac's addresses and nothing else of the mbuf, then up to 5 further
// attempts with 10 us before each. Source: testpmd 2.2's macfwd-retry (removed in 16.07, when `set fwd mac retry` came).
import { mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { etherSetAddresses } from "../net/ethernet";
import { Stream, streamCharge, streamRx, streamTxRetry } from "./stream";

const RETRIES: u32 = 5;
const DELAY_PS: u64 = 10_000_000;

/** @returns packets received */
export function macRetryForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    const s = changetype<Stream>(stream), packets: usize = changetype<Lcore>(lcore).packets;
    for (let p = packets, end = packets + (n << 2); p < end; p += 4) etherSetAddresses(mbufData(load<u32>(p)), s.addresses, s.addressesRest);
    streamCharge(lcore, stream, n);
    streamTxRetry(lcore, stream, n, s.retryNum ? s.retryNum : RETRIES, s.retryNum ? s.retryDelay : DELAY_PS);
  }
  return n;
}
