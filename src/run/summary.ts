// summary - turns the engine's counters into the report of a run.
import type { PortDrops } from "../capture/writer.ts";
import { DROP_NAMES } from "../wasm/counters.ts";
import { sleptOf } from "../wasm/interrupts.ts";
import type { FeedSummary } from "./feed.ts";
import type { Settings } from "./options.ts";
import type { ExpectResult } from "./outlet.ts";
import type { OvsSwitch } from "./ovs-switch.ts";
import type { Plan } from "./plan.ts";
import type { Profile } from "./profile.ts";
import type {
  InterruptReport,
  LcoreReport,
  OvsReport,
  PortReport,
  RunReport,
  StreamReport,
  TraceRecord,
} from "./report.ts";
import type { Topology } from "./topology.ts";
import { sortTrace } from "./trace.ts";

interface Outcome {
  readonly feed: FeedSummary;
  readonly profile: Profile;
  readonly virtualPs: bigint;
  readonly interrupted: boolean;
  readonly trace: readonly TraceRecord[];
  readonly sha256: string;
  readonly expected: readonly ExpectResult[];
}

/** The run's report. @throws RunError when the ledger does not balance */
export function reportRun(plan: Plan, topology: Topology, settings: Settings, outcome: Outcome): RunReport {
  return {
    format: "ringbed-run/1",
    seed: settings.seed,
    virtual_ns: Number(outcome.virtualPs / 1000n),
    ports: reportPorts(plan),
    ledger: plan.machine.ledger(),
    egress_sha256: outcome.sha256,
    topology: topology.name,
    fwd_mode: settings.fwdMode + (settings.retry && settings.fwdMode !== "mac_retry" ? " retry" : ""),
    profile: outcome.profile.name,
    capture: {
      files: settings.captures,
      packets: outcome.feed.packets,
      skipped_outbound: outcome.feed.skipped,
      cut_by_snaplen: outcome.feed.truncated,
      time_backwards: outcome.feed.timeBackwards,
    },
    lcores: reportLcores(plan, outcome.virtualPs),
    streams: reportStreams(plan, topology, settings),
    ...(plan.vectors.size > 0 && { rx_interrupts: reportInterrupts(plan) }),
    ...(plan.ovs && { ovs: reportOvs(plan.ovs) }),
    expect: outcome.expected.map(({ port, file, comparison }) => ({
      port,
      file,
      equal: comparison.equal,
      found: comparison.found,
      expected: comparison.expected,
      text: comparison.text,
    })),
    interrupted: outcome.interrupted,
    ...(settings.trace && { trace: sortTrace(outcome.trace) }),
  };
}

/** Each port's counters, all queues together, in name order. */
export function reportPorts(plan: Plan): Record<string, PortReport> {
  const missed = DROP_NAMES.indexOf("rx_missed");
  const ports = new Map<string, PortReport>(
    [...plan.ports].sort().map((name) => [
      name,
      {
        rx_packets: 0,
        rx_bytes: 0,
        rx_missed: 0,
        rx_errors: 0,
        rx_nombuf: 0,
        tx_packets: 0,
        tx_bytes: 0,
        tx_dropped: 0,
      },
    ]),
  );
  for (const { queue, counters } of plan.machine.readQueues()) {
    const port = ports.get(plan.ports[queue.port] ?? "");
    if (port === undefined) continue;
    if (queue.direction === "rx") {
      port.rx_packets += counters.packets;
      port.rx_bytes += counters.bytes;
      port.rx_missed += counters.drops[missed] ?? 0;
      port.rx_errors += counters.errors;
      port.rx_nombuf += counters.nombuf;
    } else {
      port.tx_packets += counters.packets;
      port.tx_bytes += counters.bytes;
      port.tx_dropped += counters.drops.reduce((sum, n) => sum + n, 0);
    }
  }
  return Object.fromEntries(ports);
}

/** What a capture's interface statistics say of each NIC. */
export function dropsOfPorts(plan: Plan): PortDrops[] {
  const ports = reportPorts(plan);
  return plan.egress.map(({ name }) => {
    const port = ports[name]!;
    const received = port.rx_packets + port.rx_missed + port.tx_packets;
    return { received: BigInt(received), dropped: BigInt(port.rx_missed) };
  });
}

function reportOvs(ovs: OvsSwitch): OvsReport {
  const s = ovs.stats();
  return {
    rules: ovs.rules,
    received: s.received,
    recirculated: s.recirculated,
    simple_match_hits: s.simpleHits,
    emc_hits: s.emcHits,
    smc_hits: s.smcHits,
    megaflow_hits: s.megaflowHits,
    upcalls: s.missed,
    lost: s.lost,
    sent_batches: s.sentBatches,
  };
}

function reportLcores(plan: Plan, virtualPs: bigint): LcoreReport[] {
  return plan.lcores.map((name, i) => {
    const usage = plan.machine.usage(plan.machine.lcores[i]!);
    const busy = virtualPs === 0n ? 0 : Number(usage.busyPs) / Number(virtualPs);
    return {
      name,
      polls: usage.polls,
      empty_polls: usage.emptyPolls,
      busy_ns: Number(usage.busyPs / 1000n),
      busy: Math.round(Math.min(busy, 1) * 10000) / 10000,
      ...(plan.vectors.size > 0 && reportSleep(plan, i, virtualPs)),
    };
  });
}

function reportSleep({ machine }: Plan, lcore: number, virtualPs: bigint): Pick<LcoreReport, "sleeps" | "slept_ns"> {
  const { sleeps, ps } = sleptOf(machine, machine.lcores[lcore]!, virtualPs);
  return { sleeps, slept_ns: Number(ps / 1000n) };
}

/** Calls and wake-ups by guest port and rx queue. */
function reportInterrupts({ vectors }: Plan): Record<string, InterruptReport> {
  return Object.fromEntries([...vectors].map(([name, vector]) => [name, vector.counts()]));
}

function reportStreams(plan: Plan, topology: Topology, settings: Settings): StreamReport[] {
  const { machine } = plan;
  const at = machine.arena.allocate(64, "scratch");
  const specs = topology.streams.filter(({ lcore }) => plan.ovs === undefined || lcore !== "host");
  const streams = plan.ovs === undefined ? machine.streams : machine.streams.slice(-specs.length);
  return specs.map((spec, i) => {
    machine.engine.streamCounters(streams[i]!, at);
    const [rx = 0n, tx = 0n, dropped = 0n] = machine.arena.u64(at, 3);
    const queue = (end: readonly [string, number]): string => `${end[0]}/${end[1]}`;
    return {
      lcore: spec.lcore,
      rx: queue(spec.rx),
      tx: queue(spec.tx),
      mode: spec.role === "wire" ? "io" : settings.fwdMode,
      rx_packets: Number(rx),
      tx_packets: Number(tx),
      dropped: Number(dropped),
    };
  });
}
