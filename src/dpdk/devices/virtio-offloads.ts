// virtio-offloads - checksum and segmentation features of net_vhost and net_virtio_user: what the one offers, what the other asks for, and which
// offloads of a port follow. Follows vhost_driver_setup and vhost_dev_csum_configure of drivers/net/vhost, virtio_dev_configure and
// virtio_dev_info_get of drivers/net/virtio (22.11).
import * as bits from "../../vhost-user/features.ts";
import { hasBit, maskOf } from "../../vhost-user/features.ts";
import type { Offloads } from "../limits.ts";
import type { VhostVdev } from "./vdev-vhost.ts";

/** RTE_ETH_RX_OFFLOAD_VLAN_STRIP; UDP_CKSUM and TCP_CKSUM, of Rx and Tx alike; RTE_ETH_RX_OFFLOAD_TCP_LRO; RTE_ETH_TX_OFFLOAD_TCP_TSO. */
export const VLAN_STRIP = 0x1n;
export const L4_CHECKSUMS = 0xcn;
export const TCP_LRO = 0x10n;
export const TCP_TSO = 0x20n;

const HOST_TSO = maskOf(bits.VIRTIO_NET_F_HOST_TSO4, bits.VIRTIO_NET_F_HOST_TSO6);

/** What a net_vhost offers of them. */
export function vhostOffloadFeatures({ tso, checksums = true }: Pick<VhostVdev, "tso" | "checksums">): bigint {
  const towards = maskOf(
    ...[bits.VIRTIO_NET_F_GUEST_CSUM, bits.VIRTIO_NET_F_GUEST_TSO4, bits.VIRTIO_NET_F_GUEST_TSO6],
    ...[bits.VIRTIO_NET_F_GUEST_ECN, bits.VIRTIO_NET_F_GUEST_UFO],
  );
  if (!checksums) return towards;
  const from = maskOf(bits.VIRTIO_NET_F_CSUM, bits.VIRTIO_NET_F_HOST_ECN, bits.VIRTIO_NET_F_HOST_UFO);
  return towards | from | (tso ? HOST_TSO : 0n);
}

/** What a net_virtio_user with these offloads asks for. */
export function virtioOffloadFeatures(rxOffloads: Offloads, txOffloads: Offloads): bigint {
  return maskOf(
    ...((rxOffloads & L4_CHECKSUMS) === 0n ? [] : [bits.VIRTIO_NET_F_GUEST_CSUM]),
    ...((rxOffloads & TCP_LRO) === 0n ? [] : [bits.VIRTIO_NET_F_GUEST_TSO4, bits.VIRTIO_NET_F_GUEST_TSO6]),
    ...((txOffloads & L4_CHECKSUMS) === 0n ? [] : [bits.VIRTIO_NET_F_CSUM]),
    ...((txOffloads & TCP_TSO) === 0n ? [] : [bits.VIRTIO_NET_F_HOST_TSO4, bits.VIRTIO_NET_F_HOST_TSO6]),
  );
}

/** Whether a driver can have TCP_TSO of a device that offers this. */
export function offersTso(features: bigint): boolean {
  return hasBit(features, bits.VIRTIO_NET_F_CSUM) && (features & HOST_TSO) === HOST_TSO;
}

/** What net_vhost does itself, by the features of the driver that is there (0n: none) and the port's offloads. */
export function vhostSoftwareChecksums(
  { legacyOlFlags }: VhostVdev,
  features: bigint,
  rxOffloads: Offloads,
  txOffloads: Offloads,
): { readonly rx: boolean; readonly tx: boolean } {
  if (legacyOlFlags) return { rx: false, tx: false };
  return {
    rx: hasBit(features, bits.VIRTIO_NET_F_CSUM) && (rxOffloads & L4_CHECKSUMS) === 0n,
    tx: !hasBit(features, bits.VIRTIO_NET_F_GUEST_CSUM) && (txOffloads & L4_CHECKSUMS) !== 0n,
  };
}
