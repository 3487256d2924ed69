// ovs-lab - a datapath in virtual time: simulated NICs with arrival times in front, captures behind, any number of threads. Everything is in the
// ledger, from the wire to the capture.

import { SCHEDULER_BYTES } from "../../assembly/abi/sizes.ts";
import { STAGE_COUNT } from "../../assembly/abi/stages.ts";
import { SLICE_DONE, SLICE_UPCALL } from "../../assembly/abi/status.ts";
import {
  type DatapathOptions,
  type Decide,
  OvsDatapath,
  type OvsPmd,
  type OvsPort,
} from "../../src/wasm/ovs-datapath.ts";
import { freshMachine } from "./engine.ts";
import { type Arrival, feed, type Left, left } from "./ports.ts";

export interface OvsLabOptions extends Omit<DatapathOptions, "ports"> {
  readonly ports: number;
  readonly threads: number;
  /** Receive queues a port, one a thread. */
  readonly queues?: number;
  readonly trace?: readonly [number, number];
  /** ps of each stage: a poll, a burst, a packet, a byte. */
  readonly cost?: readonly [number, number, number, number];
  readonly txQueues?: number;
  /** The threads are main ones. */
  readonly main?: boolean;
  readonly arrivals: readonly Arrival[];
}

const POOL = 8192;
const DEPTH = 2048;
const EGRESS = 1 << 22;
const POLLS = 1000;

export class OvsLab {
  readonly machine = freshMachine();
  readonly datapath: OvsDatapath;
  readonly pmds: readonly OvsPmd[];
  readonly ports: readonly OvsPort[];
  upcalls = 0;
  private readonly egresses: { at: number; buffer: number; times: number }[] = [];
  private readonly scheduler: number;

  constructor(options: OvsLabOptions) {
    const {
      ports,
      threads,
      queues = 1,
      txQueues = threads + 1,
      trace,
      arrivals,
      cost = [1000, 1000, 1000, 0],
      main = false,
    } = options;
    const { machine } = this;
    machine.setProfile(Array.from({ length: STAGE_COUNT }, () => cost));
    const lcores = Array.from({ length: threads }, () => machine.addLcore(true, 16, trace ? 4096 : 0));
    const pool = machine.addPool(POOL, 0, threads + 1);
    this.datapath = new OvsDatapath(machine, { ...options, ports: 64, lcores: threads + 1 });
    const source = machine.addIngress(true, false, trace);
    this.ports = Array.from({ length: ports }, (_, i) => {
      const egress = machine.addEgress(true, EGRESS, 1 << 15, 1 << 20, 512);
      this.egresses.push(egress);
      const tx = machine.addPcapTx(i + 1, 0, egress.at);
      return this.datapath.addPort({
        number: i + 1,
        kind: "dpdk",
        rx: Array.from({ length: queues }, (_, q) =>
          machine.addNicRx(i + 1, q, DEPTH, pool, source, (q << 16) | (i + 1)),
        ),
        tx: Array.from({ length: txQueues }, () => tx),
      });
    });
    this.pmds = lcores.map((lcore) => this.datapath.addPmd(lcore, { main }));
    this.pmds.forEach((pmd, t) => {
      pmd.poll(this.ports.flatMap(({ rxqs }) => rxqs.filter((_, q) => q % threads === t)));
    });
    feed(machine, source, arrivals);
    this.scheduler = machine.arena.allocate(SCHEDULER_BYTES, "a scheduler");
    const heap = machine.arena.allocate(threads * 4, "lcores");
    machine.arena.u32(heap, threads).set(lcores);
    machine.engine.schedulerInit(this.scheduler, heap, threads, 0, 0);
  }

  /** To the end. polls: of a slice */
  run(decide: Decide, polls = POLLS): void {
    for (;;) {
      const slice = this.machine.engine.schedulerRun(this.scheduler, polls) >>> 0;
      if (slice === SLICE_UPCALL) {
        const waiting = this.pmds.filter(({ waits }) => waits);
        if (waiting.length !== 1) throw new Error(`test: found ${waiting.length} threads that wait, expected one`);
        this.upcalls += waiting[0]!.handleUpcalls(decide);
      } else if (slice === SLICE_DONE) break;
    }
    this.machine.engine.schedulerSettle(this.scheduler);
  }

  /** What left a port, with its times. */
  left(number: number): Left[] {
    return left(this.machine, this.egresses[number - 1]!);
  }
}
