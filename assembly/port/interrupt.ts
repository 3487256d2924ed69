// interrupt - rte_eth_dev_rx_intr_enable and _disable: an rx queue's lcore asks the device to call, or to leave it alone.
// Only the driver side of a ring that has a vector does something (virtio_dev_rx_queue_intr_enable); all others are as they were.
import { PORT_VIRTIO } from "../abi/ports";
import { Lcore } from "../memory/lcore-context";
import { driverRxWaiting } from "../virtio/driver";
import { interruptArm, interruptDisarm } from "../virtio/interrupt";
import { driverQueueWantCalls } from "../virtio/notification";
import { DriverQueue } from "../virtio/virtqueue";
import { PortQueue } from "./queue";

/** Gives a queue its vector; 0: takes it away. */
export function portQueueInterrupt(queue: usize, interrupt: usize): void {
  changetype<PortQueue>(queue).interrupt = interrupt as u32;
}

// @ts-ignore: decorator
@inline
function hasVector(q: PortQueue): bool {
  return q.interrupt != 0 && q.kind == PORT_VIRTIO;
}

/** @returns true: packets are there already, so no call need come */
export function rxInterruptEnable(lcore: usize, queue: usize): bool {
  const q = changetype<PortQueue>(queue);
  if (!hasVector(q)) return false;
  interruptArm(q.interrupt, lcore);
  driverQueueWantCalls(q.state, 1);
  return !changetype<DriverQueue>(q.state as usize).broken && driverRxWaiting(q.state) != 0;
}

/** @returns true: a call had come */
export function rxInterruptDisable(queue: usize): bool {
  const q = changetype<PortQueue>(queue);
  if (!hasVector(q)) return false;
  driverQueueWantCalls(q.state, 0);
  return interruptDisarm(q.interrupt);
}

/** The lcore polls no more before `wake` (ps) or an interrupt that it has armed. */
export function lcoreSleepUntil(lcore: usize, wake: u64): void {
  const l = changetype<Lcore>(lcore);
  l.asleep = 1;
  l.wake = wake;
  l.sleeps++;
}
