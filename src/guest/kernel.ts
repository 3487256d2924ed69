// kernel - a Linux guest: one lcore that polls its netdevs in virtual time, names and pairs what appears on its PCI bus, and forgets what goes.
// Packets are the engine's business (assembly/testpmd/kernel); here is who polls what and by which netdev answers leave.
// Not modelled: booting (drivers are bound at once), interrupts and NAPI weights (the lcore polls), a netdev's own qdisc.
import type { Member } from "../dpdk/clock.ts";
import type { VirtualTime } from "../dpdk/virtual-time.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Queue } from "../wasm/parts.ts";
import { KernelNetdevState, type OwnStream } from "../wasm/veb.ts";
import { type FailoverPair, NetFailover } from "./net-failover.ts";
import type { NetDevice, Netdev } from "./netdev.ts";

const STREAMS = 64;
/** 224.0.0.1's address, which a netdev with IPv4 hears once it is up: 01:00:5e:00:00:01. */
const ALL_HOSTS = 0x0100_005e_0001n;

interface Polled {
  readonly state: KernelNetdevState;
  readonly stream: OwnStream;
}

export class GuestKernel {
  readonly failover = new NetFailover();
  netdevs: readonly Netdev[] = [];
  readonly lcore: number;
  /** Lines of its log. */
  readonly messages: string[] = [];
  private readonly machine: Machine;
  private readonly time: VirtualTime;
  private readonly polled = new Map<NetDevice, Polled>();
  /** Masters, as dev_printk names them. */
  private readonly virtio = new Map<Netdev, string>();
  /** A tx queue that takes nothing: where a master without an active slave sends. */
  private readonly nowhere: Queue;
  private member: Member | undefined;
  private isRunning = false;
  /** lo's. */
  private lastIndex = 1;

  constructor(machine: Machine, time: VirtualTime, lcore: number, port: number) {
    this.machine = machine;
    this.time = time;
    this.lcore = lcore;
    this.nowhere = machine.addRing(1, [port, 0], [port, 0]).tx;
  }

  static addLcore(machine: Machine, traceCapacity: number): number {
    return machine.addLcore(true, STREAMS, traceCapacity);
  }

  private nextName(): string {
    for (let i = 0; ; i++) if (!this.netdevs.some(({ name }) => name === `eth${i}`)) return `eth${i}`;
  }

  private add(mac: bigint, device: NetDevice | undefined): Netdev {
    const own = { index: ++this.lastIndex, name: this.nextName(), mac, device };
    const netdev = { ...own, up: false, isPromiscuous: false, address: 0, prefix: 0, carrier: true };
    this.netdevs = [...this.netdevs, netdev];
    return netdev;
  }

  /** A driver binds a device. @returns its own netdev, not its master's */
  probe(device: NetDevice): Netdev {
    const netdev = this.register(device);
    this.arrange();
    return netdev;
  }

  private register(device: NetDevice): Netdev {
    if (device.driver === "virtio_net" && device.standby) {
      const master = this.add(device.mac, undefined);
      const standby = this.add(device.mac, device);
      this.failover.create(master, standby);
      this.virtio.set(master, `virtio_net virtio${this.virtio.size} ${master.name}`);
      this.say(master, `master:${master.name} registered`);
      this.say(master, `standby slave:${standby.name} registered`);
      return standby;
    }
    const netdev = this.add(device.mac, device);
    const pair = this.failover.register(netdev);
    if (pair !== undefined) this.say(pair.master, `primary slave:${netdev.name} registered`);
    return netdev;
  }

  /** A driver lets go of a device. */
  remove(device: NetDevice): void {
    const netdev = this.netdevs.find((known) => known.device === device);
    if (netdev === undefined) return;
    const pair = this.failover.pairOf(netdev);
    this.failover.unregister(netdev);
    this.netdevs = this.netdevs.filter((known) => known !== netdev);
    if (pair !== undefined) this.say(pair.master, `primary slave:${netdev.name} unregistered`);
    this.arrange();
  }

  private say(master: Netdev, text: string): void {
    this.messages.push(`${this.virtio.get(master)}: failover ${text}`);
  }

  find(name: string): Netdev | undefined {
    return this.netdevs.find((netdev) => netdev.name === name);
  }

  setUp(netdev: Netdev, up: boolean): void {
    const were = this.netdevs.filter((one) => one.up);
    if (netdev.device === undefined) this.failover.setUp(netdev, up);
    else netdev.up = up;
    this.tellRxModes(were);
    this.arrange();
  }

  /** ip link set promisc: of a master, its slaves' as well. */
  setPromiscuous(netdev: Netdev, on: boolean): void {
    const pair = this.pairOf(netdev);
    const all = pair?.master === netdev ? [netdev, pair.standby, pair.primary] : [netdev];
    for (const one of all) if (one !== undefined) one.isPromiscuous = on;
    this.tellRxModes();
  }

  /** Drivers of netdevs that are up hear which modes and groups are wanted, and once more when they go down. were: those that were up */
  private tellRxModes(were: readonly Netdev[] = []): void {
    for (const netdev of this.netdevs)
      if (netdev.up || were.includes(netdev)) netdev.device?.setRxMode?.(netdev.isPromiscuous, [ALL_HOSTS]);
  }

  setAddress(netdev: Netdev, address: number, prefix: number): void {
    Object.assign(netdev, { address, prefix });
    this.arrange();
  }

  /** The link of a device comes or goes. */
  setCarrier(device: NetDevice, carrier: boolean): void {
    const netdev = this.netdevs.find((known) => known.device === device);
    if (netdev === undefined) return;
    netdev.carrier = carrier;
    this.arrange();
  }

  /** CPUs run, or stand still. */
  run(isRunning: boolean): void {
    this.isRunning = isRunning;
    this.arrange();
  }

  private pairOf(netdev: Netdev): FailoverPair | undefined {
    return this.failover.pairOf(netdev);
  }

  /** Makes the poll list what the netdevs are now. */
  private arrange(): void {
    const { machine, time, lcore } = this;
    if (this.member !== undefined) void time.leave(this.member);
    this.member = undefined;
    machine.engine.lcoreClearStreams(lcore);
    let polled = 0;
    for (const netdev of this.netdevs) {
      const { device } = netdev;
      if (device === undefined || !netdev.up) continue;
      const pair = this.pairOf(netdev);
      const isExact = pair?.standby === netdev && pair.primary !== undefined;
      const { state, stream } = this.place(device);
      state.set(netdev.mac, (pair?.master ?? netdev).address, isExact);
      const tx = pair === undefined ? netdev.device?.tx : this.failover.active(pair)?.device.tx;
      stream.put(lcore, device.rx, tx ?? this.nowhere, netdev.mac);
      polled++;
    }
    if (!this.isRunning || polled === 0) return;
    const work = [{ index: 0, lcore, files: [], sides: [], sleeps: false, cores: [] }];
    this.member = { work, inputs: () => ({ finite: false, endless: false }), onDumps: () => {} };
    void time.join(this.member);
  }

  private place(device: NetDevice): Polled {
    const known = this.polled.get(device);
    if (known !== undefined) return known;
    const state = new KernelNetdevState(this.machine);
    const made = { state, stream: state.stream() };
    this.polled.set(device, made);
    return made;
  }
}
