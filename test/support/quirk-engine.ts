// quirk-engine - our net_vhost without a socket or a process: its back end over an in-memory connection, its queues polled by hand, each packet
// sent back as testpmd's io does it.
import { parseVhost } from "../../src/dpdk/devices/vdev-vhost.ts";
import { VhostBackEnd } from "../../src/dpdk/devices/vhost-back-end.ts";
import { VirtioPairs } from "../../src/dpdk/devices/virtio-pairs.ts";
import type { Fd, Mapping } from "../../src/vhost-user/host.ts";
import { DROP_NAMES, FAULT_NAMES, readCounters } from "../../src/wasm/counters.ts";
import type { Machine } from "../../src/wasm/machine.ts";
import type { Queue } from "../../src/wasm/parts.ts";
import { MemoryHost, Network, settle } from "../vhost-user/memory-host.ts";
import { freshMachine, Hands } from "./engine.ts";
import type { QuirkDevice } from "./quirk-driver.ts";
import { type DriverFile, LOG_BYTES, WINDOW_BYTES } from "./quirk-memory.ts";

const MBUFS = 4096;
const BURST = 32;
/** Polls without a packet after which there is nothing more to come. */
const QUIET = 3;
const POLLS = 4096;

/** Files are pieces of the engine's own memory, so mapping them is knowing where they lie; eventfds count. */
class EngineHost extends MemoryHost {
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super(new Network());
    this.bytes = bytes;
  }

  override map(fd: Fd, offset: bigint): Mapping {
    return { linear: this.file(fd).bytes.byteOffset + Number(offset), unmap: () => {} };
  }

  override readU16(linear: number): number {
    return new DataView(this.bytes.buffer).getUint16(linear, true);
  }

  private count(fd: Fd): DataView {
    const { bytes } = this.file(fd);
    return new DataView(bytes.buffer, bytes.byteOffset);
  }

  signal(fd: Fd): void {
    this.count(fd).setUint32(0, this.drain(fd) + 1);
  }

  drain(fd: Fd): number {
    const count = this.count(fd);
    const value = count.getUint32(0);
    count.setUint32(0, 0);
    return value;
  }
}

/** A machine, one net_vhost port of it, and an lcore that polls while a driver waits. */
export class EngineDevice implements QuirkDevice {
  readonly host: EngineHost;
  readonly path = "/run/vhost";
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  private readonly machine: Machine;
  private readonly hands: Hands;
  private readonly pairs: VirtioPairs;
  private readonly backEnd: VhostBackEnd;
  private readonly memory: DriverFile;
  readonly log: DriverFile;

  constructor(dpdkQuirks: boolean) {
    const machine = freshMachine();
    const { arena } = machine;
    this.machine = machine;
    this.hands = new Hands(machine);
    this.bytes = arena.bytes;
    const host = new EngineHost(arena.bytes);
    this.host = host;
    const file = (size: number): DriverFile => {
      const at = arena.allocate(size, "a driver's memory", 4096);
      return { at, fd: host.install({ kind: "file", bytes: arena.bytes.subarray(at, at + size) }) };
    };
    this.memory = file(WINDOW_BYTES);
    this.log = file(LOG_BYTES);
    const pool = machine.addPool(MBUFS, 0, 2);
    this.pairs = new VirtioPairs(machine, "vhost", 0);
    this.pairs.grow(1, pool);
    const vdev = parseVhost({ bus: "vdev", name: "net_vhost0", args: `iface=${this.path}` });
    if (typeof vdev === "string") throw new Error(`test: found net_vhost ${vdev}`);
    const live = {
      host: Object.assign(host, { shareWindow: () => 0, watch: () => () => {}, admitPeers: async () => {} }),
      admitPeers: async () => {},
      windowFd: async () => 0,
      still: async (change: () => void | Promise<void>) => {
        await change();
        this.wantNoKicks();
      },
      warn: () => {},
    };
    const told = {
      agreed: () => {},
      setMtu: () => {},
      queueChanged: () => {},
      linkChanged: () => {},
      absent: () => {},
    };
    this.backEnd = new VhostBackEnd(machine, live, vdev, { id: 0, pairs: this.pairs, pool, dpdkQuirks, ...told });
  }

  private get queues(): { rx: Queue; tx: Queue } {
    return this.pairs.pairs[0]!;
  }

  /** As an lcore says when it begins to poll. */
  private wantNoKicks(): void {
    for (const direction of ["rx", "tx"] as const) {
      const side = this.backEnd.side(0, direction);
      if (side !== undefined) this.machine.engine.deviceQueueWantKicks(side.state, 0);
    }
  }

  window(): DriverFile {
    return this.memory;
  }

  drain(fd: Fd): number {
    return this.host.drain(fd);
  }

  ready(): Promise<void> {
    return settle();
  }

  gone(): Promise<void> {
    return settle();
  }

  async settle(state: () => string): Promise<void> {
    await settle();
    let last = "";
    for (let poll = 0, quiet = 0; quiet < QUIET; poll++) {
      if (poll === POLLS) throw new Error(`found no end in ${POLLS} polls`);
      this.poll();
      const now = state();
      quiet = now === last ? quiet + 1 : 0;
      last = now;
    }
  }

  private poll(): void {
    const { hands, machine } = this;
    const { rx, tx } = this.queues;
    const before = this.notified;
    const packets = hands.receive(machine.engine.portRxBurst, rx.address, BURST);
    const sent = packets.length === 0 ? 0 : hands.send(machine.engine.portTxBurst, tx.address, packets);
    hands.free(packets.slice(sent));
    for (const [direction, count] of Object.entries(this.notified) as ["rx" | "tx", number][]) {
      const bell = this.backEnd.side(0, direction)?.bell;
      for (let n = before[direction]; n < count; n++) if (bell !== undefined) this.host.signal(bell);
    }
  }

  private get notified(): Record<"rx" | "tx", number> {
    const { rx, tx } = this.queues;
    return { rx: readCounters(rx.counters).notified, tx: readCounters(tx.counters).notified };
  }

  /** Faults and drops that were counted, by name. */
  get counted(): string {
    return (["rx", "tx"] as const)
      .flatMap((direction) => {
        const { faults, drops } = readCounters(this.queues[direction].counters);
        const names = [
          ...FAULT_NAMES.map((name, id) => [name, faults[id]!] as const),
          ...DROP_NAMES.map((name, id) => [name, drops[id]!] as const),
        ];
        return names.filter(([, n]) => n > 0).map(([name, n]) => `${direction} ${name} ${n}`);
      })
      .join(", ");
  }

  /** What `show port stats` says of rx errors and missing mbufs. */
  get rxErrors(): readonly number[] {
    const { errors, nombuf } = readCounters(this.queues.rx.counters);
    return [errors, nombuf];
  }

  /** mbufs that nobody has: all of them, once a case has ended. */
  get isWhole(): boolean {
    return this.machine.pools.every(({ address }) => this.machine.engine.mempoolAvailable(address) >>> 0 === MBUFS);
  }

  close(): Promise<void> {
    return this.backEnd.close();
  }
}
