// virtio-nic - the other end of net_virtio: a virtio NIC's device as its driver finds it on the PCI bus, and what the driver tells it by the control
// queue. Follows virtio_send_command and its callers in drivers/net/virtio 22.11: each checks its own feature, none that there is a queue.
import * as abi from "../../../assembly/abi/control.ts";
import { VIRTIO_F_RING_PACKED } from "../../../assembly/abi/features.ts";
import * as bits from "../../vhost-user/features.ts";
import { hasBit } from "../../vhost-user/features.ts";
import { ControlQueue, type NetControl } from "../../wasm/control-queue.ts";
import { LOG_ERR, LOG_INFO, LOG_NOTICE } from "../eal/eal-log.ts";
import type { DeviceContext } from "./device-context.ts";
import { EAGAIN, EINVAL, ENOTSUP, EPERM } from "./errno.ts";

/** A device of QEMU's. */
export interface VirtioNicDevice {
  /** Features that it offers by itself: its back-end adds offloads. */
  readonly features: bigint;
  /** Of its configuration space; there with MTU and MQ. */
  readonly mtu: number;
  readonly maxPairs: number;
  /** MSI-X vectors: the first tells of changes of its configuration space; 0: it has no MSI-X. */
  readonly vectors: number;
  readonly control: NetControl;
  /** A command was served. */
  served(): void;
  /** Calls `changed` when its link comes or goes. @returns what ends it */
  watchLink(changed: () => void): () => void;
}

/** What a receive mode is called in the driver: its function, its log line, its command. */
const MODES = {
  promiscuous: { from: "promiscuous", words: "promisc", command: abi.VIRTIO_NET_CTRL_RX_PROMISC },
  allmulticast: { from: "allmulticast", words: "allmulticast", command: abi.VIRTIO_NET_CTRL_RX_ALLMULTI },
} as const;

/** The driver's end of the control queue. Calls return 0, -errno, or the device's ack, as the driver's own do. */
export class VirtioControl {
  private readonly context: DeviceContext;
  private readonly device: VirtioNicDevice;
  /** Made with the first command: its ring lies in the memory that comes with the pool. */
  private queue: ControlQueue | undefined;

  constructor(context: DeviceContext, device: VirtioNicDevice) {
    this.context = context;
    this.device = device;
  }

  has(feature: number): boolean {
    return hasBit(this.device.features, feature);
  }

  private send(command: (queue: ControlQueue) => number): number {
    const { context, device } = this;
    if (!this.has(bits.VIRTIO_NET_F_CTRL_VQ)) {
      this.log("init", LOG_ERR, "virtio_send_command", "Control queue is not supported.");
      return -EPERM;
    }
    const packed = this.has(VIRTIO_F_RING_PACKED);
    this.queue ??= new ControlQueue(context.machine, device.control, context.window, context.mainLcore, packed);
    const ack = command(this.queue);
    device.served();
    return ack;
  }

  /** virtio_dev_promiscuous_enable and its three neighbours. */
  setMode(which: keyof typeof MODES, on: boolean): number {
    const { from, words, command } = MODES[which];
    const verb = on ? "enable" : "disable";
    const where = `virtio_dev_${from}_${verb}`;
    if (!this.has(bits.VIRTIO_NET_F_CTRL_RX)) {
      this.log("init", LOG_INFO, where, "host does not support rx control");
      return -ENOTSUP;
    }
    if (this.send((queue) => queue.setMode(command, on)) === 0) return 0;
    this.log("init", LOG_ERR, where, `Failed to ${verb} ${words}`);
    return -EAGAIN;
  }

  /** virtio_mac_table_set. macs: all that the port has, group addresses among them */
  setTable(macs: readonly bigint[]): number {
    if (!this.has(bits.VIRTIO_NET_F_CTRL_MAC_ADDR)) {
      this.log("driver", LOG_INFO, "virtio_mac_table_set", "host does not support mac table");
      return -EPERM;
    }
    const isGroup = (mac: bigint): boolean => (mac & 1n) !== 0n;
    const unicast = macs.filter((mac) => !isGroup(mac));
    const status = this.send((queue) => queue.setTables(unicast, macs.filter(isGroup)));
    if (status !== 0) this.log("driver", LOG_NOTICE, "virtio_mac_table_set", `mac table set failed: ${status}`);
    return status;
  }

  /** virtio_mac_addr_set: without the command it writes the configuration space, which a modern device ignores. */
  setAddress(mac: bigint): number {
    if (this.has(bits.VIRTIO_NET_F_CTRL_MAC_ADDR)) return this.send((queue) => queue.setAddress(mac));
    return this.has(bits.VIRTIO_NET_F_MAC) ? 0 : -ENOTSUP;
  }

  /** virtio_vlan_filter_set. */
  filterVlan(vlan: number, on: boolean): number {
    if (!this.has(bits.VIRTIO_NET_F_CTRL_VLAN)) return -ENOTSUP;
    return this.send((queue) => queue.setVlan(vlan, on));
  }

  /** virtio_set_multiple_queues_auto. */
  setPairs(pairs: number): number {
    if (this.send((queue) => queue.setPairs(pairs)) === 0) return 0;
    const why = "Multiqueue configured but send command failed, this is too late now...";
    this.log("init", LOG_ERR, "virtio_set_multiple_queues_auto", why);
    return -EINVAL;
  }

  /** virtio_init_device: a reset, and the features agreed on anew. The queue stays where it is, empty. */
  reset(): void {
    this.device.control.reset(this.has(bits.VIRTIO_NET_F_MQ), this.has(bits.VIRTIO_NET_F_CTRL_VLAN));
    this.device.served();
  }

  /** A reset, and no driver behind it: nothing is agreed on. */
  release(): void {
    this.device.control.reset(false, false);
  }

  private log(type: "init" | "driver", level: number, from: string, text: string): void {
    this.context.log.log(`pmd.net.virtio.${type}`, level, `${from}(): ${text}\n`);
  }
}
