// datapath - what threads of one datapath share (struct dp_netdev): ports and meters by number, and settings. Changed between polls.
import { DATAPATH_HZ, DATAPATH_POOL, DATAPATH_SETTINGS, DATAPATH_TX_FLUSH_INTERVAL, DATAPATH_VERSION, OVS_3_1 } from "../abi/ovs";

@unmanaged
export class Datapath {
  /** By DATAPATH_*: u64 each. */
  version: u64;
  hz: u64;
  txFlushInterval: u64; // us
  pool: u64; // mempool of packets that OVS has on its heap: copies
  meters: u32; // u32[meterCapacity]: Meter, 0: none
  meterCapacity: u32;
}
if (offsetof<Datapath>("version") != (DATAPATH_VERSION << 3) || offsetof<Datapath>("hz") != (DATAPATH_HZ << 3)) ERROR();
if (offsetof<Datapath>("txFlushInterval") != (DATAPATH_TX_FLUSH_INTERVAL << 3) || offsetof<Datapath>("pool") != (DATAPATH_POOL << 3)) ERROR();

const DATAPATH_STRUCT: u32 = 64;
if (offsetof<Datapath>() > DATAPATH_STRUCT) ERROR();

export function datapathBytes(meters: u32): u32 {
  return DATAPATH_STRUCT + (meters << 2);
}

/** at: datapathBytes, zero */
export function datapathInit(at: usize, meters: u32): void {
  const dp = changetype<Datapath>(at);
  dp.meters = (at as u32) + DATAPATH_STRUCT;
  dp.meterCapacity = meters;
}

/** what: DATAPATH_* */
export function datapathSet(at: usize, what: u32, value: u64): void {
  if (what < DATAPATH_SETTINGS) store<u64>(at + (what << 3), value);
}

/** meter: Meter, 0: none */
export function datapathMeter(at: usize, id: u32, meter: usize): void {
  const dp = changetype<Datapath>(at);
  if (id < dp.meterCapacity) store<u32>(dp.meters + (id << 2), meter as u32);
}

/** The time stamp counter at a time of `clock` ps. hz: below 2^33 */
export function datapathCycles(dp: Datapath, clock: u64): u64 {
  const hz = dp.hz, seconds = clock / 1_000_000_000_000, rest = clock % 1_000_000_000_000;
  const billionths = (rest / 1000) * hz;
  return seconds * hz + billionths / 1_000_000_000 + ((billionths % 1_000_000_000) * 1000 + (rest % 1000) * hz) / 1_000_000_000_000;
}

/** A thread without a datapath is one of 3.1 (its address is 0, and page 0 is zero). */
// @ts-ignore: decorator
@inline
export function isNew(dp: usize): bool {
  return changetype<Datapath>(dp).version == OVS_3_1;
}
