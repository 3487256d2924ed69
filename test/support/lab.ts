// lab - a host and a guest in virtual time: what the scheduler's tests run, and the definition they hold it to.
import { ENGINE_IO, ENGINE_MAC } from "../../assembly/abi/engines.ts";
import * as stages from "../../assembly/abi/stages.ts";
import { SLICE_MORE } from "../../assembly/abi/status.ts";
import type { Machine, Queue } from "../../src/wasm/machine.ts";
import { payload } from "./captures.ts";
import { freshMachine } from "./engine.ts";
import { type Arrival, feed, left } from "./ports.ts";
import type { Random } from "./random.ts";

export const US = 1_000_000n;
export type Cost = [poll: number, burst: number, packet: number, byte: number];

/** A cost profile: every stage alike, but those named. */
export function profile(machine: Machine, each: Cost, named: Record<number, Cost> = {}): void {
  machine.setProfile(Array.from({ length: stages.STAGE_COUNT }, (_, id) => named[id] ?? each));
}

export function scheduler(machine: Machine, egresses: readonly number[] = []): number {
  const { arena, lcores } = machine;
  const at = arena.allocate(64, "a scheduler");
  const heap = arena.allocate(lcores.length * 4, "a heap");
  const list = arena.allocate(64, "egresses");
  arena.u32(heap, lcores.length).set(lcores);
  arena.u32(list, egresses.length).set(egresses);
  machine.engine.schedulerInit(at, heap, lcores.length, list, egresses.length);
  return at;
}

export function stream(
  machine: Machine,
  lcore: number,
  engine: number,
  rx: Queue,
  tx: Queue,
  more: { burst?: number; retryNum?: number; waits?: boolean } = {},
): number {
  return machine.addStream(lcore, {
    engine,
    rx,
    tx,
    burst: more.burst ?? 32,
    peerMac: 1n,
    sourceMac: 2n,
    retryNum: more.retryNum ?? 0,
    retryDelayPs: US,
    waits: more.waits ?? false,
    txFirst: 0,
  });
}

export interface Lab {
  readonly machine: Machine;
  readonly sched: number;
  readonly rx: Queue;
  readonly source: number;
  readonly egress: { at: number; buffer: number; times: number };
}

export interface PvpOptions {
  readonly arrivals: readonly Arrival[];
  readonly retryNum?: number;
  readonly waits?: boolean;
  readonly more?: boolean;
  readonly costs?: Cost;
  readonly guestCosts?: Cost;
}

/** NIC 0 -> vhost -> guest's mac -> vhost -> NIC 1, a host and a guest lcore, and back. */
export function pvp({
  arrivals,
  retryNum = 0,
  waits = false,
  more = false,
  costs = [20_000, 5_000, 9_000, 10],
}: PvpOptions): Lab {
  const machine = freshMachine();
  profile(machine, costs, { [stages.STAGE_FWD_IO]: [0, 0, 0, 0], [stages.STAGE_FWD_MAC]: [0, 700, 30_000, 1] });
  const [host, guest] = [machine.addLcore(true, 4, 0), machine.addLcore(true, 2, 0)];
  const pool = machine.addPool(2000, 64, 2);
  const window = machine.addWindow(4 * machine.ringWindowBytes(64) + 16384 + 1000 * 2176);
  const guestPool = machine.addPool(1000, 64, 2, window);
  const source = machine.addIngress(true, waits, undefined);
  const egress = machine.addEgress(true, 4 << 20, 8192, 1 << 20, 512);
  const line = machine.addNicTxPort(800);
  const nics = [0, 1].map((port) => ({
    rx: machine.addNicRx(port, 0, 128, pool, source, port),
    tx: machine.addNicTx(port, 0, 128, line, egress.at),
  }));
  const ring = { size: 64, headerBytes: 12, mergeable: true };
  const links = [2, 3].map((port) => {
    const sides = [
      { port, number: 0, pool },
      { port: port + 2, number: 0, pool: guestPool, window, lcore: guest },
    ] as const;
    return { down: machine.addVirtqueue(true, ring, ...sides), up: machine.addVirtqueue(false, ring, ...sides) };
  });
  for (const i of [0, 1]) {
    stream(machine, host, ENGINE_IO, nics[i]!.rx, links[i]!.down.host, { retryNum, waits });
    stream(machine, host, ENGINE_IO, links[i]!.up.host, nics[i]!.tx, { retryNum, waits });
    stream(machine, guest, ENGINE_MAC, links[i]!.down.guest, links[1 - i]!.up.guest, { retryNum, waits });
  }
  feed(machine, source, arrivals, 1n, 0n, more);
  return { machine, sched: scheduler(machine, [egress.at]), rx: nics[0]!.rx, source, egress };
}

/** Everything that a run leaves behind. */
export function state({ machine, egress }: Lab, withPolls = true) {
  return {
    usage: machine.lcores.map((lcore) => ({
      ...machine.usage(lcore),
      ...(withPolls ? {} : { polls: 0, emptyPolls: 0 }),
    })),
    counters: machine.queues.map(({ counters }) => [...counters]),
    left: left(machine, egress),
  };
}

export function run(lab: Lab, slice = 4096, most = 2_000_000): number {
  for (let polls = 0; polls < most; polls += slice) {
    const result = lab.machine.engine.schedulerRun(lab.sched, slice) >>> 0;
    if (result !== SLICE_MORE) {
      lab.machine.engine.schedulerSettle(lab.sched);
      return result;
    }
  }
  throw new Error(`test: found no end after ${most} polls`);
}

export function traffic(chance: Random, n: number, gapUs: number): Arrival[] {
  let time = 0n;
  return Array.from({ length: n }, (_, i) => {
    time += chance.below(4) === 0 ? BigInt(chance.below(gapUs * 1_000_000)) : BigInt(chance.below(100_000));
    return { bytes: payload(chance.between(60, 1514), i), time, port: chance.below(2) };
  });
}

/**
 * What the executor is defined by, poll by poll and without jumps: the lcore with the smallest clock polls (ties by id); what it
 * publishes becomes visible when the order reaches its poll's end. Ends when every lcore has reached the clock given.
 */
export function stepByStep({ machine }: Lab, until: readonly bigint[]): void {
  const { engine, lcores } = machine;
  const clocks = lcores.map((lcore) => machine.usage(lcore).clockPs);
  for (;;) {
    let first = -1;
    for (const [id, clock] of clocks.entries())
      if (clock < until[id]! && (first < 0 || clock < clocks[first]!)) first = id;
    if (first < 0) break;
    // whatever lcores before this one in the order have published is out by now; an lcore at its end publishes what it holds
    for (const [id, clock] of clocks.entries())
      if (clock < clocks[first]! || (clock === clocks[first] && id <= first)) engine.publishDeferred(lcores[id]!);
    engine.lcorePoll(lcores[first]!);
    clocks[first] = machine.usage(lcores[first]!).clockPs;
  }
  for (const lcore of lcores) engine.publishDeferred(lcore);
}
