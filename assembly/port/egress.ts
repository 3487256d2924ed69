// egress - where packets that leave the simulation are written down, in one of two forms: [length u32][bytes] back to back with a time
// each in an array beside them, or the records of a classic pcap file, ready to be written as they are.
// The harness hands the bytes out between slices; whoever runs the lcores stops at the high-water mark, so a burst always fits.
import { EGRESS_BYTES } from "../abi/sizes";
import { Mbuf, mbufData, mbufRead } from "../mbuf/mbuf";
import { copyAny } from "../memory/copy";

@unmanaged
export class Egress {
  buffer: u32; // 0: packets are counted, not kept
  highWater: u32; // bytes: a slice stops when used passes it
  used: u32; // bytes
  count: u32; // packets
  times: u32; // u64[timeCapacity]: ps
  timeHighWater: u32; // packets: likewise
  epoch: u64; // pcap records: nanoseconds since 1970 of time 0
  records: u32; // 1: pcap records, no times
  lost: u32; // of a tap: copies for which there was no room
}

if (offsetof<Egress>() > EGRESS_BYTES) ERROR();

/** Writes the first n bytes of a packet down. time: when its last bit left, ps */
// @ts-ignore: decorator
@inline
export function egressAppend(egress: usize, m: usize, n: u32, time: u64): void {
  const e = changetype<Egress>(egress), at: usize = e.buffer + e.used, mbuf = changetype<Mbuf>(m);
  store<u32>(at, n);
  if (n <= <u32>mbuf.dataLen) copyAny(at + 4, mbufData(m), n);
  else mbufRead(m, at + 4);
  store<u64>(e.times + (e.count << 3), time);
  e.used += 4 + n;
  e.count++;
}

/** Writes the first n bytes of a packet down as a pcap record (16 bytes of header: seconds, nanoseconds, captured, length). */
export function egressRecord(egress: usize, m: usize, n: u32, seconds: u32, nanoseconds: u32): void {
  const e = changetype<Egress>(egress), at: usize = e.buffer + e.used, mbuf = changetype<Mbuf>(m);
  store<u32>(at, seconds);
  store<u32>(at, nanoseconds, 4);
  store<u32>(at, n, 8);
  store<u32>(at, mbuf.pktLen, 12);
  if (n <= <u32>mbuf.dataLen) copyAny(at + 16, mbufData(m), n);
  else mbufRead(m, at + 16); // the whole frame: what is beyond n is overwritten by the next
  e.used += 16 + n;
  e.count++;
}

export function egressIsFull(egress: usize): bool {
  const e = changetype<Egress>(egress);
  return e.buffer != 0 && (e.used >= e.highWater || e.count >= e.timeHighWater);
}

/** at: EGRESS_BYTES, zero. buffer 0: packets are only counted. highWater, timeHighWater: where a slice stops; the buffers are longer by a burst */
export function egressInit(at: usize, buffer: usize, highWater: u32, times: usize, timeHighWater: u32): void {
  const e = changetype<Egress>(at);
  e.buffer = buffer as u32;
  e.highWater = highWater;
  e.times = times as u32;
  e.timeHighWater = timeHighWater;
}

/** Makes it write pcap records. epoch: nanoseconds since 1970 of time 0 */
export function egressAsRecords(at: usize, epoch: u64): void {
  const e = changetype<Egress>(at);
  e.records = 1;
  e.epoch = epoch;
}

export function egressUsed(egress: usize): u32 {
  return changetype<Egress>(egress).used;
}

export function egressCount(egress: usize): u32 {
  return changetype<Egress>(egress).count;
}

/** The harness has taken what was there. */
export function egressClear(egress: usize): void {
  const e = changetype<Egress>(egress);
  e.used = 0;
  e.count = 0;
}

export function egressLost(egress: usize): u32 {
  return changetype<Egress>(egress).lost;
}
