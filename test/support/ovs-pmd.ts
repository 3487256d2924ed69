// ovs-pmd - a datapath thread and hands that give it frames: UDP over IPv4 from a numbered source.

import type { FlowFields } from "../../src/wasm/ovs-flow.ts";
import { type FlowsOptions, type LookupUpcall, type Megaflow, OvsFlows } from "../../src/wasm/ovs-flows.ts";
import { freshMachine, Hands } from "./engine.ts";
import { udpFrame } from "./frames.ts";

export const PORT = 1;
const SOURCE = 26;

/** 64 bytes from 10.0.0.0 + source, ports 1024 + port to 9. */
export function frameFrom(source: number, port = 0): Uint8Array {
  const frame = udpFrame(64, port);
  new DataView(frame.buffer).setUint32(SOURCE, 0x0a000000 + source);
  return frame;
}

/** A megaflow of one source address. */
export function ofSource(source: number): { key: FlowFields; mask: FlowFields } {
  return {
    key: { in_port: PORT, dl_type: 0x800, nw_src: 0x0a000000 + source },
    mask: { dl_type: 0xffff, nw_src: 0xffff_ffff, nw_frag: 3, vlan_tci: 0x1fff },
  };
}

export class PmdBench {
  readonly pmd: OvsFlows;
  private readonly machine = freshMachine();
  private readonly hands = new Hands(this.machine);
  private readonly pool = this.machine.addPool(64, 32, 1);

  constructor(options: FlowsOptions = {}) {
    this.pmd = new OvsFlows(this.machine.engine, this.machine.arena, options);
  }

  add(source: number): Megaflow {
    const { key, mask } = ofSource(source);
    return this.pmd.addFlow(key, mask);
  }

  lookup(frames: readonly Uint8Array[], upcall: LookupUpcall = () => "none", more = {}): (Megaflow | undefined)[] {
    const packets = frames.map((frame) => this.hands.packet(this.pool, frame));
    const found = this.pmd.lookup({ packets, inPort: PORT, ...more }, upcall);
    this.hands.free(packets);
    return found;
  }

  /** Hits of each kind since the last time, and misses. */
  counts(): { emc: number; smc: number; megaflow: number; missed: number } {
    const { emcHits, smcHits, megaflowHits, missed } = this.pmd.readStats();
    const now = { emc: emcHits, smc: smcHits, megaflow: megaflowHits, missed };
    const before = this.before;
    this.before = now;
    return {
      emc: now.emc - before.emc,
      smc: now.smc - before.smc,
      megaflow: now.megaflow - before.megaflow,
      missed: now.missed - before.missed,
    };
  }

  private before = { emc: 0, smc: 0, megaflow: 0, missed: 0 };
}
