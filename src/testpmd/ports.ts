// ports - the life of testpmd's ports: probed, configured, started, stopped, closed, attached and detached, with what 22.11 prints on the
// way (start_port and its neighbours in app/test-pmd/testpmd.c).
// Not modelled: bonding, hairpin queues, flow rules to flush, sockets of several NUMA nodes (all is on socket 0).

import { formatMac } from "../dpdk/address.ts";
import { type DeviceContext, ProbeError } from "../dpdk/devices/device-context.ts";
import { ENOTSUP, strerror } from "../dpdk/devices/errno.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import { linkText } from "../dpdk/devices/link-text.ts";
import { type PciChoice, type PciDevice, probePci } from "../dpdk/devices/pci-devices.ts";
import { VdevBus } from "../dpdk/devices/vdev-bus.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import { type DevArgs, parseDevArgs } from "../dpdk/eal/devargs.ts";
import { LOG_ERR, LOG_WARNING, logEal } from "../dpdk/eal/eal-log.ts";
import type { Io } from "../dpdk/io.ts";
import { MAX_ETHPORTS } from "../dpdk/limits.ts";
import type { Port } from "./app.ts";
import { newPort } from "./new-port.ts";
import type { Settings } from "./settings.ts";

/** RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE. */
const FAST_FREE = 0x10000n;

/** What the ports need to know of the program around them. */
export interface PortOwner extends Io {
  readonly settings: Settings;
  /** The port takes part in forwarding that is going on. */
  isForwarding(id: number): boolean;
  /** Waits: for links to come up. */
  rest(ms?: number): Promise<void>;
  /** A port came or went. */
  portsChanged(): void;
}

export class Ports {
  readonly byId = new Map<number, Port>();
  /** Linear address of the mempool; 0 until it is made. */
  pool = 0;
  private readonly owner: PortOwner;
  private readonly context: DeviceContext;
  private readonly bus: VdevBus;
  /** Quitting: links are not waited for. */
  private noLinkCheck = false;

  constructor(
    owner: PortOwner,
    context: DeviceContext,
    pathKind: (path: string) => "missing" | "socket" | "other",
    links: VirtioLinks | undefined,
  ) {
    this.owner = owner;
    this.context = context;
    this.bus = new VdevBus(context, pathKind, links);
  }

  /** rte_bus_probe's first half: the PCI bus stands before the virtual one. */
  probePci(choices: readonly PciChoice[], devices: readonly PciDevice[]): void {
    const kept = (dev: Ethdev): void => void this.add(dev);
    probePci(this.context, choices, devices, () => this.freeId(), kept);
  }

  /** rte_bus_probe of the devices on the command line. */
  probeAll(devices: readonly DevArgs[]): void {
    this.bus.probeAll(devices, (make) => this.add(make(this.freeId())));
  }

  private freeId(): number {
    for (let id = 0; id < MAX_ETHPORTS; id++) if (!this.byId.has(id)) return id;
    logEthdev(this.context, "Reached maximum number of Ethernet ports");
    throw new ProbeError();
  }

  private add(dev: Ethdev): Port {
    const port = newPort(dev);
    this.byId.set(dev.id, port);
    return port;
  }

  /** init_config_port_offloads: what all ports start from. */
  initOffloads(port: Port): void {
    const { rxOffloads, txOffloads } = this.owner.settings;
    port.rxOffloads = rxOffloads;
    port.txOffloads = (port.dev.info.txOffloads & FAST_FREE) === 0n ? txOffloads & ~FAST_FREE : txOffloads;
    port.needReconfigure = true;
    port.needReconfigureQueues = true;
  }

  private *selected(id: number | undefined): Generator<Port> {
    for (const port of [...this.byId.values()].sort((a, b) => a.id - b.id)) {
      if (id === undefined || id === port.id) yield port;
    }
  }

  /** port_id_is_invalid with its message. */
  private isUnknown(id: number | undefined): boolean {
    if (id === undefined || this.byId.has(id)) return false;
    this.owner.err(`Invalid port ${id}\n`);
    return true;
  }

  /** start_port. @returns false: a port could not be started, and the others were not tried */
  async start(id: number | undefined): Promise<boolean> {
    const { owner } = this;
    if (this.isUnknown(id)) return true;
    let exist = false;
    let alreadyStarted = true;
    let started = false;
    for (const port of this.selected(id)) {
      exist = true;
      if (port.status !== "stopped") {
        owner.err(`Port ${port.id} is now not stopped\n`);
        continue;
      }
      alreadyStarted = false;
      if (!this.configure(port)) return false;
      if ((await port.dev.connect()) !== 0) {
        owner.err(`Fail to configure port ${port.id}\n`);
        port.needReconfigure = true;
        return false;
      }
      const diag = port.dev.start();
      if (diag < 0) {
        owner.err(`Fail to start port ${port.id}: ${strerror(diag)}\n`);
        continue;
      }
      port.status = "started";
      owner.out(`Port ${port.id}: ${formatMac(port.dev.mac)}\n`);
      started = true;
    }
    if (started && !owner.settings.noLinkCheck) await this.checkLinks();
    else if (exist && alreadyStarted) owner.err("Please stop the ports first\n");
    owner.out("Done\n");
    return true;
  }

  /** rte_eth_dev_configure and the set-ups of queues, where something has changed. */
  private configure(port: Port): boolean {
    const { owner } = this;
    const { rxq, txq, rxd, txd, rxFreeThreshold, txFreeThreshold } = owner.settings;
    if (port.needReconfigure) {
      port.needReconfigure = false;
      owner.out(`Configuring Port ${port.id} (socket 0)\n`);
      const complaint = port.dev.refusedQueues(rxq, txq);
      if (complaint !== undefined) {
        logEthdev(this.context, complaint);
        owner.err(`Fail to configure port ${port.id}\n`);
        port.needReconfigure = true;
        return false;
      }
      port.dev.configureOffloads(port.txOffloads, port.rxOffloads);
    }
    if (port.needReconfigureQueues) {
      port.needReconfigureQueues = false;
      const queues = { rxq, txq, rxd, txd, rxFreeThreshold, txFreeThreshold, rxOffloads: port.rxOffloads };
      const refused = port.dev.configure(queues, this.pool);
      if (refused !== undefined) {
        owner.err(`Fail to configure port ${port.id} ${refused} queues\n`);
        port.needReconfigureQueues = true;
        return false;
      }
      port.rxd = rxd;
      port.txd = txd;
      port.rxQueueStarted = Array.from({ length: rxq }, () => true);
      port.txQueueStarted = Array.from({ length: txq }, () => true);
    }
    return true;
  }

  /** check_all_ports_link_status: with link interrupts one look, else up to 9 s for all to come up, and then a line each. */
  private async checkLinks(): Promise<void> {
    const { owner } = this;
    owner.out("Checking link statuses...\n");
    if (owner.settings.lscInterrupt) return;
    const ports = [...this.selected(undefined)];
    for (let tries = 0; tries < 90 && !ports.every(({ dev }) => dev.link().up); tries++) await owner.rest(100);
    for (const { id, dev } of ports) owner.out(`Port ${id} ${linkText(dev.link())}\n`);
  }

  async stop(id: number | undefined): Promise<void> {
    const { owner } = this;
    if (this.isUnknown(id)) return;
    owner.out("Stopping ports...\n");
    let check = false;
    for (const port of this.selected(id)) {
      if (this.refuseForwarding(port)) continue;
      if (port.status !== "started") continue;
      port.dev.stop();
      port.status = "stopped";
      check = true;
    }
    if (check && !owner.settings.noLinkCheck && !this.noLinkCheck) await this.checkLinks();
    owner.out("Done\n");
  }

  private refuseForwarding(port: Port): boolean {
    if (!this.owner.isForwarding(port.id)) return false;
    this.owner.err(`Please remove port ${port.id} from forwarding configuration.\n`);
    return true;
  }

  async close(id: number | undefined): Promise<void> {
    const { owner } = this;
    if (this.isUnknown(id)) return;
    owner.out("Closing ports...\n");
    for (const port of this.selected(id)) {
      if (this.refuseForwarding(port)) continue;
      await port.dev.close();
      port.status = "closed";
      this.byId.delete(port.id);
      owner.out(`Port ${port.id} is closed\n`);
    }
    owner.portsChanged();
    owner.out("Done\n");
  }

  async reset(id: number | undefined): Promise<void> {
    const { owner } = this;
    if (this.isUnknown(id)) return;
    const started = [...this.selected(id)].some((port) => port.status !== "stopped");
    if (started) {
      owner.err("Can not reset port(s), please stop port(s) first.\n");
      return;
    }
    owner.out("Resetting ports...\n");
    for (const port of this.selected(id)) {
      if (this.refuseForwarding(port)) continue;
      owner.err(`Failed to reset port ${port.id}. diag=${-ENOTSUP}\n`);
    }
    owner.out("Done\n");
  }

  /** attach_port: `port attach IDENTIFIER`. */
  async attach(identifier: string): Promise<void> {
    const { owner, context } = this;
    owner.out("Attaching a new port...\n");
    const device = parseDevArgs(identifier, (level, line) => logEal(context.log, level, line));
    const failed = (): void => context.log.log("testpmd", LOG_ERR, `testpmd: Failed to attach port ${identifier}\n`);
    if (device === undefined || device.bus !== "vdev") {
      failed();
      return;
    }
    const taken = this.bus.plugged.has(device.name);
    const made: Port[] = [];
    if (taken || !this.bus.addAll(device, (make) => made.push(this.add(make(this.freeId()))))) {
      if (!taken) logEal(context.log, LOG_ERR, `Driver cannot attach the device (${device.name})`);
      logEal(context.log, LOG_ERR, "Failed to attach device on primary process");
      if (!taken) failed();
      return;
    }
    for (const port of made) {
      this.initOffloads(port);
      this.promiscuous(port);
      owner.portsChanged();
      owner.out(`Port ${port.id} is attached. Now total ports is ${this.byId.size}\nDone\n`);
    }
  }

  /** Turns promiscuous mode on, as testpmd does with every port it gets. */
  promiscuous(port: Port): void {
    const result = port.dev.setPromiscuous(true);
    if (result === 0) return;
    const why = strerror(result);
    this.owner.err(`Error during enabling promiscuous mode for port ${port.id}: ${why} - ignore\n`);
  }

  /** detach_port_device: `port detach ID`. */
  async detachPort(id: number): Promise<void> {
    const { owner } = this;
    if (this.isUnknown(id)) return;
    const port = this.byId.get(id)!;
    if (port.status !== "closed") {
      if (port.status !== "stopped") {
        owner.err("Port not stopped\n");
        return;
      }
      owner.err("Port was not closed\n");
    }
    owner.out("Removing a device...\n");
    await this.remove(port);
    owner.out(`Device is detached\nNow total ports is ${this.byId.size}\nDone\n`);
  }

  /** detach_devargs: `device detach NAME`. */
  async detachDevice(identifier: string): Promise<void> {
    const { owner, context } = this;
    owner.out("Removing a device...\n");
    const device = parseDevArgs(identifier, (level, line) => logEal(context.log, level, line));
    if (device === undefined) {
      owner.err("cannot parse identifier\n");
      return;
    }
    const port = [...this.byId.values()].find(({ dev }) => dev.name === device.name);
    if (port?.status === "started") {
      owner.err(`Port ${port.id} not stopped\n`);
      return;
    }
    if (port === undefined && !this.bus.plugged.has(device.name)) {
      logEal(context.log, LOG_WARNING, `Cannot find plugged device (${device.name})`);
      context.log.log("testpmd", LOG_ERR, `testpmd: Failed to detach device ${device.name}(${device.bus})\n`);
      return;
    }
    if (port !== undefined) await this.remove(port);
    this.bus.plugged.delete(device.name);
    owner.out(`Device ${identifier} is detached\nNow total ports is ${this.byId.size}\nDone\n`);
  }

  private async remove(port: Port): Promise<void> {
    await port.dev.close();
    port.status = "closed";
    this.byId.delete(port.id);
    this.bus.plugged.delete(port.dev.name);
    this.owner.out(`Port ${port.id} is closed\n`);
    this.owner.portsChanged();
  }

  /** What EAL's clean-up does with the ports of a program that gives up. */
  async abandon(): Promise<void> {
    for (const { id, dev } of this.selected(undefined)) {
      await dev.close();
      this.owner.out(`Port ${id} is closed\n`);
    }
    this.byId.clear();
  }

  /** pmd_test_exit's part: stops and closes all. */
  async shutDown(): Promise<void> {
    this.noLinkCheck = true;
    const ids = [...this.selected(undefined)].map(({ id }) => id);
    for (const id of ids) {
      this.owner.out(`\nStopping port ${id}...\n`);
      await this.stop(id);
    }
    for (const id of ids) {
      this.owner.out(`\nShutting down port ${id}...\n`);
      await this.close(id);
    }
  }
}

function logEthdev(context: DeviceContext, line: string): void {
  context.log.log("lib.ethdev", LOG_ERR, `${line}\n`);
}
