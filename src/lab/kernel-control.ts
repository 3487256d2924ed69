// kernel-control - Linux's virtio_net as it speaks with QEMU's device by the control queue: virtnet_set_rx_mode of 6.1, which says both modes and sends
// both tables whenever one of them may have changed.
import { VIRTIO_NET_CTRL_RX_ALLMULTI, VIRTIO_NET_CTRL_RX_PROMISC } from "../../assembly/abi/control.ts";
import * as bits from "../vhost-user/features.ts";
import { hasBit } from "../vhost-user/features.ts";
import { ControlQueue } from "../wasm/control-queue.ts";
import type { GuestWindow } from "../wasm/guest-window.ts";
import type { Machine } from "../wasm/machine.ts";
import type { LabNicDevice } from "./virtio-nic-device.ts";

/** virtnet_validate_features' list, as far as there are such features here. */
const NEED_QUEUE = [
  ["CTRL_RX", bits.VIRTIO_NET_F_CTRL_RX],
  ["CTRL_VLAN", bits.VIRTIO_NET_F_CTRL_VLAN],
  ["GUEST_ANNOUNCE", bits.VIRTIO_NET_F_GUEST_ANNOUNCE],
  ["MQ", bits.VIRTIO_NET_F_MQ],
  ["CTRL_MAC_ADDR", bits.VIRTIO_NET_F_CTRL_MAC_ADDR],
] as const;

/** Why the driver does not bind a device; undefined: it does. */
export function kernelFault(features: bigint): string | undefined {
  if (hasBit(features, bits.VIRTIO_NET_F_CTRL_VQ)) return undefined;
  const [name] = NEED_QUEUE.find(([, bit]) => hasBit(features, bit)) ?? [];
  return name && `device advertises feature VIRTIO_NET_F_${name} but not VIRTIO_NET_F_CTRL_VQ`;
}

/** @returns NetDevice.setRxMode; undefined: the device has no such commands */
export function kernelRxMode(
  machine: Machine,
  device: LabNicDevice,
  window: GuestWindow,
  lcore: number,
  packed: boolean,
): ((isPromiscuous: boolean, groups: readonly bigint[]) => void) | undefined {
  if (!hasBit(device.features, bits.VIRTIO_NET_F_CTRL_RX)) return undefined;
  const queue = new ControlQueue(machine, device.control, window, lcore, packed);
  return (isPromiscuous, groups) => {
    queue.setMode(VIRTIO_NET_CTRL_RX_PROMISC, isPromiscuous);
    queue.setMode(VIRTIO_NET_CTRL_RX_ALLMULTI, false);
    queue.setTables([], groups);
    device.served();
  };
}
