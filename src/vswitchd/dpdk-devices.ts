// dpdk-devices - the DPDK devices that a switch has attached, by the devargs that name them: who uses which, what attaching and detaching say
// (netdev_dpdk_process_devargs and netdev_dpdk_detach of lib/netdev-dpdk.c, OVS 3.1). A PCI address is a device that the machine's set-up puts
// behind it.
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import { VdevBus } from "../dpdk/devices/vdev-bus.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import { parseDevArgs } from "../dpdk/eal/devargs.ts";
import { LOG_ERR, logEal } from "../dpdk/eal/eal-log.ts";
import { MAX_ETHPORTS } from "../dpdk/limits.ts";
import type { Log } from "./log.ts";
import { NetdevError } from "./netdev.ts";

interface Attached {
  readonly devargs: string;
  readonly dev: Ethdev;
  readonly user: string;
}

/** A PCI device's driver by the address: `NAME[,args]` of the virtual device that stands for it. */
export type PciMap = ReadonlyMap<string, string>;

export interface DpdkDevicesParts {
  readonly context: DeviceContext;
  readonly log: Log;
  readonly pci: PciMap;
  readonly links: VirtioLinks;
  pathKind(path: string): "missing" | "socket" | "other";
  /** NUMA node of what is attached by that name. */
  nodeOf(name: string): number;
}

export class DpdkDevices {
  private readonly context: DeviceContext;
  private readonly log: Log;
  private readonly bus: VdevBus;
  private readonly pci: PciMap;
  private readonly nodeOf: (name: string) => number;
  private readonly attached = new Map<string, Attached>();

  constructor({ context, log, pci, links, pathKind, nodeOf }: DpdkDevicesParts) {
    this.context = context;
    this.log = log;
    this.pci = pci;
    this.nodeOf = nodeOf;
    this.bus = new VdevBus(context, pathKind, links);
  }

  /** rte_eth_dev_socket_id, or 0 of a device that knows none. */
  numaOf(dev: Ethdev): number {
    const [name] = [...this.attached].find(([, { dev: other }]) => other === dev) ?? [];
    return name !== undefined && dev.hasSocket ? this.nodeOf(name) : 0;
  }

  /** Ids of ports are the lowest that are free. */
  freeId(): number {
    const taken = new Set([...this.attached.values()].map(({ dev }) => dev.id));
    for (let id = 0; id < MAX_ETHPORTS; id++) if (!taken.has(id)) return id;
    throw new NetdevError("Too many ports");
  }

  /** Name by which a device is known: its devargs up to the first comma. */
  private static nameOf(devargs: string): string {
    return devargs.replace(/,.*$/s, "");
  }

  /** By the ethdev's id, its name, or what it was attached by. */
  find(port: number | string): Ethdev | undefined {
    const all = [...this.attached].map(([name, { dev }]) => ({ name, dev }));
    return all.find(({ name, dev }) => dev.id === port || dev.name === port || name === port)?.dev;
  }

  /** @throws NetdevError in OVS's words */
  attach(devargs: string, user: string): Ethdev {
    const name = DpdkDevices.nameOf(devargs);
    const other = this.attached.get(name);
    if (other !== undefined)
      throw new NetdevError(
        `'${user}' is trying to use device '${devargs}' which is already in use by '${other.user}'`,
      );
    const dev = this.probe(devargs);
    if (dev === undefined) throw new NetdevError(`Error attaching device '${devargs}' to DPDK`);
    this.attached.set(name, { devargs, dev, user });
    this.log.info("netdev_dpdk", `Device '${devargs}' attached to DPDK`);
    return dev;
  }

  private probe(devargs: string): Ethdev | undefined {
    const { context } = this;
    const known = this.pci.get(devargs) ?? devargs;
    const device = parseDevArgs(known, (level, line) => logEal(context.log, level, line));
    if (device?.bus === "pci") logEal(context.log, LOG_ERR, `Cannot find device (${device.name})`);
    if (device?.bus !== "vdev") {
      logEal(context.log, LOG_ERR, "Failed to attach device on primary process");
      return undefined;
    }
    let made: Ethdev | undefined;
    this.bus.addAll(device, (make) => {
      made ??= make(this.freeId());
    });
    if (made === undefined) logEal(context.log, LOG_ERR, "Failed to attach device on primary process");
    return made;
  }

  /** Lets go of a device that a port had. */
  async remove(dev: Ethdev): Promise<void> {
    for (const [name, { dev: other, devargs }] of this.attached) {
      if (other !== dev) continue;
      this.attached.delete(name);
      this.bus.plugged.delete(dev.name);
      await dev.close();
      this.log.info("netdev_dpdk", `Device '${devargs}' has been removed and detached`);
    }
  }

  /** netdev-dpdk/detach. @returns the reply, and whether it is an error */
  detach(devargs: string): { readonly text: string; readonly failed: boolean } {
    const found = this.attached.get(DpdkDevices.nameOf(devargs));
    if (found === undefined) return { text: `Device '${devargs}' not found in DPDK`, failed: true };
    const users = `Device '${devargs}' is being used by the following interfaces: ${found.user}.`;
    return { text: `${users} Remove them before detaching.`, failed: true };
  }
}
