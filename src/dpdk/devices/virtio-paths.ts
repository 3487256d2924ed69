// virtio-paths - which burst functions a net_virtio_user port takes, and what its driver says of that and of the device, at level info.
// The lines are those of virtio_dev_configure, virtio_dev_start and set_rxtx_funcs (22.11).
// Not modelled: "set features", which comes when the device is asked, at the driver's probe; ours asks it later.
import { type EalLog, LOG_INFO } from "../eal/eal-log.ts";
import type { Offloads } from "../limits.ts";
import type { Cpu } from "./device-context.ts";
import type { VirtioUserVdev } from "./vdev-virtio-user.ts";
import { type BurstPath, type Negotiation, negotiate } from "./virtio-negotiation.ts";

/** What rte_vhost of 22.11 offers for net_vhost. */
export const NET_VHOST_FEATURES = 0xd7c66e7cbn;
/** RTE_ETH_RX_OFFLOAD_* */
const VLAN_STRIP = 0x1n;
const UDP_AND_TCP_CKSUM = 0xcn;
const TCP_LRO = 0x10n;

/** Of a net_virtio_user's arguments: those that bear on it. */
type Choice = Pick<VirtioUserVdev, "mac" | "cq" | "mrgRxbuf" | "inOrder" | "packedVq" | "vectorized">;

/** features: the device's, or what was agreed on with it */
export function negotiatePaths(
  features: bigint,
  vdev: Choice,
  { simdBits, hasAvx512 }: Cpu,
  rxOffloads: Offloads,
): Negotiation {
  const { cq, mrgRxbuf, inOrder, packedVq, vectorized } = vdev;
  return negotiate(features, {
    ...{ mac: vdev.mac !== undefined, cq, mrgRxbuf, inOrder, packedVq, vectorized, simdBits, hasAvx512 },
    rxChecksum: (rxOffloads & UDP_AND_TCP_CKSUM) !== 0n,
    lro: (rxOffloads & TCP_LRO) !== 0n,
    vlanStrip: (rxOffloads & VLAN_STRIP) !== 0n,
  });
}

/** Whether a ring is served by a vector burst function. */
export function isVector({ name }: BurstPath): boolean {
  return name.endsWith("_vec");
}

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

/** virtio_init_queue */
export function logVirtioQueue(log: EalLog, number: number): void {
  info(log, "virtio_init_queue", `setting up queue: ${number} on NUMA node -1`);
}

function info(log: EalLog, from: string, text: string): void {
  log.log("pmd.net.virtio.init", LOG_INFO, `${from}(): ${text}\n`);
}
