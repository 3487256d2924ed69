// ovs-replay - a recorded run of real OVS, repeated by the engine's datapath: the same packets in the same bursts, and for each upcall the megaflow
// that real OVS installed.

import { flowBytes } from "../../src/wasm/ovs-flow.ts";
import { type Megaflow, OvsFlows } from "../../src/wasm/ovs-flows.ts";
import { Hands } from "./engine.ts";
import type { Extractor } from "./ovs-extract.ts";
import { type OdpFlow, readOdpFlow } from "./ovs-odp.ts";
import type { RecordedRun } from "./ovs-recorded.ts";
import { packetsOf, pcapPath } from "./recordings.ts";

const MANY = 12_000;
const PORT = 1;
const BURST = 32;
/** netdev-dummy/receive takes no less. */
const DUMMY_MIN = 14;
const SECOND_PS = 1_000_000_000_000n;

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** What record-ovs.py makes itself: see read_packets there. */
function made(name: string): Uint8Array[] | undefined {
  const ethernet = "52540000000252540000000108004500";
  if (name === "alike") {
    const tcp = (flags: string) => `9c400050000000010000000250${flags}020000000000`;
    return ["02", "10", "18"].map((flags) => hex(`${ethernet}002800070000400600000a000001c0a80002${tcp(flags)}`));
  }
  if (name === "alike6") {
    const addresses = "20010db800010000000000000000000120010db8000200000000000000000002";
    const ip = (hops: string) => `52540000000252540000000186dd60012345001a11${hops}${addresses}`;
    return ["40", "3f"].map((hops) => hex(`${ip(hops)}04d20035001a0000${"00".repeat(18)}`));
  }
  if (name !== "many") return undefined;
  return Array.from({ length: MANY }, (_, i) => {
    const frame = hex(`${ethernet}002e00070000401100000a0000010ac80101000007d0001a0000${"00".repeat(18)}`);
    const view = new DataView(frame.buffer);
    view.setUint32(26, 0x0a000001 + i);
    view.setUint16(34, 1000 + (i % 50000));
    return frame;
  });
}

/** The packets of a run's capture. */
export function packetsOfRun(run: RecordedRun): Uint8Array[] {
  const packets = made(run.capture) ?? packetsOf(pcapPath(`in/${run.capture}.pcap`));
  return run.kind === "pcap" ? packets : packets.filter((packet) => packet.length >= DUMMY_MIN);
}

interface Recorded {
  readonly flow: OdpFlow;
  readonly key: Uint8Array;
  readonly mask: Uint8Array;
}

export class OvsReplay {
  readonly pmd: OvsFlows;
  readonly recorded: readonly Recorded[];
  /** Of each recorded megaflow, ours. */
  readonly installed = new Map<Recorded, Megaflow>();
  private readonly extractor: Extractor;
  private readonly hands: Hands;
  private readonly pool: number;
  private readonly frames: readonly Uint8Array[];
  private readonly burst: number;

  constructor(run: RecordedRun, extractor: Extractor) {
    const { machine } = extractor;
    this.extractor = extractor;
    this.hands = new Hands(machine);
    this.pool = machine.addPool(64, 32, 1);
    this.frames = packetsOfRun(run);
    this.burst = run.kind === "pcap" ? BURST : 1;
    this.pmd = new OvsFlows(machine.engine, machine.arena, {
      emcInsertInvProb: run.config["emc-insert-inv-prob"],
      smcEnable: run.config["smc-enable"] === "true",
    });
    this.recorded = run.flows
      .map(readOdpFlow)
      .map((flow) => ({ flow, key: flowBytes(flow.key), mask: flowBytes(flow.mask) }));
  }

  /** All packets, `times` times over. */
  replay(times: number): void {
    for (let time = 0; time < times; time++)
      for (let i = 0; i < this.frames.length; i += this.burst) this.lookUp(this.frames.slice(i, i + this.burst));
  }

  /** A second passes. */
  sort(): void {
    this.pmd.housekeeping(2n * SECOND_PS);
  }

  private lookUp(frames: readonly Uint8Array[]): void {
    const packets = frames.map((frame) => this.hands.packet(this.pool, frame));
    this.pmd.lookup({ packets, inPort: PORT }, (i) => this.upcall(frames[i]!));
    this.hands.free(packets);
  }

  private upcall(frame: Uint8Array): Megaflow | "failed" {
    const { fields } = this.extractor.extract(frame, { inPort: PORT, vlanLimit: 1 });
    const packet = flowBytes(fields);
    const found = this.recorded.find(({ key, mask }) =>
      mask.every((bits, at) => ((packet[at]! ^ key[at]!) & bits) === 0),
    );
    if (found === undefined || this.installed.has(found)) return "failed";
    const megaflow = this.pmd.addFlow(found.flow.key, found.flow.mask);
    this.installed.set(found, megaflow);
    return megaflow;
  }
}
