// dirty-log - which pages of a guest the device side has written to, while its memory is being copied elsewhere. vhost-user, "Migration": a bit for
// each 4 KiB of guest addresses. Follows vhost_log_write of DPDK.
//
// While there is a log, packets go to the driver by the slow path, which marks what it copies; used entries are marked once a burst. The device's
// event area and flags are not: who goes on with the ring writes them first.
// Invariants: L1 a page is marked after it was written. L2 no bit beyond the log's end is touched: those pages are passed over, as DPDK does.
import { setBits8 } from "../memory/barrier";
import { regionOf, REGION_GUEST, REGION_LINEAR } from "./guest-memory";
import { RING_ENTRIES, RING_IDX } from "./split-ring";
import { DeviceQueue } from "./virtqueue";

const PAGE_SHIFT: u64 = 12;

/** Marks [linear, linear + length), which lies in one region. */
export function logWrite(q: DeviceQueue, linear: usize, length: u32): void {
  const region = regionOf(q.memory, linear);
  if (region == 0 || length == 0) return;
  const guest = <u64>linear - load<u64>(region, REGION_LINEAR) + load<u64>(region, REGION_GUEST), last = (guest + length - 1) >> PAGE_SHIFT;
  for (let page = guest >> PAGE_SHIFT; page <= last; page++) {
    if (page >> 3 >= <u64>q.logBytes) return;
    setBits8(q.log + ((page >> 3) as u32), 1 << ((page & 7) as u32));
  }
}

/** Marks the used entries of a burst of a split ring that began at `first`, and used.idx. */
export function logSplitUsed(q: DeviceQueue, first: u32): void {
  if (!q.logsUsed) return;
  logEntries(q, q.used + RING_ENTRIES, 8, first & q.mask, (q.lastAvail - first) & 0xffff);
  logWrite(q, q.used + RING_IDX, 2);
}

/** Marks the descriptors of a burst of `slots` on a packed ring that began at `slot`. */
export function logPackedUsed(q: DeviceQueue, slot: u32, slots: u32): void {
  if (q.logsUsed) logEntries(q, q.desc, 16, slot, slots);
}

function logEntries(q: DeviceQueue, base: u32, bytes: u32, first: u32, n: u32): void {
  const size = q.mask + 1, before = min<u32>(n, size - first);
  logWrite(q, base + first * bytes, before * bytes);
  logWrite(q, base, min<u32>(n - before, size) * bytes);
}

/** log: linear address of a log of `bytes`, 0: none. used: 1: the ring's own pages are marked as well. Between bursts */
export function deviceQueueLog(at: usize, log: u32, bytes: u32, used: u32): void {
  const q = changetype<DeviceQueue>(at);
  q.log = log;
  q.logBytes = bytes;
  q.logsUsed = used;
}
