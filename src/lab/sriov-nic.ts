// sriov-nic - a host's SR-IOV NIC: its line, its embedded switch, and the ports of that switch: virtual functions that guests have, and the macvtaps
// that carry the frames of virtio NICs (bridge mode: a port a MAC address). What comes by the line is a capture with its times, what leaves by it is
// written to another.
// A virtual function's filter stands before a macvtap's of the same address; with the function, its filter goes, and the macvtap's is what is
// found. Frames that QEMU itself sends (announcements) enter by the macvtap.
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";
import { PORT_RING } from "../../assembly/abi/ports.ts";
import { STAGE_NIC_RX, STAGE_NIC_TX } from "../../assembly/abi/stages.ts";
import { CaptureError } from "../capture/error.ts";
import type { Member } from "../dpdk/clock.ts";
import { type DeviceFile, type DeviceFiles, FileError } from "../dpdk/devices/device-context.ts";
import { PcapInput } from "../dpdk/devices/pcap-input.ts";
import { addPcapEgress, pcapFile, writePcapHeader } from "../dpdk/devices/pcap-output.ts";
import type { ExecutorFile } from "../dpdk/executor.ts";
import type { VirtualTime } from "../dpdk/virtual-time.ts";
import { UsageError } from "../errors.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Queue } from "../wasm/parts.ts";
import { type OwnStream, VebTable } from "../wasm/veb.ts";

/** Descriptors of a VF's rings: ixgbevf's IXGBEVF_DEFAULT_RXD and _TXD. A ring of ours holds one less. */
const VF_RING = 512;
const LINE_DEPTH = 512;
const PORTS = 64;
const STREAMS = 256;
const PS_PER_NS = 1000n;
const WORDS = INGRESS_BYTES / 4;

/** A port of the embedded switch: what it receives, and what it sends. */
export interface SwitchPort {
  readonly kind: "vf" | "macvtap";
  readonly name: string;
  readonly mac: bigint;
  readonly rx: Queue;
  readonly tx: Queue;
}

/** A virtual function's two ends. */
export interface VirtualFunction {
  readonly port: SwitchPort;
  /** As the guest has it. */
  readonly rx: Queue;
  readonly tx: Queue;
}

export interface SriovNicParts {
  readonly machine: Machine;
  readonly time: VirtualTime;
  readonly files: DeviceFiles;
  readonly epochNs: bigint;
  readonly lcore: number;
  readonly pool: number;
  /** Gives out numbers of ports, by their names. */
  readonly portId: (name: string) => number;
  readonly trace: readonly [number, number] | undefined;
  /** Address of the physical function. */
  readonly address: string;
  readonly rxPcap: string | undefined;
  readonly txPcap: string | undefined;
}

interface Sender {
  readonly port: SwitchPort;
  readonly rx: Queue;
  readonly stream: OwnStream;
}

export class SriovNic {
  static readonly streams: number = STREAMS;
  readonly address: string;
  readonly line: { readonly rx: Queue; readonly tx: Queue };
  private readonly parts: SriovNicParts;
  private readonly table: VebTable;
  private readonly file: { readonly executor: ExecutorFile; readonly file: DeviceFile } | undefined;
  private readonly streams = new Map<SwitchPort, OwnStream>();
  private readonly lineStream: OwnStream;
  private ports: readonly SwitchPort[] = [];
  private senders: readonly Sender[] = [];
  private member: Member | undefined;

  /** @throws UsageError for a capture that cannot be read or written */
  constructor(parts: SriovNicParts) {
    const { machine, address, lcore, pool } = parts;
    this.parts = parts;
    this.address = address;
    this.table = new VebTable(machine, PORTS, pool);
    const id = parts.portId(address);
    const egress = addPcapEgress(machine, parts.epochNs, parts.txPcap !== undefined);
    this.line = {
      rx: machine.addNicRx(id, 0, LINE_DEPTH, pool, this.readLine(), 0),
      tx: machine.addPcapTx(id, 0, egress.at),
    };
    machine.engine.lcoreSetClock(lcore, parts.time.nowPs);
    if (parts.txPcap !== undefined) {
      const file = this.open(parts.txPcap, (path) => parts.files.create(path));
      writePcapHeader(file);
      this.file = { executor: pcapFile(egress, file), file };
    }
    this.lineStream = this.table.stream();
    this.arrange();
  }

  private open<File>(path: string, opened: (path: string) => File): File {
    try {
      return opened(path);
    } catch (error) {
      if (!(error instanceof FileError || error instanceof CaptureError)) throw error;
      throw new UsageError(`map: found ${path}: ${error.message}, expected a capture`);
    }
  }

  /** The line's arrivals: the first packet's is now. @returns their source */
  private readLine(): number {
    const { machine, files, rxPcap, trace, epochNs, time } = this.parts;
    const [first, last] = trace ?? [2, 1];
    const source = machine.addIngress(true, false, [first - 1, last - 1]);
    if (rxPcap === undefined) return source;
    const input = new PcapInput(machine);
    const file = this.open(rxPcap, (path) => files.openInput(path));
    this.open(rxPcap, () => {
      input.load(file);
      input.find(file, 0, epochNs);
    });
    file.close();
    const words = machine.arena.u64(input.first, input.count * (WORDS / 2));
    const begin = words[1] ?? 0n;
    for (let i = 0; i < input.count; i++)
      words[i * (WORDS / 2) + 1] = time.nowPs + (words[i * (WORDS / 2) + 1]! - begin) * PS_PER_NS;
    machine.engine.ingressSourceFeed(source, input.first, input.count, 0, 1n, 0n);
    return source;
  }

  /** A virtual function with a guest's MAC, its filter set. */
  addVirtualFunction(name: string, guestName: string, mac: bigint): VirtualFunction {
    const { machine, portId, pool } = this.parts;
    const [host, guest] = [portId(name), portId(guestName)];
    const down = machine.addRing(VF_RING, [host, 0], [guest, 0], pool);
    const up = machine.addRing(VF_RING, [guest, 0], [host, 0], pool);
    machine.engine.portQueueBecome(down.rx.address, PORT_RING, STAGE_NIC_RX, down.rx.state);
    machine.engine.portQueueBecome(up.tx.address, PORT_RING, STAGE_NIC_TX, up.tx.state);
    const port = { kind: "vf", name, mac, rx: up.rx, tx: down.tx } as const;
    this.add(port);
    return { port, rx: down.rx, tx: up.tx };
  }

  /** The function is reset and its filter gone: what is in its rings is lost, and counted. @returns how many packets */
  removeVirtualFunction({ port, rx }: VirtualFunction): number {
    const { machine, lcore } = this.parts;
    this.rest();
    this.ports = this.ports.filter((other) => other !== port);
    const lost = [rx, port.rx].reduce((n, queue) => n + (machine.engine.ringUnplug(lcore, queue.address) >>> 0), 0);
    machine.engine.publishDeferred(lcore);
    this.arrange();
    return lost;
  }

  add(port: SwitchPort): void {
    this.rest();
    const rank = { vf: 0, macvtap: 1 };
    this.ports = [...this.ports, port].sort((a, b) => rank[a.kind] - rank[b.kind]);
    this.arrange();
  }

  remove(port: SwitchPort): void {
    this.rest();
    this.ports = this.ports.filter((other) => other !== port);
    this.arrange();
  }

  /** Frames that enter by a port at their times, ps. */
  send(port: SwitchPort, frame: Uint8Array, times: readonly bigint[]): void {
    const { machine, pool, portId } = this.parts;
    const { arena, engine } = machine;
    this.rest();
    const at = arena.allocate(frame.length, "a frame");
    arena.bytes.set(frame, at);
    const index = arena.allocate(times.length * INGRESS_BYTES, "frames to send");
    const [words, longs] = [arena.u32(index, times.length * WORDS), arena.u64(index, times.length * (WORDS / 2))];
    for (const [i, time] of times.entries()) {
      words.set([at, frame.length], i * WORDS);
      longs[i * (WORDS / 2) + 1] = time;
    }
    const source = machine.addIngress(true, false, undefined);
    engine.ingressSourceFeed(source, index, times.length, 0, 1n, 0n);
    const rx = machine.addNicRx(portId(`${port.name} (QEMU)`), 0, 64, pool, source, 0);
    engine.nicRxOwn(rx.state);
    this.senders = [...this.senders, { port, rx, stream: this.table.stream() }];
    this.arrange();
  }

  private rest(): void {
    if (this.member !== undefined) void this.parts.time.leave(this.member);
    this.member = undefined;
  }

  private streamOf(port: SwitchPort): OwnStream {
    const known = this.streams.get(port) ?? this.table.stream();
    this.streams.set(port, known);
    return known;
  }

  private arrange(): void {
    const { machine, lcore, time } = this.parts;
    this.rest();
    const { rx, tx } = this.line;
    machine.engine.lcoreClearStreams(lcore);
    this.table.set(tx, this.ports);
    this.lineStream.put(lcore, rx, tx, 0n);
    for (const port of this.ports) this.streamOf(port).put(lcore, port.rx, port.tx, 0n);
    this.senders = this.senders.filter((sender) => !machine.engine.nicRxAtEnd(sender.rx.address));
    for (const sender of this.senders) sender.stream.put(lcore, sender.rx, sender.port.tx, 0n);
    const files = this.file === undefined ? [] : [this.file.executor];
    this.member = {
      work: [{ index: 0, lcore, files, sides: [], sleeps: false, cores: [] }],
      inputs: () => ({ finite: this.hasInput, endless: false }),
      onDumps: () => {},
    };
    void time.join(this.member);
  }

  private get hasInput(): boolean {
    const queues = [this.line.rx, ...this.senders.map(({ rx }) => rx)];
    return queues.some((queue) => !this.parts.machine.engine.nicRxAtEnd(queue.address));
  }

  close(): void {
    this.rest();
    this.file?.file.close();
  }
}
