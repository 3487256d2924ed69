// ovs-bench - a datapath with one thread whose ports are rings: frames go in by hand, what each port sends is taken out, time is what a poll
// is told. Upcalls are the test's.
import { sumLedger } from "../../src/wasm/counters.ts";
import type { Queue } from "../../src/wasm/machine.ts";
import type { DatapathAction } from "../../src/wasm/ovs-actions.ts";
import {
  type DatapathOptions,
  type Decide,
  OvsDatapath,
  type OvsPmd,
  type OvsPort,
  type OvsPortKind,
  type ThreadOptions,
  type Upcall,
  type UpcallDecision,
} from "../../src/wasm/ovs-datapath.ts";
import { type FlowFields, flowBytes } from "../../src/wasm/ovs-flow.ts";
import { freshMachine, Hands } from "./engine.ts";

const RING = 1024;
const POOL = 4000;
const BURST = 32;
/** Bits that every megaflow of OVS has: the rest of a mask is what its decision looked at. */
const ALWAYS: FlowFields = { recirc_id: 0xffff_ffff, packet_type: 0xffff_ffff, dl_type: 0xffff, nw_frag: 3 };

export interface OvsBenchOptions extends Omit<DatapathOptions, "ports"> {
  readonly ports?: readonly number[];
  readonly kind?: OvsPortKind;
  readonly thread?: ThreadOptions;
}

interface Lane {
  readonly port: OvsPort;
  readonly inward: { readonly tx: Queue; readonly rx: Queue };
  readonly outward: { readonly tx: Queue; readonly rx: Queue };
}

/** Ones where a field's bytes are, beside what every megaflow has. */
export function maskWords(fields: FlowFields): Uint32Array {
  return new Uint32Array(flowBytes({ ...ALWAYS, ...fields }).buffer);
}

/** The same actions for every packet of an input port; a megaflow that matches no more than it must. */
export function always(actions: readonly DatapathAction[], fields: FlowFields = {}): Decide {
  const mask = maskWords(fields);
  return (upcall) => {
    upcall.mask.set(mask);
    return { actions, install: true };
  };
}

export class OvsBench {
  readonly machine = freshMachine();
  readonly datapath: OvsDatapath;
  readonly pmd: OvsPmd;
  readonly lcore: number;
  readonly hands: Hands;
  readonly pool: number;
  readonly upcalls: { kind: Upcall["kind"]; depth: number; packet: Uint8Array }[] = [];
  decide: Decide = () => undefined;
  private readonly lanes = new Map<number, Lane>();
  private now = 0n;

  constructor({ ports = [1, 2, 3], kind = "dpdk", thread = {}, ...options }: OvsBenchOptions = {}) {
    const { machine } = this;
    this.hands = new Hands(machine);
    this.pool = machine.addPool(POOL, 0, 4);
    this.lcore = machine.addLcore(false, 16, 0);
    this.datapath = new OvsDatapath(machine, { lcores: 4, ...options });
    this.pmd = this.datapath.addPmd(this.lcore, thread);
    for (const number of ports) this.addPort(number, kind);
    this.pmd.poll([...this.lanes.values()].flatMap(({ port }) => port.rxqs));
  }

  private addPort(number: number, kind: OvsPortKind): void {
    const inward = this.machine.addRing(RING, [100 + number, 0], [number, 0]);
    const outward = this.machine.addRing(RING, [number, 0], [100 + number, 0]);
    // two tx queues are as many as threads: the main one and ours
    const tx = [outward.tx, outward.tx];
    const port = this.datapath.addPort({ number, kind, rx: [inward.rx], tx });
    this.lanes.set(number, { port, inward, outward });
  }

  private lane(number: number): Lane {
    const lane = this.lanes.get(number);
    if (lane === undefined) throw new Error(`test: found no port ${number}`);
    return lane;
  }

  port(number: number): OvsPort {
    return this.lane(number).port;
  }

  /** Frames into a port, then rounds of the loop until nothing is left. us: when */
  receive(number: number, frames: readonly Uint8Array[], us?: number): void {
    const { hands, machine } = this;
    if (us !== undefined) this.now = BigInt(us) * 1_000_000n;
    for (let i = 0; i < frames.length; i += BURST) {
      const packets = frames.slice(i, i + BURST).map((frame, k) => hands.packet(this.pool, frame, i + k));
      hands.send(machine.engine.portTxBurst, this.lane(number).inward.tx.address, packets);
    }
    this.run();
  }

  /** Polls until a round moves nothing. */
  run(): void {
    const { engine } = this.machine;
    for (let idle = 0; idle < this.lanes.size; ) {
      const moved = engine.lcoreRun(this.lcore, 1, this.now) >>> 0;
      const asked = this.pmd.handleUpcalls((upcall) => this.note(upcall));
      idle = moved === 0 && asked === 0 ? idle + 1 : 0;
    }
  }

  private note(upcall: Upcall): UpcallDecision | undefined {
    this.upcalls.push({ kind: upcall.kind, depth: upcall.depth, packet: Uint8Array.from(upcall.packet) });
    return this.decide(upcall);
  }

  /** What a port has sent since the last time. */
  sent(number: number): Uint8Array[] {
    const { hands, machine } = this;
    const packets = hands.receive(machine.engine.portRxBurst, this.lane(number).outward.rx.address, 512);
    const frames = packets.map((m) => hands.bytes(m));
    hands.free(packets);
    return frames;
  }

  /**
   * Copies, packets that ended by design, and drops so far. Rings carry packets between the test and the datapath, so what entered the
   * datapath is what went into the rings, and what left it is what came out.
   */
  get counts(): { copied: number; consumed: number; drops: Record<string, number> } {
    const queues = this.machine.readQueues().map(({ counters }) => counters);
    const { copied, consumed, drops } = sumLedger(queues, 0);
    return { copied, consumed, drops };
  }
}
