// outlet - takes what left the simulated NICs out of the engine's egress buffers and gives it to whoever wants it: the digest, the
// capture being written, the comparison with an expected capture.
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";
import { recordLength } from "../capture/chunk-buffer.ts";
import { type Comparer, type Comparison, compareOrdered, compareUnordered } from "../capture/compare.ts";
import { writerFor } from "../capture/format.ts";
import { readPackets } from "../capture/packets.ts";
import type { CaptureWriter, PortDrops } from "../capture/writer.ts";
import { UsageError } from "../errors.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Part } from "./feed.ts";
import type { Digest, Host, HostOutput } from "./host.ts";
import type { Settings } from "./options.ts";
import type { EgressPort, Plan } from "./plan.ts";

export interface ExpectResult {
  readonly port: string;
  readonly file: string;
  readonly comparison: Comparison;
}

interface PortOutlet {
  readonly egress: EgressPort;
  /** Chunks of a port that comes later in the digest's order than one that may still send. */
  readonly spool: Uint8Array[];
  readonly comparer: Comparer | undefined;
  readonly file: string | undefined;
}

/** What has left a port: [u32 length][bytes] back to back, and when, nanoseconds since 1970. */
interface Batch {
  readonly batch: Uint8Array;
  readonly ns: BigUint64Array;
  readonly port: number;
}

export class Outlet {
  private readonly machine: Machine;
  private readonly ports: PortOutlet[];
  private readonly digest: Digest;
  private readonly writer: CaptureWriter | undefined;
  private readonly output: HostOutput | undefined;
  private readonly baseNs: bigint;
  private readonly direction: Settings["direction"];
  private inbound:
    | { readonly part: Part; next: number; loop: bigint; readonly loops: bigint; readonly span: bigint }
    | undefined;

  /**
   * @param mayLeave names of ports that packets can leave by
   * @param baseNs date of virtual time 0, nanoseconds since 1970
   * @throws UsageError for an expected capture that cannot be read, or an output that cannot be written
   */
  constructor(plan: Plan, settings: Settings, host: Host, mayLeave: readonly string[], baseNs: bigint) {
    this.machine = plan.machine;
    this.baseNs = baseNs;
    this.direction = settings.direction;
    this.digest = host.sha256();
    const expected = expectations(settings.expect, plan.egress, mayLeave);
    this.ports = [...plan.egress]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((egress) => {
        const file = expected.get(egress.name);
        const compare = settings.unordered ? compareUnordered : compareOrdered;
        const packets =
          file === undefined
            ? undefined
            : readPackets(host.readFile(file, "expect"), file, (_, direction) => direction !== "in");
        return { egress, spool: [], file, comparer: packets && compare(packets) };
      });
    if (settings.output !== undefined) {
      const output = host.openOutput(settings.output);
      this.output = output;
      this.writer = writerFor(
        settings.output,
        plan.egress.map((e) => e.name),
        (chunk) => output.write(chunk),
      );
    }
    // The digest is over ports in name order: one that may send before others are done waits in memory.
    this.first = this.ports.findIndex((p) => mayLeave.includes(p.egress.name));
  }

  private readonly first: number;

  /** The part that is being replayed, for captures of what came in. span: ps from one of its loops to the next */
  enter(part: Part, loops = 1n, span = 0n): void {
    this.flushInbound(undefined);
    this.inbound = { part, next: 0, loop: 0n, loops, span };
  }

  /** Empties the egress buffers. */
  take(): void {
    const { engine, arena } = this.machine;
    const batches: Batch[] = [];
    this.ports.forEach((port, position) => {
      const { at, buffer, times, port: id } = port.egress;
      const count = engine.egressCount(at) >>> 0;
      if (count === 0) return;
      const batch = arena.bytes.subarray(buffer, buffer + (engine.egressUsed(at) >>> 0));
      if (position === this.first) this.digest.update(batch);
      else port.spool.push(batch.slice());
      port.comparer?.push(batch);
      if (this.writer !== undefined && this.direction !== "in") {
        batches.push({ batch, ns: arena.u64(times, count).map((ps) => this.baseNs + ps / 1000n), port: id });
      }
    });
    this.write(batches);
    for (const { egress } of this.ports) engine.egressClear(egress.at);
  }

  /** Writes what has left: a batch as it is, several, or with what came in, packet by packet in the order of time. */
  private write(batches: readonly Batch[]): void {
    const { writer } = this;
    const [only, ...others] = batches;
    if (writer === undefined || only === undefined) return;
    if (others.length === 0 && this.direction === "out") {
      writer.write(only.batch, only.ns, only.port, "out");
      return;
    }
    const packets = batches.flatMap(({ batch, ns, port }) => {
      let at = 0;
      return Array.from(ns, (time) => {
        const record = batch.subarray(at, at + 4 + recordLength(batch, at));
        at += record.length;
        return { time, port, record };
      });
    });
    packets.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    for (const { time, port, record } of packets) {
      this.flushInbound(time);
      writer.write(record, BigUint64Array.of(time), port, "out");
    }
  }

  /** Writes what came in before `until` (ns since 1970), all of the part without. */
  private flushInbound(until: bigint | undefined): void {
    const { inbound } = this;
    if (this.writer === undefined || this.direction === "out" || inbound === undefined) return;
    const { arena } = this.machine;
    const words = INGRESS_BYTES / 4;
    const { entries, count } = inbound.part;
    const index = arena.u32(entries, count * words);
    for (; ; inbound.next++) {
      if (inbound.next === count) {
        if (count === 0 || inbound.loop + 1n >= inbound.loops) return;
        inbound.loop++;
        inbound.next = 0;
      }
      const [data = 0, length = 0, low = 0, high = 0, port = 0] = index.subarray(inbound.next * words);
      const ps = ((BigInt(high) << 32n) | BigInt(low)) + inbound.loop * inbound.span;
      const ns = this.baseNs + ps / 1000n;
      if (until !== undefined && ns > until) break;
      const record = new Uint8Array(4 + length);
      new DataView(record.buffer).setUint32(0, length, true);
      record.set(arena.bytes.subarray(data, data + length), 4);
      this.writer.write(record, BigUint64Array.of(ns), port & 0xffff, "in");
    }
  }

  /** Everything has left: the digest and the comparisons. The output file appears where it is complete. */
  finish(drops: readonly PortDrops[], complete = true): { sha256: string; expected: ExpectResult[] } {
    this.take();
    if (complete) this.flushInbound(undefined);
    for (const port of this.ports) for (const chunk of port.spool) this.digest.update(chunk);
    this.writer?.finish(drops);
    if (complete) this.output?.commit();
    else this.output?.abort();
    const expected = this.ports.flatMap((p) =>
      p.comparer === undefined ? [] : [{ port: p.egress.name, file: p.file ?? "", comparison: p.comparer.finish() }],
    );
    return { sha256: this.digest.hex(), expected };
  }

  /** The run broke: no file is left behind. */
  abort(): void {
    this.output?.abort();
  }
}

function expectations(
  texts: readonly string[],
  ports: readonly EgressPort[],
  mayLeave: readonly string[],
): Map<string, string> {
  const files = new Map<string, string>();
  for (const text of texts) {
    const named = ports.find((p) => text.startsWith(`${p.name}=`))?.name;
    const [only, ...others] = mayLeave;
    const port = named ?? (others.length === 0 ? only : undefined);
    if (port === undefined) {
      throw new UsageError(
        `expect: found ${text}, expected PORT=FILE, as packets may leave by ${mayLeave.join(" and ") || "no port"}`,
      );
    }
    if (files.has(port)) throw new UsageError(`expect: found ${port} twice, expected one capture a port`);
    files.set(port, named === undefined ? text : text.slice(named.length + 1));
  }
  return files;
}
