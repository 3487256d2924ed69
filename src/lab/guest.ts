// guest - a virtual machine of the lab: its QEMU process, the NICs that its testpmd may have, and its kernel.
import type { VirtioNic } from "../dpdk/devices/ethdev-virtio-pci.ts";
import { probeVirtioPci } from "../dpdk/devices/ethdev-virtio-pci.ts";
import type { PciDevice } from "../dpdk/devices/pci-devices.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { GuestKernel } from "../guest/kernel.ts";
import type { QemuConfig } from "../qemu/command-line.ts";
import type { VirtioNetDevice } from "../qemu/devices.ts";
import { Qemu } from "../qemu/qemu.ts";
import { type BoardHost, LabBoard } from "./lab-board.ts";

/** A NIC as the guest has it: on a vhost-user back-end, for DPDK's driver. */
export interface GuestNic extends VirtioNic {
  /** eth0, eth1, ...: while the kernel's driver has it. */
  readonly name: string;
  /** virtio-pci, igb_uio, vfio-pci, uio_pci_generic. */
  driver: string;
  /** ethtool -L combined. */
  combined: number;
}

export class Guest {
  readonly name: string;
  readonly cores: number;
  readonly nics: readonly GuestNic[];
  readonly qemu: Qemu;
  readonly board: LabBoard;

  /** program: QEMU's name. number: of guests before it. @throws QemuError */
  constructor(lab: BoardHost, config: QemuConfig, number: number, err: (text: string) => void) {
    this.name = config.name ?? `vm${number}`;
    this.cores = config.cores;
    this.board = new LabBoard(lab, this.name, err);
    this.qemu = new Qemu(config, this.board, number);
    this.board.qemu = this.qemu;
    const virtio = this.qemu.devices.all.filter((device): device is VirtioNetDevice => device.kind === "virtio");
    this.nics = virtio
      .filter(({ backEnd }) => backEnd === "vhost-user")
      .map((device, i) => ({
        ...this.virtioNic(device),
        ...{ name: `eth${i}`, driver: "virtio-pci", combined: 1 },
      }));
  }

  private virtioNic(spec: VirtioNetDevice): Omit<VirtioNic, "driver"> {
    const { path = "", queues } = this.qemu.backEndOf(spec);
    const { address, mac, options } = spec;
    const device = this.board.deviceOf(spec);
    const { rxQueueSize, txQueueSize } = options;
    return { address, mac, path, queues: device.maxPairs > 1 ? queues : 1, rxQueueSize, txQueueSize, device };
  }

  get kernel(): GuestKernel | undefined {
    return this.board.kernel;
  }

  /** What DPDK finds on the guest's PCI bus. */
  pci(links: VirtioLinks): PciDevice[] {
    return this.nics.map((nic) => ({
      address: nic.address,
      make: (context, id, args) => probeVirtioPci(context, links.at(nic.path), id, nic, args),
    }));
  }
}
