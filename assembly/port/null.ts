// null - net_null: rx gives a full burst of frames of one length whose bytes are whatever the mbufs held, tx frees.
// Rx takes its mbufs in one bulk; where that fails it returns 0 and counts nothing, as the real one.
import { NULL_QUEUE_BYTES } from "../abi/sizes";
import { COUNTER_CONSUMED, COUNTER_GENERATED } from "../abi/counters";
import { mbufFreeBurst } from "../mbuf/free";
import { mbufBytes, mbufReset } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { STOP_NONE } from "../virtio/virtqueue";
import { countAdd, countBurst, PortQueue } from "./queue";

@unmanaged
export class NullQueue {
  length: u32; // bytes of each frame
  number: u32; // packets so far
  left: u64; // packets still to give
}

if (offsetof<NullQueue>() > NULL_QUEUE_BYTES) ERROR();

export function nullRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), s = changetype<NullQueue>(q.state as usize);
  if (<u64>n > s.left) n = s.left as u32;
  if (n == 0 || !mempoolGet(lcore, q.pool, packets, n)) return 0;
  const length = s.length, rearm = q.rearm;
  let number = s.number;
  for (let p = packets, end = packets + (n << 2); p < end; p += 4) mbufReset(load<u32>(p), rearm, length, number++ & 0x7fff_ffff);
  s.number = number;
  s.left -= n;
  countAdd(q, COUNTER_GENERATED, n);
  countBurst(q, n, n * length);
  return n;
}

export function nullTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue);
  const bytes = mbufBytes(packets, n);
  q.stall = STOP_NONE;
  countAdd(q, COUNTER_CONSUMED, n);
  countBurst(q, n, bytes);
  mbufFreeBurst(lcore, packets, n);
  return n;
}

/** at: NULL_QUEUE_BYTES, zero. frames: how many rx gives */
export function nullQueueInit(at: usize, length: u32, frames: u64): void {
  const s = changetype<NullQueue>(at);
  s.length = length;
  s.left = frames;
}
