// port-offloads - what of a port's offloads is where: in testpmd's port, in its queues' settings, in the device since its start.
// `tx_vlan set` changes a port's and not its queues'; `csum set` and `tso set` copy the port's to its tx queues; a device has what
// it was last configured with. Follows dev_conf, rxq[].conf and txq[].conf of app/test-pmd 22.11.

import type { Offloads } from "../../dpdk/limits.ts";
import type { Port } from "../app.ts";
import { keepPer } from "../keep.ts";

interface Sides {
  rx: Offloads;
  tx: Offloads;
}

interface Kept {
  /** Of queues that differ from what all started with. */
  readonly rx: Map<number, Offloads>;
  readonly tx: Map<number, Offloads>;
  initial: Sides;
  /** What the device has while a change waits for the port's start. */
  configured: Sides;
}

const sidesOf = (port: Port): Sides => ({ rx: port.rxOffloads, tx: port.txOffloads });

const keptOf = keepPer(
  (port: Port): Kept => ({ rx: new Map(), tx: new Map(), initial: sidesOf(port), configured: sidesOf(port) }),
);

/** conf.offloads of a queue. */
export function queueOffloads(port: Port, side: keyof Sides, queue: number): Offloads {
  const kept = keptOf(port);
  return kept[side].get(queue) ?? kept.initial[side];
}

/** Sets conf.offloads of a queue; takes effect when the port starts. */
export function setQueueOffloads(port: Port, side: keyof Sides, queue: number, offloads: Offloads): void {
  keptOf(port)[side].set(queue, offloads);
}

/** dev_conf of the device: what rte_eth_dev_conf_get gives. */
export function configuredOffloads(port: Port): Sides {
  return port.needReconfigure ? keptOf(port).configured : sidesOf(port);
}

/** The device has taken a port's Rx offloads while it runs; its queues' settings stay. */
export function setRxOffloads(port: Port, offloads: Offloads): void {
  keptOf(port); // what queues started with is known from now on
  port.rxOffloads = offloads;
}

/** Has the port's next start configure the device; what it has until then is remembered. */
export function configureAtStart(port: Port): void {
  if (!port.needReconfigure) keptOf(port).configured = sidesOf(port);
  port.needReconfigure = true;
}

/** Changes a port's offloads; the device gets them when the port starts. */
export function changePortOffloads(port: Port, side: keyof Sides, offloads: Offloads): void {
  configureAtStart(port);
  if (side === "rx") port.rxOffloads = offloads;
  else port.txOffloads = offloads;
  port.needReconfigureQueues = true;
}
