// pacer - turns captured times into arrivals: the source's speed, then the line rate of the port each packet enters by, then the
// rx queue that RSS chooses. Runs once over each part of the index, in replay order, before the run reads it.
//
// Speeds: as captured (divided by a factor), so many packets a second, so many bits a second on the wire. A step backwards in
// captured time is clamped and counted. All integers: picoseconds.
import { PACER_BYTES, PACER_PORTS } from "../abi/sizes";
import { INGRESS_BYTES, INGRESS_DATA, INGRESS_ID, INGRESS_LENGTH, INGRESS_PORT, INGRESS_QUEUE, INGRESS_TIME } from "../abi/ingress";
import { rssHash } from "../net/rss";
import { WIRE_OVERHEAD } from "./nic";

export const PACE_CAPTURE: u32 = 0;
export const PACE_PPS: u32 = 1;
export const PACE_BPS: u32 = 2;

@unmanaged
export class Pacer {
  mode: u32;
  started: u32;
  numerator: u64; // capture: times are multiplied by numerator / denominator; pps: ps of `denominator` packets; bps: ps of `denominator` bytes
  denominator: u64;
  base: u64; // ns: captured time of the first packet
  last: u64; // ns: latest captured time so far
  amount: u64; // packets or wire bytes so far
  offset: u64; // ps added to every arrival: where this replay of the capture starts
  latest: u64; // ps: latest arrival given out
  id: u32; // number of the next packet
  backwards: u32; // steps back in captured time
  psPerByte: u32; // line rate of the ports, 0: none
  queues: u32; // rx queues a port
  key: u32; // RSS key, 44 bytes
  table: u32; // u16[128]: hash's low 7 bits to queue, RETA
  scratch: u32; // 64 bytes
  longest: u32; // bytes of the longest frame so far
  wire: u64; // then u64[PACER_PORTS]: each port's line is taken until
}

if (offsetof<Pacer>() + PACER_PORTS * 8 > PACER_BYTES) ERROR();

/** numerator x value / denominator without overflow for values whose quotient fits; both factors below 2^63. */
function scale(value: u64, numerator: u64, denominator: u64): u64 {
  const whole = value / denominator, rest = value % denominator;
  return whole * numerator + (rest * numerator) / denominator;
}

/** Stamps n entries. Afterwards Pacer.latest is the last arrival. @returns n */
export function pacerStamp(pacer: usize, entries: usize, n: u32): u32 {
  const p = changetype<Pacer>(pacer), lines = pacer + offsetof<Pacer>("wire");
  const end = entries + n * INGRESS_BYTES;
  for (let e = entries; e < end; e += INGRESS_BYTES) {
    const captured = load<u64>(e, INGRESS_TIME), wireBytes = load<u32>(e, INGRESS_LENGTH) + WIRE_OVERHEAD;
    if (!p.started) {
      p.started = 1;
      p.base = captured;
      p.last = captured;
    }
    if (captured < p.last) p.backwards++;
    else p.last = captured;
    let at: u64;
    if (p.mode == PACE_CAPTURE) at = scale((p.last - p.base) * 1000, p.numerator, p.denominator);
    else {
      at = scale(p.amount, p.numerator, p.denominator);
      p.amount += p.mode == PACE_PPS ? 1 : <u64>wireBytes;
    }
    at += p.offset;
    const line = lines + (<u32>(load<u16>(e, INGRESS_PORT) & (PACER_PORTS - 1)) << 3), free = load<u64>(line);
    if (p.psPerByte) {
      // The last bit cannot be in before the line has carried it; the first packet is the origin of time.
      if (at < free) at = free;
      store<u64>(line, at + <u64>wireBytes * p.psPerByte);
    }
    if (at > p.latest) p.latest = at;
    if (wireBytes - WIRE_OVERHEAD > p.longest) p.longest = wireBytes - WIRE_OVERHEAD;
    store<u64>(e, at, INGRESS_TIME);
    store<u32>(e, p.id++, INGRESS_ID);
    if (p.queues > 1) {
      const hash = rssHash(p.key, load<u32>(e, INGRESS_DATA), load<u32>(e, INGRESS_LENGTH), p.scratch);
      store<u16>(e, load<u16>(p.table + ((hash & 127) << 1)), INGRESS_QUEUE);
    } else {
      store<u16>(e, 0, INGRESS_QUEUE);
    }
  }
  return n;
}

/** at: PACER_BYTES, zero. numerator, denominator: see Pacer. psPerByte: line rate, 0 none. key, table, scratch: RSS, where queues > 1 */
export function pacerInit(
  at: usize, mode: u32, numerator: u64, denominator: u64, psPerByte: u32, queues: u32, key: usize, table: usize, scratch: usize,
): void {
  const p = changetype<Pacer>(at);
  p.mode = mode;
  p.numerator = numerator;
  p.denominator = denominator;
  p.psPerByte = psPerByte;
  p.queues = queues;
  p.key = key as u32;
  p.table = table as u32;
  p.scratch = scratch as u32;
}

/** Starts the capture again (another file, or the next loop of a streamed one): captured time begins anew, arrivals go on at `offset` ps. */
export function pacerRestart(at: usize, offset: u64): void {
  const p = changetype<Pacer>(at);
  p.started = 0;
  p.amount = 0;
  p.offset = offset;
}

/** Latest arrival given out, ps. */
export function pacerLatest(at: usize): u64 {
  return changetype<Pacer>(at).latest;
}

/** Bytes of the longest frame stamped. */
export function pacerLongest(at: usize): u32 {
  return changetype<Pacer>(at).longest;
}

/** Steps back in captured time that were clamped. */
export function pacerBackwards(at: usize): u32 {
  return changetype<Pacer>(at).backwards;
}
