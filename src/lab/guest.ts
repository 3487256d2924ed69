// guest - a virtual machine of the lab: its NICs, and the testpmd that runs in it.
import type { VirtioNic } from "../dpdk/devices/ethdev-virtio-pci.ts";
import { VirtioPciEthdev } from "../dpdk/devices/ethdev-virtio-pci.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { PciDevice } from "../testpmd/host.ts";
import type { GuestSpec } from "./qemu-command.ts";

/** A NIC as the guest has it. */
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

  constructor({ name, cores, nics }: GuestSpec) {
    this.name = name;
    this.cores = cores;
    this.nics = nics.map((nic, i) => ({ ...nic, name: `eth${i}`, driver: "virtio-pci", combined: 1 }));
  }

  /** What DPDK finds on the guest's PCI bus. */
  pci(links: VirtioLinks): PciDevice[] {
    return this.nics.map((nic) => ({
      address: nic.address,
      make: (context, id) => new VirtioPciEthdev(context, links.at(nic.path), id, nic),
    }));
  }
}
