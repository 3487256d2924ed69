// testpmd - the program's state and what it does with it: the App that commands change and blocks print. Follows the global functions
// of app/test-pmd/testpmd.c of 22.11: configuration of forwarding, start, flush, stop, statistics.
// Settings reach the engine at `start`; what may be changed while forwarding goes on (retry, verbose) at once.
// Not modelled: the check for shared rx queues on several lcores, forwarding by the main lcore.

import { MAX_BURST } from "../../assembly/abi/limits.ts";
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { Executor, LcoreWork } from "../dpdk/executor.ts";
import type { Io } from "../dpdk/io.ts";
import { Polling } from "../dpdk/polling.ts";
import { enableDumps } from "../wasm/dump.ts";
import { Forwarding } from "../wasm/forwarding.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Queue } from "../wasm/parts.ts";
import type { App, ForwardConfig, ForwardStream, Port, StreamStats } from "./app.ts";
import { echoConfig } from "./blocks/echo-config.ts";
import { forwardConfig, rxTxConfig } from "./blocks/forward-config.ts";
import { forwardStatistics } from "./blocks/forward-statistics.ts";
import { DumpPrinter } from "./dump-printer.ts";
import { EngineStreams } from "./engine-streams.ts";
import { Flush } from "./flush.ts";
import { forwardingRefusal } from "./forwarding-refusal.ts";
import { Ports } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { type ForwardPlan, planForwarding } from "./streams.ts";

export interface TestpmdParts {
  readonly io: Io;
  readonly settings: Settings;
  readonly machine: Machine;
  readonly context: DeviceContext;
  readonly executor: Executor;
  /** Linear addresses of the forwarding lcores' contexts, by their place among them. */
  readonly contexts: readonly number[];
  /** Where each may run. */
  readonly cores: readonly (readonly number[])[];
  /** Ids of those lcores, and of the main one. */
  readonly lcores: readonly number[];
  readonly mainLcore: number;
  readonly clockMHz: number;
  readonly virtual: boolean;
  pathKind(path: string): "missing" | "socket" | "other";
  /** Shared with other programs of the machine. */
  readonly links: VirtioLinks | undefined;
  readText(path: string): string | undefined;
  isInterrupted(): boolean;
}

const NO_STREAM: StreamStats = {
  rxPackets: 0,
  txPackets: 0,
  fwdDropped: 0,
  rxBadIpChecksum: 0,
  rxBadL4Checksum: 0,
  rxBadOuterIpChecksum: 0,
  rxBadOuterL4Checksum: 0,
  coreCycles: 0n,
  rxSpread: Array.from({ length: MAX_BURST + 1 }, () => 0),
  txSpread: Array.from({ length: MAX_BURST + 1 }, () => 0),
};

export class Testpmd implements App {
  readonly settings: Settings;
  readonly devices: Ports;
  forwardPorts: number[] = [];
  forwardPortCount = 0;
  forwardLcores: number[];
  forwardLcoreCount = 1;
  running = false;
  config: ForwardConfig = { mode: "io", ports: [], streams: [], lcores: [] };
  private readonly parts: TestpmdParts;
  private readonly streams: EngineStreams;
  private plan: ForwardPlan = { streams: [], shares: [], oddPort: false };
  private oddPortWarned = false;
  private readonly flush: Flush;
  /** Whether lcores poll, and how to do something meanwhile. */
  readonly polling: Polling;
  private readonly dumps: DumpPrinter;

  constructor(parts: TestpmdParts) {
    this.parts = parts;
    this.settings = parts.settings;
    this.forwardLcores = [...parts.lcores];
    const { machine, context, executor } = parts;
    this.devices = new Ports(this, context, parts.pathKind, parts.links);
    this.streams = new EngineStreams(machine, new Forwarding(machine.engine, machine.arena), parts.clockMHz);
    this.flush = new Flush(machine, executor, context.mainLcore);
    this.polling = new Polling(executor);
    this.dumps = new DumpPrinter(this);
    executor.onDumps = (records) => this.dumps.print(records);
  }

  out(text: string): void {
    this.parts.io.out(text);
  }

  err(text: string): void {
    this.parts.io.err(text);
  }

  get ports(): ReadonlyMap<number, Port> {
    return this.devices.byId;
  }

  get lcoreCount(): number {
    return this.parts.lcores.length;
  }

  get lcores(): readonly number[] {
    return this.parts.lcores;
  }

  get mainLcore(): number {
    return this.parts.mainLcore;
  }

  get clockMHz(): number {
    return this.parts.clockMHz;
  }

  get interrupted(): boolean {
    return this.parts.isInterrupted();
  }

  nowNs(): bigint {
    return this.parts.executor.nowNs();
  }

  readText(path: string): string | undefined {
    return this.parts.readText(path);
  }

  rest(ms = 0): Promise<void> {
    return this.parts.executor.sleep(ms);
  }

  get isVirtual(): boolean {
    return this.parts.virtual;
  }

  /** Whether forwarding ports still have something to receive that ends, and whether something goes on without end. */
  inputs(): { finite: boolean; endless: boolean } {
    const devices = this.config.ports.flatMap((id) => this.ports.get(id)?.dev ?? []);
    const generates = this.config.mode === "txonly" || this.config.mode === "flowgen";
    return {
      finite: devices.some((dev) => dev.hasInput) && this.config.mode !== "txonly",
      endless: generates || devices.some((dev) => dev.endless),
    };
  }

  /** Ends the lcores' threads. */
  close(): Promise<void> {
    return this.parts.executor.close();
  }

  isForwarding(id: number): boolean {
    return this.running && this.config.ports.includes(id);
  }

  /** A port came, or went: all forward again, those that are there. */
  portsChanged(): void {
    const known = this.forwardPorts.filter((id) => this.ports.has(id));
    const added = [...this.ports.keys()].filter((id) => !this.everSeen.has(id));
    for (const id of added) this.everSeen.add(id);
    for (const id of this.everSeen) if (!this.ports.has(id)) this.everSeen.delete(id);
    this.forwardPorts = [...known, ...added];
    this.forwardPortCount = this.forwardPorts.length;
  }

  private readonly everSeen = new Set<number>();

  /** All probed ports forward: set_default_fwd_ports_config. */
  setDefaultPorts(): void {
    this.portsChanged();
  }

  setupForwarding(): void {
    const { settings } = this;
    const ports = this.forwardPorts.slice(0, this.forwardPortCount);
    for (const { dev } of this.ports.values()) {
      const { maxRxQueues, maxTxQueues } = dev.info;
      if (settings.rxq > maxRxQueues) {
        this.err(`Fail: nb_rxq(${settings.rxq}) is greater than max_rx_queues(${maxRxQueues})\n`);
        break;
      }
      if (settings.txq > maxTxQueues) {
        this.err(`Fail: nb_txq(${settings.txq}) is greater than max_tx_queues(${maxTxQueues})\n`);
        break;
      }
    }
    const plan = planForwarding(settings, ports, this.forwardLcoreCount);
    if (plan.oddPort && !this.oddPortWarned) {
      this.oddPortWarned = true;
      const why = "port-topology=paired and odd forward ports number, the last port will pair with itself.";
      this.err(`\nWarning! ${why}\n\n`);
    }
    this.plan = plan;
    const streams = plan.streams.map((stream, i): ForwardStream => {
      return { ...stream, peer: stream.txPort, stats: () => this.streams.stats(i) ?? NO_STREAM };
    });
    if (settings.forwardMode === "icmpecho" && settings.verbose > 0) this.out(echoConfig(plan, ports.length));
    const lcores = plan.shares.map((share, i) => ({ id: this.forwardLcores[i]!, ...share }));
    this.config = { mode: settings.forwardMode, ports, streams, lcores };
  }

  async startForwarding(txFirst: number): Promise<void> {
    const { settings } = this;
    forwardingRefusal.queues(this);
    if ([...this.ports.values()].some((port) => port.status !== "started")) {
      this.err("Not all ports were started\n");
      return;
    }
    if (this.running) {
      this.err("Packet forwarding already started\n");
      return;
    }
    this.setupForwarding();
    await this.parts.executor.prepare(this.work());
    this.out(forwardConfig(this));
    const refusal = forwardingRefusal.begin(this, txFirst);
    if (refusal !== undefined) {
      this.err(refusal);
      return;
    }
    if (settings.forwardMode === "flowgen") {
      for (const id of this.config.ports) this.out(`  number of flows for port ${id}: ${settings.flowgenFlows}\n`);
    }
    this.running = true;
    const work = this.work();
    this.streams.build(this, this.plan, work, txFirst, this.devices.pool);
    const ports = this.config.ports.map((id) => this.ports.get(id)!);
    if (!settings.noFlushRx) await this.polling.still(() => this.flush.flush(ports));
    this.out(rxTxConfig(this));
    this.resetForwardStats();
    this.applySettings();
    await this.polling.start(() => this.work());
  }

  /** What each lcore has to do, the files that its tx queues fill, and the peers that want to be told of its queues. */
  private work(): LcoreWork[] {
    const { contexts, cores, lcores } = this.parts;
    return this.plan.shares.map(({ first, count }, i) => {
      const index = lcores.indexOf(this.forwardLcores[i]!);
      const rx = new Map<Queue, Ethdev>();
      const tx = new Map<Queue, Ethdev>();
      for (const { rxPort, rxQueue, txPort, txQueue } of this.plan.streams.slice(first, first + count)) {
        const [from, to] = [this.ports.get(rxPort)?.dev, this.ports.get(txPort)?.dev];
        const [source, sink] = [from?.rxQueues[rxQueue], to?.txQueues[txQueue]];
        if (from !== undefined && source !== undefined) rx.set(source, from);
        if (to !== undefined && sink !== undefined) tx.set(sink, to);
      }
      const files = [...tx].flatMap(([queue, dev]) => dev.output(queue.number) ?? []);
      const sides = [...rx, ...tx].flatMap(([queue, dev]) => dev.polledSide(queue) ?? []);
      const sleeps =
        this.settings.idle && [...rx].every(([queue, dev]) => dev.awaitsPeer || dev.live(queue)?.wake !== undefined);
      return { index, lcore: contexts[index]!, cores: cores[index]!, files, sides, sleeps };
    });
  }

  async stopForwarding(): Promise<void> {
    if (!this.running) {
      this.err("Packet forwarding not started\n");
      return;
    }
    this.out("Telling cores to stop...");
    this.out("\nWaiting for lcores to finish...\n");
    await this.polling.stop();
    this.streams.end(this.parts.context.mainLcore);
    this.out(forwardStatistics(this));
    this.out("\nDone.\n");
    this.running = false;
  }

  resetForwardStats(): void {
    for (const id of this.config.ports) {
      const port = this.ports.get(id);
      if (port !== undefined) port.statsBase = port.dev.stats();
    }
    this.streams.reset();
  }

  applySettings(): void {
    const { machine, contexts } = this.parts;
    if (this.settings.verbose > 0) {
      for (const lcore of contexts) {
        if (machine.engine.lcoreDumpList(lcore) >>> 0 === 0) enableDumps(machine.engine, machine.arena, lcore);
      }
    }
    this.streams.apply(this.settings);
  }

  startPort(id: number | undefined): Promise<boolean> {
    return this.devices.start(id);
  }

  stopPort(id: number | undefined): Promise<void> {
    return this.devices.stop(id);
  }

  closePort(id: number | undefined): Promise<void> {
    return this.devices.close(id);
  }

  resetPort(id: number | undefined): Promise<void> {
    return this.devices.reset(id);
  }

  attachPort(identifier: string): Promise<void> {
    return this.devices.attach(identifier);
  }

  detachPort(id: number): Promise<void> {
    return this.devices.detachPort(id);
  }

  detachDevice(identifier: string): Promise<void> {
    return this.devices.detachDevice(identifier);
  }
}
