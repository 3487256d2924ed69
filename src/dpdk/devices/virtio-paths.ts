// virtio-paths - which burst functions a net_virtio_user port takes.
import type { Offloads } from "../limits.ts";
import type { Cpu } from "./device-context.ts";
import type { VirtioUserVdev } from "./vdev-virtio-user.ts";
import { type BurstPath, type Negotiation, negotiate } from "./virtio-negotiation.ts";
import { L4_CHECKSUMS, TCP_LRO, VLAN_STRIP } from "./virtio-offloads.ts";

/** What rte_vhost of 22.11 offers for net_vhost. */
export const NET_VHOST_FEATURES = 0xd7c66e7cbn;

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
    rxChecksum: (rxOffloads & L4_CHECKSUMS) !== 0n,
    lro: (rxOffloads & TCP_LRO) !== 0n,
    vlanStrip: (rxOffloads & VLAN_STRIP) !== 0n,
  });
}

/** Whether a ring is served by a vector burst function. */
export function isVector({ name }: BurstPath): boolean {
  return name.endsWith("_vec");
}
