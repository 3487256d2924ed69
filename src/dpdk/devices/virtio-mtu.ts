// virtio-mtu - which MTUs the driver sets, and what it says of others: virtio_mtu_set and virtio_check_scatter_on_all_rx_queues of drivers/net/virtio 22.11.
import type { DeviceContext } from "./device-context.ts";
import { logVirtioUser } from "./vdev-virtio-user.ts";

/** VIRTIO_MAX_RX_PKTLEN less what stands in front of a packet: Ethernet header, a tag, net header. */
const OVERHEAD = 14 + 4 + 12;
const MTU_MIN = 68;
export const VIRTIO_MTU_MAX = 9728 - OVERHEAD;

/**
 * Whether a frame fits the longest one and, unless it may take several (RTE_ETH_RX_OFFLOAD_SCATTER), one buffer of the pool, net header and a tag
 * included; logs it when not. most: the port's max_mtu. pool: linear address, 0: none yet
 */
export function virtioTakesMtu(
  context: DeviceContext,
  most: number,
  mtu: number,
  pool: number,
  scatters: boolean,
): boolean {
  if (mtu < MTU_MIN || mtu > most) {
    logVirtioUser(context.log, "virtio_mtu_set", `MTU should be between ${MTU_MIN} and ${most}`);
    return false;
  }
  if (scatters || pool === 0 || mtu + OVERHEAD <= context.machine.engine.mempoolDataRoom(pool) >>> 0) return true;
  const why = "Rx scatter is disabled and RxQ mbuf pool object size is too small";
  logVirtioUser(context.log, "virtio_check_scatter_on_all_rx_queues", `MTU check for RxQ 0 failed: ${why}`);
  logVirtioUser(context.log, "virtio_mtu_set", "MTU vs Rx scatter and Rx buffers check failed");
  return false;
}
