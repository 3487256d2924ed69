// feed - reads captures into the arena and hands them to the engine as parts of the ingress index, paced and steered.
//
// A capture that fits is one part and loops inside the engine; a longer one, or several, come as parts that follow each other, each
// in a buffer that nothing of an earlier part still needs. The bytes go from the file to where the NIC copies them from: once.
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";
import { MAX_FRAME } from "../../assembly/abi/limits.ts";
import { PACER_BYTES } from "../../assembly/abi/sizes.ts";
import { CHUNK_BYTES_MINIMUM } from "../capture/chunk.ts";
import { CaptureIndexer } from "../capture/indexer.ts";
import type { HostInput } from "../capture/input.ts";
import type { CaptureSummary, Direction } from "../capture/summary.ts";
import { UsageError } from "../errors.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import { LINK_PS_PER_BYTE } from "./plan.ts";
import { PACE_CAPTURE, PACE_PPS, parseSpeed, type Speed } from "./speed.ts";
import type { Topology } from "./topology.ts";
import { twoSided } from "./two-sided.ts";

/** Bytes read and indexed at a time, so that the index is made while they are in the cache. */
const READ_BYTES = 4 << 20;
/** Bytes of a part's buffer when there is more than one part. */
const PART_BYTES = 4 << 20;
/** A capture up to this size is one part, so is one that loops or has no pace; a longer one is read in parts whose pages are used again. */
const WHOLE_BYTES = 16 << 20;
/** Average record for which an index has room; shorter ones fill it early, and the part ends there. */
const RECORD_BYTES = 64;
/** Microsoft's RSS key, as most NICs' default. */
const RSS_KEY = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa00000000";
const RETA_SIZE = 128;
/** Virtual time of a run ends here, ps. */
export const LATEST_PS: bigint = 2n ** 63n;

interface Buffer {
  readonly at: number;
  readonly size: number;
  readonly index: number;
  readonly entries: number;
}

export interface Part {
  readonly entries: number;
  readonly count: number;
  /** Another part follows. */
  readonly more: boolean;
  /** Arrival of its last packet, ps. */
  readonly latest: bigint;
}

/** What the captures were, for the report. */
export interface FeedSummary {
  packets: number;
  skipped: number;
  truncated: number;
  timeBackwards: number;
  firstNs: bigint;
}

export class Feed {
  readonly summary: FeedSummary = { packets: 0, skipped: 0, truncated: 0, timeBackwards: 0, firstNs: 0n };
  private readonly machine: Machine;
  private readonly settings: Settings;
  private readonly host: Host;
  private readonly pacer: number;
  private readonly speed: Speed;
  private readonly nicCount: number;
  private readonly inPort: number;
  private readonly buffers: Buffer[] = [];
  private next = 0; // captures opened in this loop
  private loop = 0;
  private loopsInEngine = false;
  private input: HostInput | undefined;
  private indexer: CaptureIndexer | undefined;
  private rest: Uint8Array = new Uint8Array(0); // bytes of a record that the last part cut
  private ended = false; // the input has no more bytes
  private left: number; // packets that --limit leaves in this loop
  private ports = new Set<number>();
  private taken = 0; // packets of the present capture so far
  private startPs = 0n; // arrival from which the present capture counts

  constructor(machine: Machine, topology: Topology, settings: Settings, host: Host) {
    this.machine = machine;
    this.settings = settings;
    this.host = host;
    this.nicCount = topology.nics.length;
    this.left = settings.limit;
    this.inPort = settings.in === undefined ? -1 : topology.nics.findIndex((nic) => nic.name === settings.in);
    if (settings.in !== undefined && this.inPort < 0) {
      const names = topology.nics.map((nic) => nic.name).join(", ");
      throw new UsageError(`in: found port ${settings.in}, expected one of ${names}`);
    }
    this.speed = parseSpeed(settings.speed);
    this.pacer = this.addPacer(Math.max(...topology.nics.map((nic) => nic.queues)));
  }

  private addPacer(queues: number): number {
    const { arena, engine } = this.machine;
    const at = arena.allocate(PACER_BYTES, "a pacer");
    const key = arena.allocate(64, "an RSS key");
    const table = arena.allocate(RETA_SIZE * 2, "a RETA");
    const scratch = arena.allocate(64, "scratch");
    for (let i = 0; i < RSS_KEY.length / 2; i++)
      arena.bytes[key + i] = Number.parseInt(RSS_KEY.slice(2 * i, 2 * i + 2), 16);
    for (let i = 0; i < RETA_SIZE; i++) arena.bytes[table + 2 * i] = i % queues;
    const { mode, numerator, denominator } = this.speed;
    engine.pacerInit(at, mode, numerator, denominator, LINK_PS_PER_BYTE, queues, key, table, scratch);
    return at;
  }

  /** Bytes of the longest frame that will enter: known where there is one part, else the longest a capture may hold. */
  get maxFrame(): number {
    return this.finished ? this.machine.engine.pacerLongest(this.pacer) >>> 0 : MAX_FRAME;
  }

  /** All is read, or will be read again by the engine alone. */
  get finished(): boolean {
    return (
      this.input === undefined && this.next === this.settings.captures.length && this.loop + 1 >= this.settings.loop
    );
  }

  /** Packets may enter by the topology's NIC `nic`: known once all is read, or by --in, or because a classic capture knows no interfaces. */
  mayEnterBy(nic: number): boolean {
    if (this.inPort >= 0) return nic === this.inPort;
    if (this.finished) return this.ports.has(nic);
    const classic = this.settings.captures.length === 1 && this.indexer?.summary.format === "pcap";
    return !classic || nic === 0;
  }

  /** A capture that one part holds loops in the engine: how often, and how long one loop is, ps. */
  engineLoops(part: Part): { loops: bigint; span: bigint } {
    if (!this.loopsInEngine) return { loops: 1n, span: 0n };
    return { loops: BigInt(this.settings.loop), span: part.latest + this.gap(part.latest) };
  }

  /** Time between the last packet of a replay of a capture and the first of the next: the capture's mean, ps. */
  private gap(latest: bigint): bigint {
    const mean = (latest - this.startPs) / BigInt(Math.max(this.taken - 1, 1));
    const shortest = BigInt(64 * LINK_PS_PER_BYTE);
    return mean > shortest ? mean : shortest;
  }

  /** Reads the next part. free: a buffer may be used again (its packets have all been taken) */
  read(free: (entries: number, end: number) => boolean): Part {
    if (this.input === undefined) this.open();
    const buffer = this.takeBuffer(free);
    const { arena } = this.machine;
    const index = arena.u32(buffer.index, buffer.entries * (INGRESS_BYTES / 4));
    arena.bytes.set(this.rest, buffer.at);
    let filled = buffer.at + this.rest.length;
    let parsed = buffer.at;
    let count = 0;
    const end = buffer.at + buffer.size;
    const indexer = this.indexer!;
    let full = false;
    let over = false;
    while (!full && !over) {
      if (!this.ended && filled < end) {
        const got = this.input!.read(arena.bytes.subarray(filled, Math.min(end, filled + READ_BYTES)));
        filled += got;
        this.ended = got === 0;
      }
      const step = indexer.index(arena.bytes, parsed, filled, this.ended, index, count);
      parsed += step.consumed;
      count += step.packets;
      full = step.full || (filled === end && !this.ended);
      over = this.ended && !step.full;
      if (count >= this.left) {
        count = this.left;
        over = true;
      }
    }
    this.rest = over ? new Uint8Array(0) : arena.bytes.slice(parsed, filled);
    this.left -= count;
    this.taken += count;
    this.checkSpan(indexer.summary, parsed - buffer.at);
    if (this.loop === 0 && this.taken === count) this.warnTwoSided(indexer.summary, index, count);
    for (let i = 0, last = -1; i < count; i++) {
      const port = index[i * (INGRESS_BYTES / 4) + 4]! & 0xffff;
      if (port !== last) this.ports.add(port); // a Set asked once a packet would cost as much as indexing it
      last = port;
    }
    this.machine.engine.pacerStamp(this.pacer, buffer.index, count);
    if (this.summary.firstNs === 0n) this.summary.firstNs = indexer.summary.firstNs ?? 0n;
    if (over) this.close();
    const whole = this.wholeInOnePart(over);
    const latest = BigInt.asUintN(64, this.machine.engine.pacerLatest(this.pacer));
    return { entries: buffer.index, count, more: !whole && !this.finished, latest };
  }

  /** One capture, one part: the engine repeats it by itself. */
  private wholeInOnePart(over: boolean): boolean {
    const whole = over && this.settings.captures.length === 1 && this.loop === 0 && this.buffers.length === 1;
    if (whole) {
      this.loop = this.settings.loop - 1;
      this.loopsInEngine = true;
    }
    return whole;
  }

  private open(): void {
    const { settings, host } = this;
    if (this.next === settings.captures.length) {
      this.loop++;
      this.next = 0;
      this.left = settings.limit;
    }
    const path = settings.captures[this.next++]!;
    if (this.next > 1 || this.loop > 0) {
      const latest = BigInt.asUintN(64, this.machine.engine.pacerLatest(this.pacer));
      this.startPs = latest + this.gap(latest);
      this.taken = 0;
      this.machine.engine.pacerRestart(this.pacer, this.startPs);
    }
    const input = host.openInput(path);
    if (this.loop > 0 && input.size === undefined) {
      input.close();
      throw new UsageError(`loop: found ${input.name}, expected a file that can be read again`);
    }
    this.input = input;
    this.ended = false;
    this.indexer = new CaptureIndexer({
      name: input.name,
      tolerant: settings.tolerant,
      rawTime: settings.rawTime,
      referenceNs: input.mtimeNs ?? host.dateNs(),
      portOf: (id, direction) => this.portOf(input.name, id, direction),
    });
  }

  /** Inbound packets of interface k enter phyk; undirected ones, and all with --in, enter one port; outbound ones are not replayed. */
  private portOf(name: string, id: number, direction: Direction): number {
    if (direction === "out") return -1;
    if (this.inPort >= 0) return this.inPort;
    if (direction === "unknown") return 0;
    if (id >= this.nicCount) {
      throw new UsageError(
        `capture: found inbound packets of interface ${id}, expected at most ${this.nicCount} NICs or --in (${name})`,
      );
    }
    return id;
  }

  private close(): void {
    const summary = this.indexer!.summary;
    this.input!.close();
    this.input = undefined;
    if (this.loop > 0) return;
    this.addUp(summary);
    for (const line of summary.corrections) this.host.warn(line);
    if (summary.fault !== undefined) this.host.warn(`${summary.fault}; what came before is replayed`);
    const name = this.settings.captures[this.next - 1];
    if (summary.truncated > 0)
      this.host.warn(`${name}: ${summary.truncated} packets were cut by the snaplen and are replayed as captured`);
  }

  /** Virtual time must stay below 2^63 ps. @throws UsageError for a capture, or a speed, that leads further */
  private checkSpan(summary: CaptureSummary, bytes: number): void {
    const { mode, numerator, denominator, text } = this.speed;
    const captured = ((summary.lastNs ?? 0n) - (summary.firstNs ?? 0n)) * 1000n;
    const amount = mode === PACE_CAPTURE ? captured : BigInt(mode === PACE_PPS ? this.taken : bytes);
    if (this.startPs + (amount * numerator) / denominator < LATEST_PS) return;
    const found = `${this.taken} packets at speed ${text} over more than 106 days`;
    throw new UsageError(`speed: found ${found}, expected less (${this.settings.captures[this.next - 1]})`);
  }

  private warnTwoSided(summary: CaptureSummary, index: Uint32Array, count: number): void {
    if (summary.sawInbound + summary.sawOutbound > 0) return;
    const why = twoSided(this.machine.arena.bytes, index, count);
    const name = this.settings.captures[this.next - 1];
    if (why !== undefined) this.host.warn(`${name}: the capture looks two-sided: ${why}; all packets are replayed`);
  }

  private addUp(summary: CaptureSummary): void {
    const total = this.summary;
    total.packets += this.taken;
    total.skipped += summary.skipped;
    total.truncated += summary.truncated;
    total.timeBackwards += summary.timeBackwards;
  }

  private takeBuffer(free: (entries: number, end: number) => boolean): Buffer {
    const reusable = this.buffers.find((b) => free(b.index, b.index + b.entries * INGRESS_BYTES));
    if (reusable !== undefined) return reusable;
    const { arena } = this.machine;
    const size = this.input?.size;
    const { captures, loop, phy, partBytes } = this.settings;
    const longest = loop > 1 || phy === "pcap" ? partBytes : Math.min(partBytes, WHOLE_BYTES);
    const alone = captures.length === 1 && size !== undefined && size <= longest;
    const bytes = alone && this.buffers.length === 0 ? size + CHUNK_BYTES_MINIMUM : Math.min(PART_BYTES, partBytes);
    const entries = Math.ceil(bytes / RECORD_BYTES) + 65536;
    const buffer = {
      at: arena.allocate(bytes + 128, "a capture", 4096),
      size: bytes,
      index: arena.allocate(entries * INGRESS_BYTES, "a capture's index"),
      entries,
    };
    this.buffers.push(buffer);
    return buffer;
  }
}
