// shared-rxq - receives from a queue that several ports share and frees; each run of packets of one port is credited to that port's
// stream on this lcore. Follows testpmd 22.11's shared_rxq.
//
// As there, the last packet of a burst is credited with the one before it, whatever its port, and packets of a port without a stream
// here are dropped. The real one crashes without --rxq-share; this one needs nothing of it.
import { DROP_NO_STREAM } from "../abi/drops";
import { Mbuf } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { PortQueue } from "../port/queue";
import { Stream, streamCharge, streamConsume, streamDrop, streamRxUncounted } from "./stream";

/** @returns packets received */
export function sharedRxqForward(lcore: usize, stream: usize): u32 {
  const n = streamRxUncounted(lcore, stream), packets: usize = changetype<Lcore>(lcore).packets;
  if (n == 0) return 0;
  streamCharge(lcore, stream, n);
  let first: u32 = 0, port = portOf(packets);
  for (let i: u32 = 1; i + 1 < n; i++) {
    const next = portOf(packets + (i << 2));
    if (next == port) continue;
    credit(lcore, stream, port, packets + (first << 2), i - first);
    first = i;
    port = next;
  }
  credit(lcore, stream, port, packets + (first << 2), n - first);
  return n;
}

function portOf(place: usize): u32 {
  return changetype<Mbuf>(load<u32>(place) as usize).port;
}

/** Frees n packets received from `port` in the name of its stream, the first of this lcore with that rx port and this queue number. */
function credit(lcore: usize, stream: usize, port: u32, packets: usize, n: u32): void {
  const l = changetype<Lcore>(lcore), s = changetype<Stream>(stream), number = changetype<PortQueue>(s.rxq as usize).number;
  for (let i: u32 = 0; i < l.streamCount; i++) {
    const other: usize = load<u32>(l.streams + (i << 2)), q = changetype<PortQueue>(changetype<Stream>(other).rxq as usize);
    if (q.port != port || q.number != number) continue;
    changetype<Stream>(other).rxPackets += n;
    streamConsume(lcore, stream, packets, n);
    return;
  }
  s.dropped += n;
  streamDrop(lcore, s, packets, n, DROP_NO_STREAM);
}
