// virtio-user-log - what net_virtio_user's driver says at level info of its device, its rings and its burst functions. The lines are those of
// virtio_user_dev_init, virtio_init_queue, virtio_dev_configure, virtio_dev_start and set_rxtx_funcs (22.11).
// Not modelled: "set features", which comes when the device is asked, at the driver's probe; ours asks it later.
import { type EalLog, LOG_INFO } from "../eal/eal-log.ts";
import type { Negotiation } from "./virtio-negotiation.ts";

/** virtio_dev_configure: vector paths that were asked for in vain. */
export function logVirtioConfigured(log: EalLog, { notes }: Negotiation): void {
  for (const note of notes) log.log("pmd.net.virtio.driver", LOG_INFO, `virtio_dev_configure(): ${note}\n`);
}

/** set_rxtx_funcs, at each start of the port. */
export function logVirtioPaths(log: EalLog, port: number, { rx, tx }: Negotiation): void {
  for (const [path, direction] of [
    [tx, "Tx"],
    [rx, "Rx"],
  ] as const)
    info(log, "set_rxtx_funcs", `virtio: using ${path.words} ${direction} path on port ${port}`);
}

/** A mode of the receive filter that wants a control queue, where there is none. */
export function logVirtioNoControl(log: EalLog, from: string): void {
  info(log, from, "host does not support rx control");
}

/** The device has answered: virtio_user_dev_init_mac. mac: as given, and readable */
export function logVirtioUserMac(log: EalLog, path: string, mac: string | undefined): void {
  const what = mac === undefined ? "No valid MAC in devargs or device, use random" : `MAC ${mac} specified`;
  info(log, "virtio_user_dev_init_mac", `(${path}) ${what}`);
}

/** A device on the PCI bus, as any here is: eth_virtio_pci_init. */
export function logVirtioPci(log: EalLog): void {
  info(log, "virtio_read_caps", "found modern virtio pci device.");
  info(log, "vtpci_init", "modern virtio pci detected.");
}

/** virtio_init_queue */
export function logVirtioQueue(log: EalLog, number: number): void {
  info(log, "virtio_init_queue", `setting up queue: ${number} on NUMA node -1`);
}

function info(log: EalLog, from: string, text: string): void {
  log.log("pmd.net.virtio.init", LOG_INFO, `${from}(): ${text}\n`);
}
