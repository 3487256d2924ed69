// meter - the datapath's meters: a token bucket a band, of thousandths of packets or of bits, that gets its rate each millisecond. A batch is
// charged as a whole, and packet by packet only where a bucket has not enough for all. Follows dp_netdev_run_meter of OVS 3.1; packets of
// one batch arrive at one time.
import { lockGive, lockTake } from "../memory/barrier";
import { Mbuf } from "../mbuf/mbuf";

@unmanaged
export class Meter {
  lock: u32;
  inPackets: u32; // OFPMF13_PKTPS
  bands: u32;
  reserved: u32;
  used: u64; // us
  packets: u64;
  octets: u64;
}

@unmanaged
export class Band {
  rate: u32; // packets or kbit a second
  burst: u32; // packets or kbit
  bucket: u64; // thousandths of packets, or bits
  packets: u64; // dropped
  octets: u64;
}

const METER_BYTES: usize = 64;
const BAND_BYTES: usize = 32;
const TOKENS: u32 = 1000;
if (offsetof<Meter>() > METER_BYTES || offsetof<Band>() > BAND_BYTES) ERROR();

export function meterBytes(bands: u32): u32 {
  return (METER_BYTES + bands * BAND_BYTES) as u32;
}

/** at: meterBytes, zero. now: ps */
export function meterInit(at: usize, inPackets: u32, bands: u32, now: u64): void {
  const meter = changetype<Meter>(at);
  meter.inPackets = inPackets;
  meter.bands = bands;
  meter.used = now / 1_000_000;
}

/** burst 0: as the rate. Its bucket is full. */
export function meterBand(at: usize, i: u32, rate: u32, burst: u32): void {
  const band = bandOf(at, i);
  band.rate = rate;
  band.burst = burst ? burst : rate;
  band.bucket = <u64>band.burst * TOKENS;
}

/** Packets and bytes of the meter, then those that each band dropped: u64[2 + 2 x bands] at `to`. */
export function meterRead(at: usize, to: usize): void {
  const meter = changetype<Meter>(at);
  store<u64>(to, meter.packets);
  store<u64>(to, meter.octets, 8);
  for (let i: u32 = 0; i < meter.bands; i++) {
    store<u64>(to + (i << 4), bandOf(at, i).packets, 16);
    store<u64>(to + (i << 4), bandOf(at, i).octets, 24);
  }
}

// @ts-ignore: decorator
@inline
function bandOf(at: usize, i: u32): Band {
  return changetype<Band>(at + METER_BYTES + (i as usize) * BAND_BYTES);
}

/** packets: u32[n]; now: us; scratch: u32[n]. @returns a bit for each packet to drop */
export function meterRun(at: usize, packets: usize, n: u32, now: u64, scratch: usize): u32 {
  const meter = changetype<Meter>(at);
  lockTake(at);
  // threads may come out of order
  const ms = now / 1000 > meter.used / 1000 ? now / 1000 - meter.used / 1000 : 0;
  let octets: u32 = 0, dropped: u32 = 0;
  for (let i: u32 = 0; i < n; i++) octets += lengthOf(packets, i);
  meter.used = now;
  meter.packets += n;
  meter.octets += octets;
  const volume: u64 = meter.inPackets ? <u64>n * TOKENS : <u64>octets << 3;
  memory.fill(scratch, 0, n << 2);
  for (let b: u32 = 0; b < meter.bands; b++) {
    const band = bandOf(at, b);
    band.bucket = min<u64>(band.bucket + ms * band.rate, <u64>band.burst * TOKENS);
    if (band.bucket >= volume) band.bucket -= volume;
    else dropped |= exceed(meter, b, packets, n, scratch);
  }
  for (let left = dropped; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32, band = bandOf(at, load<u32>(scratch + (i << 2)) - 1);
    band.packets++;
    band.octets += lengthOf(packets, i);
  }
  lockGive(at);
  return dropped;
}

/**
 * Charges a band packet by packet. fired: u32[n], of each packet the band with the highest rate that it exceeded, from 1.
 * @returns a bit for each packet that exceeds it
 */
function exceed(meter: Meter, b: u32, packets: usize, n: u32, fired: usize): u32 {
  const at = changetype<usize>(meter), band = bandOf(at, b);
  let dropped: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const cost = meter.inPackets ? TOKENS : lengthOf(packets, i) << 3;
    if (band.bucket >= cost) {
      band.bucket -= cost;
      continue;
    }
    dropped |= 1 << i;
    const other = load<u32>(fired + (i << 2));
    if (!other || band.rate > bandOf(at, other - 1).rate) store<u32>(fired + (i << 2), b + 1);
  }
  return dropped;
}

function lengthOf(packets: usize, i: u32): u32 {
  return changetype<Mbuf>(load<u32>(packets + (i << 2)) as usize).pktLen;
}
