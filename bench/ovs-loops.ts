// ovs-loops - the datapath's caches by themselves: bursts of 32 through one function, over and over, on the thread that calls. Keys are of UDP over
// IPv4, looked up in random order, and every one is found.
import { FLOW_KEY_BYTES, METADATA_BYTES, NETDEV_MAX_BURST } from "../assembly/abi/ovs.ts";
import { RunError } from "../src/errors.ts";
import { frameTemplate } from "../src/run/throughput.ts";
import type { Machine } from "../src/wasm/machine.ts";
import { exact, type FlowFields } from "../src/wasm/ovs-flow.ts";
import { type Megaflow, OvsFlows } from "../src/wasm/ovs-flows.ts";
import { type OvsPathLoop, ovsPath } from "./ovs-path.ts";

export type OvsLoop =
  /** Extraction of 64-byte frames, a call each, without their hashes. */
  | { readonly what: "extract" }
  /** EMC lookup of extracted keys. */
  | { readonly what: "emc"; readonly flows: number }
  /** Extraction, hash, EMC lookup and the megaflows' counters. */
  | { readonly what: "burst"; readonly flows: number }
  /** Classifier lookup of extracted keys, hits spread evenly over the subtables. */
  | { readonly what: "dpcls"; readonly flows: number; readonly subtables: number }
  | OvsPathLoop;

const PORT = 1;
const FRAME_BYTES = 64;
/** Bursts of the random order; those that the classifier gets are hot, as keys are that were just extracted. */
const BURSTS = 256;
const HOT_BURSTS = 32;
const CALLS_PER_CLOCK = 512;
const SOURCE = 26;
const TP_DST = 36;

/** Six words: what every megaflow matches on, the source, and for 16 different masks bits of tp_dst and nw_proto or not. */
function megaflow(flow: number, subtable: number): { key: FlowFields; mask: FlowFields } {
  const key = { in_port: PORT, dl_type: 0x800, nw_src: 0x0a000000 + flow, tp_dst: subtable << 8, nw_proto: 17 };
  const mask = {
    ...exact("dl_type", "nw_src", "nw_frag"),
    vlan_tci: 0x1fff,
    tp_dst: 0xff00 + ((1 << (subtable % 8)) - 1),
    nw_proto: subtable < 8 ? 0 : 255,
  };
  return { key, mask };
}

class OvsLoops {
  private readonly pmd: OvsFlows;
  private readonly machine: Machine;
  private readonly frame: number;
  private readonly metadata: number;
  private readonly results: number;
  private readonly lookups: number;

  constructor(machine: Machine) {
    this.machine = machine;
    this.pmd = new OvsFlows(machine.engine, machine.arena, { emcInsertInvProb: 1, flowLimit: 16384 });
    this.frame = machine.arena.allocate(NETDEV_MAX_BURST * FRAME_BYTES, "frames");
    this.metadata = machine.arena.allocate(METADATA_BYTES, "metadata");
    this.results = machine.arena.allocate(NETDEV_MAX_BURST * 4, "results");
    this.lookups = machine.arena.allocate(8, "a counter");
    machine.engine.metadataSet(this.metadata, PORT, 0, 0, 0, 0);
  }

  /** One call a burst. */
  bursts(loop: Exclude<OvsLoop, OvsPathLoop>): (i: number) => void {
    switch (loop.what) {
      case "extract":
        return this.extraction();
      case "emc":
        return this.emc(loop.flows);
      case "burst":
        return this.whole(loop.flows);
      case "dpcls":
        return this.dpcls(loop.flows, loop.subtables);
    }
  }

  private write(at: number, flow: number, subtable = 0): void {
    const { bytes } = this.machine.arena;
    bytes.set(frameTemplate(FRAME_BYTES).subarray(0, FRAME_BYTES), at);
    const view = new DataView(bytes.buffer, at, FRAME_BYTES);
    view.setUint32(SOURCE, 0x0a000000 + flow);
    view.setUint16(TP_DST, subtable << 8);
  }

  private extraction(): () => void {
    const { engine, arena } = this.machine;
    const keys = arena.allocate(NETDEV_MAX_BURST * FLOW_KEY_BYTES, "keys");
    for (let i = 0; i < NETDEV_MAX_BURST; i++) this.write(this.frame + i * FRAME_BYTES, i);
    return () => {
      for (let i = 0; i < NETDEV_MAX_BURST; i++)
        engine.extract(keys + i * FLOW_KEY_BYTES, this.frame + i * FRAME_BYTES, FRAME_BYTES, this.metadata, 1);
    };
  }

  /** So many keys of random flows, hash set. */
  private keys(count: number, flows: number, subtableOf: (flow: number) => number): number {
    const { engine, arena } = this.machine;
    const keys = arena.allocate(count * FLOW_KEY_BYTES, "keys");
    let state = 1;
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const flow = state % flows;
      this.write(this.frame, flow, subtableOf(flow));
      const key = keys + i * FLOW_KEY_BYTES;
      engine.extract(key, this.frame, FRAME_BYTES, this.metadata, 1);
      arena.u32(key, 1)[0] = engine.hash5Tuple(key);
    }
    return keys;
  }

  private emc(flows: number): (i: number) => void {
    const { engine, arena } = this.machine;
    const keys = this.keys(BURSTS * NETDEV_MAX_BURST, flows, () => 0);
    const { key, mask } = megaflow(0, 0);
    const emc = arena.allocate(8192 * FLOW_KEY_BYTES, "an EMC");
    const table = arena.allocate(64, "no table");
    const one: Megaflow = this.pmd.addFlow(key, mask);
    for (let i = 0; i < BURSTS * NETDEV_MAX_BURST; i++) engine.emcInsert(emc, table, keys + i * FLOW_KEY_BYTES, one);
    return (i) => {
      engine.emcLookup(emc, keys + (i % BURSTS) * NETDEV_MAX_BURST * FLOW_KEY_BYTES, NETDEV_MAX_BURST, this.results);
    };
  }

  private whole(flows: number): (i: number) => void {
    const { engine, arena } = this.machine;
    const lcore = this.machine.addLcore(false, 1, 0);
    const pool = this.machine.addPool(Math.max(flows, 64) + 64, 0, 1);
    const packets = arena.allocate(BURSTS * NETDEV_MAX_BURST * 4, "packets");
    const mbufs = arena.allocate(flows * 4, "mbufs");
    engine.mempoolGet(lcore, pool, mbufs, flows);
    const handles = [...arena.u32(mbufs, flows)];
    handles.forEach((m, flow) => {
      this.write(this.frame, flow);
      engine.mbufWrite(m, this.frame, FRAME_BYTES, 0);
    });
    this.pmd.addFlow({ in_port: PORT, dl_type: 0x800 }, { ...exact("dl_type", "nw_frag"), vlan_tci: 0x1fff });
    let state = 1;
    const order = arena.u32(packets, BURSTS * NETDEV_MAX_BURST);
    for (let i = 0; i < order.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      order[i] = handles[state % flows]!;
    }
    return (i) => {
      const burst = packets + (i % BURSTS) * NETDEV_MAX_BURST * 4;
      engine.pmdLookup(this.pmd.address, burst, NETDEV_MAX_BURST, this.metadata, 0, 0, 0n);
      engine.pmdFinish(this.pmd.address);
    };
  }

  private dpcls(flows: number, subtables: number): (i: number) => void {
    const { engine, arena } = this.machine;
    for (let flow = 0; flow < flows; flow++) {
      const { key, mask } = megaflow(flow, flow % subtables);
      this.pmd.addFlow(key, mask);
    }
    const count = HOT_BURSTS * NETDEV_MAX_BURST;
    const keys = this.keys(count, flows, (flow) => flow % subtables);
    const pointers = arena.allocate(count * 4, "keys");
    arena.u32(pointers, count).set(Array.from({ length: count }, (_, i) => keys + i * FLOW_KEY_BYTES));
    const classifier = engine.pmdClassifier(this.pmd.address, PORT);
    return (i) => {
      const burst = pointers + (i % HOT_BURSTS) * NETDEV_MAX_BURST * 4;
      if (engine.dpclsLookup(classifier, burst, NETDEV_MAX_BURST, this.results, this.lookups) !== 0)
        throw new RunError("dpcls: found a miss, expected hits");
    };
  }
}

/** Warms up once, then runs for so many seconds each time it is called. @returns millions of packets a second */
export function ovsLoop(machine: Machine, loop: OvsLoop, warmUpSeconds: number): (seconds: number) => number {
  const burst =
    loop.what === "path" || loop.what === "pvp" || loop.what === "upcall"
      ? ovsPath(machine, loop)
      : new OvsLoops(machine).bursts(loop);
  const run = (seconds: number): number => {
    const start = performance.now();
    let calls = 0;
    let ms = 0;
    while (ms < seconds * 1000) {
      for (let i = 0; i < CALLS_PER_CLOCK; i++) burst(calls + i);
      calls += CALLS_PER_CLOCK;
      ms = performance.now() - start;
    }
    return (calls * NETDEV_MAX_BURST) / ms / 1000;
  };
  run(warmUpSeconds);
  return run;
}
