// outlet - takes what left the simulated NICs out of the engine's egress buffers and gives it to whoever wants it: the digest, the
// capture being written, the comparison with an expected capture.
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";
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

export class Outlet {
  private readonly machine: Machine;
  private readonly ports: PortOutlet[];
  private readonly digest: Digest;
  private readonly writer: CaptureWriter | undefined;
  private readonly output: HostOutput | undefined;
  private readonly baseNs: bigint;
  private readonly direction: Settings["direction"];
  private inbound: { entries: number; count: number; next: number } | undefined;

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

  /** The part that is being replayed, for captures of what came in. */
  enter(part: Part): void {
    this.flushInbound(undefined);
    this.inbound = { entries: part.entries, count: part.count, next: 0 };
  }

  /** Empties the egress buffers. */
  take(): void {
    const { engine, arena } = this.machine;
    this.ports.forEach((port, position) => {
      const { at, buffer, times, port: id } = port.egress;
      const count = engine.egressCount(at) >>> 0;
      if (count === 0) return;
      const batch = arena.bytes.subarray(buffer, buffer + (engine.egressUsed(at) >>> 0));
      if (position === this.first) this.digest.update(batch);
      else port.spool.push(batch.slice());
      port.comparer?.push(batch);
      if (this.writer !== undefined && this.direction !== "in") {
        const ns = arena.u64(times, count).map((ps) => this.baseNs + ps / 1000n);
        this.flushInbound(ns[0]);
        this.writer.write(batch, ns, id, "out");
      }
      engine.egressClear(at);
    });
  }

  /** Writes what came in before `until` (ns since 1970), all of the part without. */
  private flushInbound(until: bigint | undefined): void {
    const part = this.inbound;
    if (this.writer === undefined || this.direction === "out" || part === undefined) return;
    const { arena } = this.machine;
    const words = INGRESS_BYTES / 4;
    const index = arena.u32(part.entries, part.count * words);
    for (; part.next < part.count; part.next++) {
      const [data = 0, length = 0, low = 0, high = 0, port = 0] = index.subarray(
        part.next * words,
        part.next * words + 5,
      );
      const ns = this.baseNs + ((BigInt(high) << 32n) | BigInt(low)) / 1000n;
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
    this.flushInbound(undefined);
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
  return new Map(
    texts.map((text) => {
      const named = ports.find((p) => text.startsWith(`${p.name}=`));
      if (named !== undefined) return [named.name, text.slice(named.name.length + 1)];
      const [only, ...others] = mayLeave;
      if (only === undefined || others.length > 0) {
        throw new UsageError(
          `expect: found ${text}, expected PORT=FILE, as packets may leave by ${mayLeave.join(" and ") || "no port"}`,
        );
      }
      return [only, text];
    }),
  );
}
