// replay - runs captures through a topology in virtual time and reports where every packet went.
import { ENGINE_FLOWGEN, ENGINE_ICMPECHO, ENGINE_TXONLY } from "../../assembly/abi/engines.ts";
import { SCHEDULER_BYTES } from "../../assembly/abi/sizes.ts";
import { SLICE_DONE, SLICE_INGRESS, SLICE_UPCALL } from "../../assembly/abi/status.ts";
import { RunError, UsageError } from "../errors.ts";
import { compileEngine, createMemory, instantiateEngine } from "../wasm/engine.ts";
import { Machine } from "../wasm/machine.ts";
import { Feed, LATEST_PS, type Part } from "./feed.ts";
import type { Host } from "./host.ts";
import { type ReplayOptions, type Settings, settle } from "./options.ts";
import { Outlet } from "./outlet.ts";
import { buildPlan, type Plan } from "./plan.ts";
import { parseProfile } from "./profile.ts";
import type { RunReport, TraceRecord } from "./report.ts";
import { dropsOfPorts, reportRun } from "./summary.ts";
import { buildTopology, type Topology } from "./topology.ts";
import { takeTrace } from "./trace.ts";

/** Real time after which a run lets timers and signals in. */
const SLICE_MS = 10;
/** Polls between two looks at the time. */
const SLICE_POLLS = 4096;
/** Engines that send whether or not anything arrives. */
const ENDLESS: readonly number[] = [ENGINE_TXONLY, ENGINE_FLOWGEN];
const FOREVER = 2n ** 64n - 1n;
const PS_PER_MS = 1_000_000_000n;

/**
 * Replays. The same captures, options and seed give the same report, byte for byte.
 * @throws UsageError for options and captures that cannot be used, RunError when the run breaks
 */
export async function replayOn(host: Host, options: ReplayOptions): Promise<RunReport> {
  const settings = settle(options);
  const topology = withMode(buildTopology(settings.topology, settings.queues), settings);
  const profileName = settings.profile ?? host.defaultProfile();
  const profile = parseProfile(new TextDecoder().decode(host.readFile(profileName, "profile")), profileName);
  const memory = createMemory();
  const machine = new Machine(instantiateEngine(compileEngine(host.engineBytes()), memory), memory);
  machine.setProfile(profile.costs);
  const feed = new Feed(machine, topology, settings, host);
  const first = feed.read(() => false);
  if (settings.phy === "pcap" && first.more) {
    throw new UsageError("phy: found captures in several parts, expected one capture of at most 1 GiB with pcap");
  }
  const plan = buildPlan(machine, topology, settings, {
    ...(settings.switch === "ovs" ? await import("./ovs-switch.ts") : {}),
    virtual: true,
    lossless: false,
    keepEgress: true,
    maxFrame: feed.maxFrame,
  });
  const entering = topology.nics.filter((_, i) => feed.mayEnterBy(i)).map((n) => n.name);
  const outlet = new Outlet(plan, settings, host, exits(topology, entering), feed.summary.firstNs);
  try {
    const ran = await run(plan, feed, first, outlet, host, ENDLESS.includes(settings.engine));
    const end = outlet.finish(dropsOfPorts(plan), !ran.interrupted);
    if (ran.interrupted && settings.output !== undefined) host.warn(`interrupted: ${settings.output} is not written`);
    return reportRun(plan, topology, settings, { feed: feed.summary, profile, ...ran, ...end });
  } catch (error) {
    outlet.abort();
    throw error;
  }
}

/** What the mode makes of the topology: icmpecho's streams answer where they receive. */
function withMode(topology: Topology, settings: Settings): Topology {
  if (settings.engine !== ENGINE_ICMPECHO) return topology;
  const streams = topology.streams.map((s) => (s.role === "mode" ? { ...s, tx: s.rx } : s));
  return { ...topology, streams };
}

/** NICs that packets entering by `entering` can leave by: follows streams and rings. */
export function exits(topology: Topology, entering: readonly string[]): string[] {
  const reached = new Set<string>();
  const open = [...entering];
  const leaving = new Set<string>();
  for (let port = open.pop(); port !== undefined; port = open.pop()) {
    if (reached.has(port)) continue;
    reached.add(port);
    for (const stream of topology.streams) {
      if (stream.rx[0] !== port) continue;
      const to = stream.tx[0];
      const link = topology.links.find((l) => l.name === to || l.guestName === to);
      if (link === undefined) leaving.add(to);
      else open.push(to === link.name ? link.guestName : link.name);
    }
  }
  return [...leaving].sort();
}

interface Ran {
  readonly virtualPs: bigint;
  readonly interrupted: boolean;
  readonly trace: readonly TraceRecord[];
}

async function run(plan: Plan, feed: Feed, first: Part, outlet: Outlet, host: Host, endless: boolean): Promise<Ran> {
  const { machine } = plan;
  const { engine } = machine;
  const scheduler = addScheduler(plan);
  const trace: TraceRecord[] = [];
  const give = (part: Part): void => {
    const { loops, span } = feed.engineLoops(part);
    engine.ingressSourceFeed(plan.ingress, part.entries, part.count, part.more ? 1 : 0, loops, span);
    // An engine that generates without end is stopped where the capture ends; all others where nothing moves any more.
    const end = endless ? part.latest + (loops - 1n) * span : FOREVER;
    engine.schedulerSetHorizon(scheduler, part.more ? part.latest : end);
    outlet.enter(part, loops, span);
  };
  const held = (entries: number, end: number): boolean =>
    plan.nicRx.some((q) => engine.nicRxHolds(q.address, entries, end));
  let part = first;
  give(part);
  let interrupted = false;
  for (let done = false; !done && !interrupted; ) {
    const until = host.nowMs() + SLICE_MS;
    do {
      const result = engine.schedulerRun(scheduler, SLICE_POLLS) >>> 0;
      if (result === SLICE_UPCALL)
        plan.ovs?.answer(Number(BigInt.asUintN(64, engine.schedulerNow(scheduler)) / PS_PER_MS));
      outlet.take();
      trace.push(...takeTrace(machine, plan.ports, plan.lcores, plan.ovs?.translations));
      done = result === SLICE_DONE || (result === SLICE_INGRESS && !part.more);
      if (result === SLICE_INGRESS && part.more) {
        // Nothing polls before the horizon any more: let all of this part in, then read on.
        for (const q of plan.nicRx) engine.nicRxCatchUp(machine.lcores[0]!, q.address, part.latest);
        const used = part;
        part = feed.read((entries, end) => entries !== used.entries && !held(entries, end));
        give(part);
        for (const q of plan.nicRx) engine.nicRxRestart(q.address);
      }
    } while (!done && host.nowMs() < until);
    if (BigInt.asUintN(64, engine.schedulerNow(scheduler)) >= LATEST_PS)
      throw new RunError("virtual time: found more than 106 days, expected less (fewer loops, or --speed)");
    if (!done) await host.rest();
    interrupted = !done && host.interrupted();
  }
  const virtualPs = BigInt.asUintN(64, engine.schedulerNow(scheduler));
  engine.schedulerSettle(scheduler);
  for (const lcore of machine.lcores) {
    if (engine.lcoreTraceLost(lcore) > 0)
      throw new RunError("trace: found more hops in one slice than the list holds, expected fewer packets to trace");
  }
  return { virtualPs, interrupted, trace };
}

/** The virtual executor over the plan's lcores and egresses. @returns its linear address */
export function addScheduler(plan: Plan): number {
  const { engine, arena, lcores } = plan.machine;
  const at = arena.allocate(SCHEDULER_BYTES, "the scheduler");
  const heap = arena.allocate(lcores.length * 4, "the scheduler");
  arena.u32(heap, lcores.length).set(lcores);
  const egresses = arena.allocate(plan.egress.length * 4, "the scheduler");
  arena.u32(egresses, plan.egress.length).set(plan.egress.map((e) => e.at));
  engine.schedulerInit(at, heap, lcores.length, egresses, plan.egress.length);
  return at;
}
