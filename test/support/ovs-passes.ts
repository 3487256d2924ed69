// ovs-passes - whole ways of packets through real Open vSwitch 3.1 (test/recorded/ovs/passes.json, by record-ovs-passes.py), and the same by the
// engine's datapath, whose upcalls bring the megaflows that real OVS had.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { DatapathAction } from "../../src/wasm/ovs-actions.ts";
import type { Upcall, UpcallDecision } from "../../src/wasm/ovs-datapath.ts";
import { flowBytes } from "../../src/wasm/ovs-flow.ts";
import { OvsBench } from "./ovs-bench.ts";
import { type OdpFlow, readOdpFlow } from "./ovs-odp.ts";
import { readOdpActions } from "./ovs-odp-actions.ts";

export interface RecordedPass {
  /** dummy: a packet a batch; pcap: bursts of 32 */
  readonly kind: "dummy" | "pcap";
  readonly capture: string;
  readonly times: number;
  readonly config: { readonly "emc-insert-inv-prob": number };
  readonly rules: readonly string[];
  /** pmd-stats-show */
  readonly stats: Readonly<Record<string, number>>;
  readonly flows: readonly string[];
  readonly drops: Readonly<Record<string, number>>;
  /** Of ports 2 and 3, in hex. */
  readonly sent: readonly (readonly string[])[];
  readonly packets: readonly string[];
}

/** As the file has it: packets of a kind and capture once; of what was sent unchanged the packet's number. */
interface Stored {
  readonly runs: readonly (Omit<RecordedPass, "sent" | "packets"> & { readonly sent: (string | number)[][] })[];
  readonly meters: readonly RecordedMeter[];
  readonly captures: Readonly<Record<string, readonly string[]>>;
}

export interface RecordedMeter {
  readonly meter: string;
  /** ms that pass, then frames of 60 and of 1000 bytes. */
  readonly steps: readonly (readonly [ms: number, small: number, large: number])[];
  /** Of each step, what the meter let pass. */
  readonly sent: readonly number[];
  /** Packets and bytes of the meter, then those that each band dropped; one frame came before the steps. */
  readonly counts: readonly (readonly [packets: number, bytes: number])[];
}

export function recordedPasses(): {
  readonly runs: readonly RecordedPass[];
  readonly meters: readonly RecordedMeter[];
} {
  const bytes = readFileSync(new URL("../recorded/ovs/passes.json.gz", import.meta.url));
  const { runs, meters, captures } = JSON.parse(gunzipSync(bytes).toString()) as Stored;
  const whole = runs.map((run) => {
    const packets = captures[`${run.kind} ${run.capture}`]!;
    const sent = run.sent.map((port) => port.map((packet) => (typeof packet === "number" ? packets[packet]! : packet)));
    return { ...run, packets, sent };
  });
  return { runs: whole, meters };
}

interface Known {
  readonly flow: OdpFlow;
  readonly key: Uint8Array;
  readonly mask: Uint8Array;
  readonly actions: readonly DatapathAction[];
}

export class PassReplay {
  readonly bench: OvsBench;
  readonly known: readonly Known[];
  private readonly run: RecordedPass;

  constructor(run: RecordedPass) {
    this.run = run;
    this.bench = new OvsBench({ kind: run.kind === "pcap" ? "dpdk" : "dummy", ports: [1, 2, 3] });
    this.bench.datapath.setEmcInsertInvProb(run.config["emc-insert-inv-prob"]);
    this.known = run.flows.map((line) => {
      const flow = readOdpFlow(line);
      return { flow, key: flowBytes(flow.key), mask: flowBytes(flow.mask), actions: readOdpActions(line) };
    });
    this.bench.decide = (upcall) => this.decide(upcall);
  }

  /** The cookie of a megaflow is its place in the record, from 1. */
  private decide(upcall: Upcall): UpcallDecision | undefined {
    const packet = new Uint8Array(Uint32Array.from(upcall.key).buffer);
    const at = this.known.findIndex(({ key, mask }) => mask.every((bits, i) => ((packet[i]! ^ key[i]!) & bits) === 0));
    const found = this.known[at];
    if (found === undefined) return undefined;
    upcall.mask.set(new Uint32Array(found.mask.buffer));
    return { actions: found.actions, install: true, cookie: at + 1 };
  }

  /** All packets. @returns what each of ports 2 and 3 sent, in hex */
  replay(): string[][] {
    const { run, bench } = this;
    const frames = run.packets.map((packet) => new Uint8Array(Buffer.from(packet, "hex")));
    const sent: string[][] = [[], []];
    const burst = run.kind === "pcap" ? frames.length : 1;
    for (let time = 0; time < run.times; time++)
      for (let i = 0; i < frames.length; i += burst) {
        bench.receive(1, frames.slice(i, i + burst));
        for (const port of [2, 3])
          sent[port - 2]!.push(...bench.sent(port).map((bytes) => Buffer.from(bytes).toString("hex")));
      }
    return sent;
  }
}
