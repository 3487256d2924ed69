// vdev-bus - makes devices of --vdev and `port attach`: the vdev bus's probe. A device that fails is reported, and the others go on.
import type { DevArgs } from "../eal/devargs.ts";
import { type DeviceContext, ProbeError } from "./device-context.ts";
import type { Ethdev } from "./ethdev.ts";
import { NullEthdev } from "./ethdev-null.ts";
import { PcapEthdev } from "./ethdev-pcap.ts";
import { RingEthdev } from "./ethdev-ring.ts";
import { VhostEthdev } from "./ethdev-vhost.ts";
import { VirtioUserEthdev } from "./ethdev-virtio-user.ts";
import { logBusProbeFailed, logProbeFailed, parseVdev, type Vdev } from "./vdev.ts";
import { vdevDriverOf } from "./vdev-driver.ts";
import { logVirtioUserFault, logVirtioUserNoSocket, type VirtioUserVdev } from "./vdev-virtio-user.ts";
import { VirtioLinks } from "./virtio-link.ts";

/** Makes a device that becomes port `id`. @throws ProbeError when it cannot be; what there is to say has been logged */
export type Maker = (id: number) => Ethdev;
type PathKind = "missing" | "socket" | "other";

export class VdevBus {
  private readonly context: DeviceContext;
  private readonly kindOf: (path: string) => PathKind;
  private readonly links: VirtioLinks;
  /** Paths that a vhost device of this process listens at, or is about to. */
  private readonly hostPaths = new Set<string>();
  private pcapInstances = 0;
  /** Names of devices that are there, also those whose ports are closed. */
  readonly plugged = new Set<string>();

  /** pathKind: what is at a path of the file system. links: of the machine that the process is on, if it shares them with others */
  constructor(context: DeviceContext, pathKind: (path: string) => PathKind, links?: VirtioLinks) {
    this.context = context;
    this.kindOf = pathKind;
    this.links = links ?? new VirtioLinks(context.machine);
  }

  /** rte_bus_probe of the devices on the command line. add: makes each, and keeps it */
  probeAll(devices: readonly DevArgs[], add: (make: Maker) => void): void {
    const { log } = this.context;
    for (const { name, args } of devices) this.noteHost(name, args);
    let failed = false;
    for (const device of devices) {
      if (device.bus !== "vdev" || this.addAll(device, add)) continue;
      logProbeFailed(log, device.name);
      failed = true;
    }
    if (failed) logBusProbeFailed(log);
  }

  /** Makes the devices that one argument asks for. @returns false: its driver refused */
  addAll(device: DevArgs, add: (make: Maker) => void): boolean {
    const { log } = this.context;
    const vdev = parseVdev(device, {
      log,
      pathKind: (path) => (this.hostPaths.has(path) ? "socket" : this.kindOf(path)),
    });
    if (vdev === "failed") return false;
    if (vdev === "absent") return true;
    this.noteHost(device.name, device.args);
    try {
      for (const make of this.makers(vdev)) add(make);
      this.plugged.add(device.name);
      return true;
    } catch (error) {
      if (error instanceof ProbeError) return false;
      throw error;
    }
  }

  private noteHost(name: string, args: string): void {
    const path = vdevDriverOf(name) === "net_vhost" ? /(?:^|,)iface=([^,]*)/.exec(args)?.[1] : undefined;
    if (path !== undefined) this.hostPaths.add(path);
  }

  /** @throws ProbeError when there is no device behind the path, or it refuses the queues */
  private checkBackend(vdev: VirtioUserVdev): void {
    const { log } = this.context;
    if (!this.hostPaths.has(vdev.path) && !vdev.server && this.kindOf(vdev.path) === "missing") {
      logVirtioUserNoSocket(log, vdev, "No such file or directory");
      throw new ProbeError();
    }
    if (logVirtioUserFault(log, vdev)) throw new ProbeError();
  }

  private makers(vdev: Vdev): Maker[] {
    const { context } = this;
    switch (vdev.driver) {
      case "net_null":
        return [(id) => new NullEthdev(context, id, vdev)];
      case "net_pcap":
        return [
          (id) => {
            const device = new PcapEthdev(context, id, vdev, this.pcapInstances);
            this.pcapInstances++; // one whose files cannot be opened takes no address
            return device;
          },
        ];
      case "net_ring":
        return vdev.actions.map(
          ({ name }): Maker =>
            (id) =>
              new RingEthdev(context, id, name, vdev.devargs),
        );
      case "net_vhost":
        return [(id) => new VhostEthdev(this.links.at(vdev.iface), id, vdev, context)];
      case "net_virtio_user":
        this.checkBackend(vdev);
        return [(id) => new VirtioUserEthdev(context, this.links.at(vdev.path), id, vdev, vdev.devargs)];
    }
  }
}
