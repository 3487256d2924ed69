// engine-streams - testpmd's streams in the engine's memory: built anew at each start, counted until the next reset.
import * as engines from "../../assembly/abi/engines.ts";
import type { LcoreWork } from "../dpdk/executor.ts";
import { MAX_ETHPORTS } from "../dpdk/limits.ts";
import type { Forwarding } from "../wasm/forwarding.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Queue } from "../wasm/parts.ts";
import type { App, StreamStats } from "./app.ts";
import type { ForwardModeName, Settings } from "./settings.ts";
import type { ForwardPlan, StreamPlan } from "./streams.ts";

const ENGINES: Readonly<Record<ForwardModeName, number>> = {
  io: engines.ENGINE_IO,
  mac: engines.ENGINE_MAC,
  mac_retry: engines.ENGINE_MAC_RETRY,
  macswap: engines.ENGINE_MACSWAP,
  flowgen: engines.ENGINE_FLOWGEN,
  rxonly: engines.ENGINE_RXONLY,
  txonly: engines.ENGINE_TXONLY,
  csum: engines.ENGINE_CSUM,
  icmpecho: engines.ENGINE_ICMPECHO,
  noisy: engines.ENGINE_NOISY,
  "5tswap": engines.ENGINE_5TSWAP,
  shared_rxq: engines.ENGINE_SHARED_RXQ,
  ieee1588: engines.ENGINE_IO,
};
const PS_PER_US = 1_000_000n;
const PS_PER_CYCLE_AT_1MHZ = 1_000_000n;
const MB = 2 ** 20;

interface Built {
  readonly at: number;
  readonly lcore: number;
  /** The first of its lcore's streams answers for that lcore's cycles. */
  readonly first: boolean;
  readonly plan: StreamPlan;
}

export class EngineStreams {
  private readonly machine: Machine;
  private readonly forwarding: Forwarding;
  private readonly clockMHz: bigint;
  private built: Built[] = [];
  /** Places of streams, used again. */
  private readonly places: number[] = [];
  private readonly busyBase = new Map<number, bigint>();
  private pool = 0;
  private none: { rx: Queue; tx: Queue } | undefined;

  constructor(machine: Machine, forwarding: Forwarding, clockMHz: number) {
    this.machine = machine;
    this.forwarding = forwarding;
    this.clockMHz = BigInt(Math.max(1, Math.round(clockMHz)));
  }

  /** Makes the plan's streams and puts them on their lcores' poll lists. pool: linear address of the mempool */
  build(app: App, plan: ForwardPlan, work: readonly LcoreWork[], txFirst: number, pool: number): void {
    const { engine } = this.machine;
    this.pool = pool;
    this.configure(app);
    this.built = [];
    for (const [i, { first, count }] of plan.shares.entries()) {
      const { lcore } = work[i]!;
      engine.lcoreClearStreams(lcore);
      for (const stream of plan.streams.slice(first, first + count)) {
        const at = this.place(this.built.length);
        this.built.push({ at, lcore, first: stream === plan.streams[first], plan: stream });
        this.make(app, at, stream, txFirst, app.forwardLcores[i]!);
        if (isRunnable(app, stream)) this.machine.putStream(lcore, at);
      }
    }
  }

  private make(app: App, at: number, stream: StreamPlan, txFirst: number, ealLcore: number): void {
    const { settings, ports } = app;
    const rx = ports.get(stream.rxPort)!.dev.rxQueues[stream.rxQueue] ?? this.nothing().rx;
    const tx = ports.get(stream.txPort)!.dev.txQueues[stream.txQueue] ?? this.nothing().tx;
    this.machine.engine.streamInit(
      at,
      ENGINES[settings.forwardMode],
      rx.address,
      tx.address,
      settings.burst,
      settings.peers[stream.txPort] ?? 0n,
      ports.get(stream.txPort)!.dev.mac,
      settings.retryEnabled ? settings.txRetryNum : 0,
      BigInt(settings.txRetryDelayUs) * PS_PER_US,
      0,
      txFirst,
    );
    this.forwarding.configureStream(at, stream.rxPort, stream.txPort, ealLcore);
  }

  /** Queues of a port that has none in that direction: nothing comes, nothing is taken; a generator has its mbufs. */
  private nothing(): { rx: Queue; tx: Queue } {
    this.none ??= this.machine.addRing(1, [MAX_ETHPORTS, 0], [MAX_ETHPORTS, 0], this.pool);
    return this.none;
  }

  private place(index: number): number {
    const { engine, arena } = this.machine;
    this.places[index] ??= arena.allocate(engine.streamBytes() >>> 0, "a stream");
    return this.places[index];
  }

  /** Tells the engine testpmd's globals and what it keeps of its ports. */
  private configure({ settings, ports }: App): void {
    const { noisy } = settings;
    this.forwarding.setForwardConfig({
      txSegments: settings.txSegments,
      txSplit: settings.txSplit,
      txTimesInterNs: settings.txTimes.inter,
      txTimesIntraNs: settings.txTimes.intra,
      txMultiFlow: settings.txMultiFlow,
      txIpSource: settings.txIpSource,
      txIpDestination: settings.txIpDestination,
      txUdpSource: settings.txUdpSource,
      txUdpDestination: settings.txUdpDestination,
      flowgenFlows: settings.flowgenFlows,
      flowgenClones: settings.flowgenClones,
      noisyFlushMs: noisy.flushTimeMs,
      noisyMemoryBytes: Number(noisy.lookupMemoryMb) * MB,
      noisyWrites: Number(noisy.writes),
      noisyReads: Number(noisy.reads),
      noisyReadsWrites: Number(noisy.readsWrites),
      verbose: settings.verbose,
    });
    for (const port of ports.values()) {
      this.forwarding.setPortConfig(port.id, {
        mac: port.dev.mac,
        peer: settings.peers[port.id] ?? 0n,
        txOffloads: port.dev.engineOffloads(port.txOffloads),
        txVlanId: port.txVlanId,
        txVlanIdOuter: port.txVlanIdOuter,
        parseTunnel: port.parseTunnel,
        macSwap: port.macSwap,
        tsoBytes: port.tsoSegmentSize,
        tunnelTsoBytes: port.tunnelTsoSegmentSize,
        ...(settings.forwardMode === "noisy" && { noisyFifoSize: noisy.bufferSize }),
      });
    }
  }

  /** What may change while streams run. */
  apply(settings: Settings): void {
    this.forwarding.setForwardConfig({ verbose: settings.verbose });
    const num = settings.retryEnabled ? settings.txRetryNum : 0;
    for (const { at } of this.built) {
      this.machine.engine.streamSetRetry(at, num, BigInt(settings.txRetryDelayUs) * PS_PER_US);
    }
  }

  /** fwd_stats_reset's part. */
  reset(): void {
    for (const { at, lcore, first } of this.built) {
      this.forwarding.resetStream(at);
      if (first) this.busyBase.set(lcore, this.machine.usage(lcore).busyPs);
    }
  }

  /** What engines do when forwarding has stopped. */
  end(mainLcore: number): void {
    for (const { at } of this.built) this.forwarding.endNoisy(mainLcore, at);
  }

  /** Counters of stream `index` since the last reset; undefined: it has not been built. */
  stats(index: number): StreamStats | undefined {
    const stream = this.built[index];
    if (stream === undefined) return undefined;
    const { dropped, ...counters } = this.forwarding.readStream(stream.at);
    const { rx, tx } = this.forwarding.readSpreads(stream.at);
    const busy = stream.first ? this.machine.usage(stream.lcore).busyPs - (this.busyBase.get(stream.lcore) ?? 0n) : 0n;
    return {
      ...counters,
      fwdDropped: dropped,
      coreCycles: (busy * this.clockMHz) / PS_PER_CYCLE_AT_1MHZ,
      rxSpread: rx,
      txSpread: tx,
    };
  }
}

/** A stream whose queue was stopped is skipped; one of a burst of 0 does nothing. */
function isRunnable({ settings, ports }: App, stream: StreamPlan): boolean {
  if (settings.burst === 0) return false;
  const rx = ports.get(stream.rxPort)!.rxQueueStarted[stream.rxQueue] !== false;
  const tx = ports.get(stream.txPort)!.txQueueStarted[stream.txQueue] !== false;
  if (settings.forwardMode === "rxonly") return rx;
  if (settings.forwardMode === "txonly") return tx;
  return rx && tx;
}
