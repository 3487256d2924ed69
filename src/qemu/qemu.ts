// qemu - a QEMU process: its guest's run state, its NICs, the failover pairs among them, migration. Follows QEMU 7.2 (hw/net/virtio-net.c,
// migration/migration.c, docs/system/virtio-net-failover.rst); events and refusals are those that the real program gave.
// Invariants: Q1 a primary is the guest's only after its standby's driver has acknowledged STANDBY, and never while a migration is under way.
// Q2 a process that a guest has left, or has not come to, runs no CPU and has no primary plugged.
// One thing is more lenient than 7.2: a hidden primary on a conventional PCI bus is warned of, as there, and plugged all the same.
import type { Board } from "./board.ts";
import type { QemuConfig } from "./command-line.ts";
import { DeviceList, type NetDeviceSpec, type VfioDevice, type VirtioNetDevice } from "./devices.ts";
import { EventLog } from "./events.ts";
import { Migration } from "./migration.ts";
import { type Properties, QemuError } from "./properties.ts";
import { rxFilterInfo } from "./rx-filter-info.ts";

export type RunState = "prelaunch" | "inmigrate" | "running" | "paused" | "postmigrate";

/** 128 MiB/s: MAX_THROTTLE of 7.2. */
const BANDWIDTH = 134_217_728n;
const PS_PER_MS = 1_000_000_000n;
/** From device_del to the guest's driver having let go, and to the device being gone: 87 ms in all with a Linux guest under TCG, the second part is an assumption. */
const RELEASE_PS = 86n * PS_PER_MS;
const EJECT_PS = 1n * PS_PER_MS;
/** From a primary's being plugged into a guest that runs to its netdev's registration there: about 40 ms with the same guest. */
const BIND_PS = 40n * PS_PER_MS;
/** announce-initial, -step, -max and -rounds: at 0, 50, 200, 450 and 800 ms. */
const ANNOUNCE = { initial: 50, max: 550, rounds: 5, step: 100 };

export type AnnounceParameters = typeof ANNOUNCE;

/** What a NIC is called among network clients. */
export function clientName({ id }: VirtioNetDevice): string {
  return id === "" ? "virtio-net-pci.0" : id;
}

export class Qemu {
  readonly events = new EventLog();
  readonly config: QemuConfig;
  readonly devices: DeviceList;
  state: RunState;
  /** migrate-set-parameters and -capabilities. */
  bandwidth: bigint = BANDWIDTH;
  tellsMigration = false;
  migration: Migration | undefined;
  private readonly board: Board;
  private readonly plugged = new Set<VfioDevice>();
  /** Primaries whose standby has negotiated: they may come. */
  private readonly negotiated = new Set<string>();
  /** Primaries that the guest is letting go of, and whether they are to come back at once. */
  private readonly leaving = new Map<VfioDevice, boolean>();
  /** NICs whose receive filter changed since it was asked for last. */
  private readonly told = new Set<VirtioNetDevice>();
  /** -incoming: CPUs are to run when the guest has come. */
  private startsAfter: boolean;

  /** guest: number of guests before it. @throws QemuError */
  constructor(config: QemuConfig, board: Board, guest: number) {
    this.config = config;
    this.board = board;
    this.devices = new DeviceList(config.machine, config.netdevs, guest);
    for (const { properties, text } of config.devices) {
      try {
        this.devices.add(properties);
      } catch (error) {
        if (error instanceof QemuError) throw new QemuError(`-device ${text}: ${error.message}`);
        throw error;
      }
    }
    this.state = config.incoming === undefined ? "prelaunch" : "inmigrate";
    this.startsAfter = !config.isStopped;
  }

  /** The machine is there: CPUs run, unless -S or -incoming hold them. */
  start(): void {
    for (const device of this.devices.all)
      if (device.kind === "vfio" && device.pair === undefined) this.plug(device, 0n);
    if (this.state === "prelaunch" && !this.config.isStopped) this.cont();
  }

  private tell(event: string, data?: Readonly<Record<string, unknown>>): void {
    this.events.emit({ event, ps: this.board.nowPs(), ...(data === undefined ? {} : { data }) });
  }

  cont(): void {
    if (this.state === "inmigrate") {
      this.startsAfter = true;
      return;
    }
    if (this.state === "running") return;
    const isFirst = this.state === "prelaunch";
    this.state = "running";
    this.board.run(true);
    this.tell("RESUME");
    if (isFirst) this.negotiate(0n);
  }

  stop(): void {
    if (this.state !== "running") return;
    this.state = "paused";
    this.board.run(false);
    this.tell("STOP");
  }

  get standbys(): readonly VirtioNetDevice[] {
    return this.devices.all.filter(
      (device): device is VirtioNetDevice => device.kind === "virtio" && device.isStandby && device.id !== "",
    );
  }

  private get primaries(): readonly VfioDevice[] {
    return this.devices.all.filter(
      (device): device is VfioDevice => device.kind === "vfio" && device.pair !== undefined,
    );
  }

  /** Hidden devices: those that the guest does not see yet. */
  isHidden(device: NetDeviceSpec): boolean {
    return device.kind === "vfio" && !this.plugged.has(device);
  }

  /** The guest's drivers acknowledge their features: primaries come out. bindPs: until they have a driver */
  private negotiate(bindPs: bigint): void {
    for (const { id } of this.standbys) {
      this.tell("FAILOVER_NEGOTIATED", { "device-id": id });
      this.negotiated.add(id);
      for (const primary of this.primaries) if (primary.pair === id) this.plugPrimary(primary, bindPs);
    }
  }

  private plugPrimary(primary: VfioDevice, bindPs: bigint = BIND_PS): void {
    if (this.plugged.has(primary)) return;
    if (!primary.isExpress) {
      this.board.warn("warning: failover primary device must be on PCIExpress bus");
      this.board.warn(`warning: ${primary.id} is plugged all the same: PCI hotplug is not modelled`);
    }
    try {
      this.plug(primary, bindPs);
    } catch (error) {
      if (!(error instanceof QemuError)) throw error;
      this.board.warn(`warning: ${error.message}`);
    }
  }

  private plug(device: VfioDevice, bindPs: bigint): void {
    this.board.plug(device, bindPs);
    this.plugged.add(device);
  }

  /** Asks the guest to let go of a device; some time later it has. */
  private unplug(device: VfioDevice, gone: () => void = () => {}): void {
    const { board } = this;
    this.leaving.set(device, false);
    board.at(board.nowPs() + RELEASE_PS, () => {
      board.release(device);
      board.at(board.nowPs() + EJECT_PS, () => {
        board.eject(device);
        this.plugged.delete(device);
        const returns = this.leaving.get(device) === true;
        this.leaving.delete(device);
        gone();
        if (returns) this.plugPrimary(device);
      });
    });
  }

  isPlugged(device: VfioDevice): boolean {
    return this.plugged.has(device);
  }

  /** device_add. @throws QemuError */
  deviceAdd(properties: Properties): void {
    const driver = properties.get("") ?? "";
    if (driver !== "vfio-pci") throw new QemuError(`'${driver}' cannot be added here: only vfio-pci is modelled`);
    const device = this.devices.add(properties);
    if (device?.kind !== "vfio") return;
    if (device.pair === undefined) this.plug(device, BIND_PS);
    else if (this.negotiated.has(device.pair)) this.plugPrimary(device);
  }

  /** device_del. @throws QemuError */
  deviceDel(id: string): void {
    const device = this.devices.all.find((known) => known.id === id && !this.isHidden(known));
    if (device === undefined) throw new QemuError(`Device '${id}' not found`, "DeviceNotFound");
    if (device.kind === "virtio") throw new QemuError(`'${id}' cannot be removed here: only vfio-pci is modelled`);
    this.unplug(device, () => {
      this.devices.remove(device);
      this.tell("DEVICE_DELETED", { device: id, path: `/machine/peripheral/${id}` });
    });
  }

  /** set_link. @throws QemuError */
  setLink(name: string, isUp: boolean): void {
    const nics = this.devices.all.filter((device): device is VirtioNetDevice => device.kind === "virtio");
    const device = nics.find(({ id, netdev }) => id === name || netdev === name);
    if (device === undefined) throw new QemuError(`Device '${name}' not found`, "DeviceNotFound");
    this.board.setLink(device, isUp);
  }

  /** Of a NIC on vhost-user: its socket; queue pairs of its netdev. @throws QemuError */
  backEndOf({ netdev: id, backEnd }: VirtioNetDevice): { readonly path: string | undefined; readonly queues: number } {
    const netdev = this.config.netdevs.get(id);
    const queues = Number(netdev?.get("queues") ?? 1);
    if (backEnd !== "vhost-user") return { path: undefined, queues };
    const chardev = netdev?.get("chardev") ?? "";
    const path = this.config.chardevs.get(chardev)?.get("path");
    if (path !== undefined) return { path, queues };
    throw new QemuError(`-netdev vhost-user,id=${id},chardev=${chardev}: chardev "${chardev}" not found`);
  }

  /** query-rx-filter: of one NIC, or of all; a change is told again from now on. @throws QemuError */
  rxFilters(name?: string): Readonly<Record<string, unknown>>[] {
    const nics = this.devices.all.filter((device): device is VirtioNetDevice => device.kind === "virtio");
    const asked = nics.filter((device) => name === undefined || clientName(device) === name);
    if (name !== undefined && asked.length === 0) {
      const isOther = this.config.netdevs.has(name);
      throw new QemuError(isOther ? `net client(${name}) isn't a NIC` : `invalid net client name: ${name}`);
    }
    return asked.map((device) => {
      this.told.delete(device);
      return rxFilterInfo(clientName(device), this.board.rxFilter(device));
    });
  }

  /** A NIC's receive filter was changed by its driver: told once, until somebody asks. */
  rxFilterChanged(device: VirtioNetDevice): void {
    if (this.told.has(device)) return;
    this.told.add(device);
    const { id } = device;
    const place = id === "" ? "peripheral-anon/device[0]" : `peripheral/${id}`;
    this.tell("NIC_RX_FILTER_CHANGED", {
      ...(id === "" ? {} : { name: id }),
      path: `/machine/${place}/virtio-backend`,
    });
  }

  /** announce-self. */
  announce(parameters: Partial<AnnounceParameters> = {}): void {
    const { initial, max, rounds, step } = { ...ANNOUNCE, ...parameters };
    const times: bigint[] = [];
    let [at, gap] = [this.board.nowPs(), initial];
    for (let round = 0; round < rounds; round++) {
      times.push(at);
      at += BigInt(gap) * PS_PER_MS;
      gap = Math.min(max, gap + step);
    }
    for (const device of this.devices.all) if (device.kind === "virtio") this.board.announce(device, times);
  }

  /** migrate. @throws QemuError */
  migrate(uri: string): void {
    if (this.migration?.isUnderWay === true) throw new QemuError("There's a migration process in progress");
    if (this.state === "inmigrate") throw new QemuError("Guest is waiting for an incoming migration");
    if (this.state === "postmigrate")
      throw new QemuError("Can't migrate the vm that was paused due to previous migration");
    const destination = /^(?:exec|fd):/.test(uri) ? undefined : this.board.destination(uri);
    const hasNobody = destination === undefined && !/^(?:exec|fd):/.test(uri);
    const { board, events, bandwidth, tellsMigration: tells } = this;
    this.migration = new Migration({
      ...{ board, events, bandwidth, tells, destination },
      memoryBytes: BigInt(this.config.memoryMiB) * 1_048_576n,
      primaries: this.primaries.filter((primary) => this.plugged.has(primary)),
      unplug: (primary) => this.unplug(primary),
      isPlugged: (primary) => this.plugged.has(primary),
      stop: () => {
        this.board.run(false);
        this.tell("STOP");
        this.state = "postmigrate";
      },
      stays: () => {
        for (const primary of this.primaries) {
          if (this.leaving.has(primary)) this.leaving.set(primary, true);
          else if (this.negotiated.has(primary.pair ?? "")) this.plugPrimary(primary);
        }
      },
    });
    if (!/^(?:tcp|unix|exec|fd|rdma):/.test(uri)) {
      this.migration.status = "failed";
      throw new QemuError("Parameter 'uri' expects a valid migration protocol");
    }
    if (!hasNobody) this.migration.begin();
    else {
      const why = `Failed to connect to '${uri.replace(/^\w+:/, "")}': Connection refused`;
      board.warn(why);
      this.migration.fail(why);
    }
  }

  migrateCancel(): void {
    this.migration?.cancel();
  }

  /** -incoming: the guest has come, with its devices' state; arrive: makes it this process's. */
  incoming(arrive: () => void): void {
    arrive();
    this.state = "paused";
    this.negotiate(BIND_PS);
    if (this.startsAfter) this.cont();
    if (this.tellsMigration) this.tell("MIGRATION", { status: "completed" });
    this.announce();
  }

  /** -incoming: what the stream's beginning and its loss are called here. */
  incomingStatus(status: "active" | "failed"): void {
    if (this.tellsMigration) this.tell("MIGRATION", { status });
  }
}
