// virtio - a port over the driver side of virtqueues: what the virtio PMD and virtio-user are.
// rx drops what the PMD drops (shorter than an Ethernet header behind the net header, too few buffers) and counts it in ierrors.
import { COUNTER_ERRORS, COUNTER_NOMBUF, COUNTER_NOTIFIED } from "../abi/counters";
import { TRACE_DROP, TRACE_RX, TRACE_TX } from "../abi/trace";
import { Lcore } from "../memory/lcore-context";
import { driverIndex, driverRx, driverRxWaiting, driverTx, driverTxFree, takesVector } from "../virtio/driver";
import { DriverQueue, STOP_BROKEN, STOP_FULL, STOP_NONE } from "../virtio/virtqueue";
import { countAdd, countBurst, countDrop, PortQueue } from "./queue";
import { softwareRx } from "./software";
import { traceAt, traceBurst } from "./trace";

/** Rx burst. @returns packets, 0..min(n, 64) */
export function virtioRx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), vq = changetype<DriverQueue>(q.state as usize), kicks = vq.kicks;
  q.index = driverIndex(q.state, vq.usedCons);
  vq.burstBytes = 0;
  n = driverRx(lcore, q.state, packets, n);
  if (vq.errors) countErrors(lcore, q, vq);
  const missing = takesVector(vq) ? vq.missing : vq.freeCount; // the refill wants all or nothing and got nothing
  if (missing && !vq.broken) countAdd(q, COUNTER_NOMBUF, missing);
  if (vq.kicks != kicks) countAdd(q, COUNTER_NOTIFIED, vq.kicks - kicks);
  if (n == 0) return 0;
  if (q.software) vq.burstBytes -= softwareRx(q.software, packets, n);
  countBurst(q, n, vq.burstBytes);
  if (changetype<Lcore>(lcore).traceOn) {
    q.occupancy = driverRxWaiting(q.state);
    traceBurst(lcore, TRACE_RX, queue, packets, n, 0, 0, vq.mergeable != 0);
  }
  return n;
}

function countErrors(lcore: usize, q: PortQueue, vq: DriverQueue): void {
  countAdd(q, COUNTER_ERRORS, vq.errors);
  for (let i: u32 = 0; i < vq.errors; i++) {
    const record: usize = vq.errorPackets + (i << 3), reason = load<u32>(record, 4);
    countDrop(q, reason, 1);
    if (changetype<Lcore>(lcore).traceOn) {
      traceAt(lcore, changetype<Lcore>(lcore).clock, TRACE_DROP, changetype<usize>(q), load<u32>(record), 0, q.index, 0, reason);
    }
  }
}

/** Tx burst: publishes; packets are freed by a later burst. @returns packets taken, 0..n */
export function virtioTx(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue), vq = changetype<DriverQueue>(q.state as usize), kicks = vq.kicks;
  q.index = driverIndex(q.state, vq.availIdx);
  const taken = driverTx(lcore, q.state, packets, n);
  q.stall = taken == n ? STOP_NONE : vq.broken ? STOP_BROKEN : STOP_FULL;
  if (taken == 0) return 0;
  countBurst(q, taken, vq.burstBytes);
  if (vq.kicks != kicks) countAdd(q, COUNTER_NOTIFIED, vq.kicks - kicks);
  if (changetype<Lcore>(lcore).traceOn) {
    q.occupancy = vq.mask + 1 - vq.freeCount;
    traceBurst(lcore, TRACE_TX, queue, packets, taken, 0, 0, false);
  }
  return taken;
}

/** Places for packets of one segment. */
export function virtioTxFree(lcore: usize, queue: usize): u32 {
  return driverTxFree(lcore, changetype<PortQueue>(queue).state);
}

export function virtioRxWaiting(queue: usize): u32 {
  return driverRxWaiting(changetype<PortQueue>(queue).state);
}
