// vdev - a virtual device's arguments, typed by its driver, and the bus's lines about devices that failed.
// Follows drivers/bus/vdev of 22.11. A device that its driver refuses is no end of the program: the bus notes it and goes on with
// the next. The drivers' log lines, types and levels are in vdev-*.ts.
import type { DevArgs } from "../eal/devargs.ts";
import { type EalLog, LOG_ERR, logEal } from "../eal/eal-log.ts";
import type { Refusal } from "./vdev-base.ts";
import { vdevDriverOf } from "./vdev-driver.ts";
import { type NullVdev, parseNull } from "./vdev-null.ts";
import { type PcapVdev, parsePcap } from "./vdev-pcap.ts";
import { parseRing, type RingVdev } from "./vdev-ring.ts";
import { parseVhost, type VhostVdev } from "./vdev-vhost.ts";
import { parseVirtioUser, type VirtioUserContext, type VirtioUserVdev } from "./vdev-virtio-user.ts";

export type Vdev = PcapVdev | NullVdev | RingVdev | VhostVdev | VirtioUserVdev;

/** Reads a device's arguments as its driver's probe does. */
export function parseVdev(device: DevArgs, context: VirtioUserContext): Vdev | Refusal {
  switch (vdevDriverOf(device.name)) {
    case "net_pcap":
      return parsePcap(device, context.log);
    case "net_null":
      return parseNull(device, context.log);
    case "net_ring":
      return parseRing(device, context.log);
    case "net_vhost":
      return parseVhost(device);
    case "net_virtio_user":
      return parseVirtioUser(device, context);
    default:
      return "failed";
  }
}

/** vdev_probe's line for a device that failed. */
export function logProbeFailed(log: EalLog, name: string): void {
  log.log("bus.vdev", LOG_ERR, `vdev_probe(): failed to initialize ${name} device\n`);
}

/** rte_bus_probe's line, once, after all devices, when any failed. */
export function logBusProbeFailed(log: EalLog): void {
  logEal(log, LOG_ERR, "Bus (vdev) probe failed.");
}
