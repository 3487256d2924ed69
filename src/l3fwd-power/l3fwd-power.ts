// l3fwd-power - DPDK 22.11's example program from its first argument to its exit code: it routes between its ports, and its lcores sleep until rx
// interrupts come. Follows main of examples/l3fwd-power/main.c in its order. In virtual time; the machine has no frequency scaling, so that
// --legacy and --empty-poll end as they do there.
// Not modelled: sockets beside 0, what --telemetry tells, the pauses of --pmd-mgmt pause, net_vhost's rx interrupts (it has none here).

import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { formatMac } from "../dpdk/address.ts";
import type { Clock } from "../dpdk/clock.ts";
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import { strerror } from "../dpdk/devices/errno.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import { linkText } from "../dpdk/devices/link-text.ts";
import { type PciDevice, probePci } from "../dpdk/devices/pci-devices.ts";
import { VdevBus } from "../dpdk/devices/vdev-bus.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import { type Eal, type EalMachine, ealInit } from "../dpdk/eal/eal.ts";
import { type EalLog, LOG_ERR, LOG_INFO } from "../dpdk/eal/eal-log.ts";
import { Exit, type Io, rteExit } from "../dpdk/io.ts";
import { MAX_ETHPORTS } from "../dpdk/limits.ts";
import { VirtualExecutor } from "../dpdk/virtual-executor.ts";
import { UsageError } from "../errors.ts";
import { enableDumps } from "../wasm/dump.ts";
import { makeWindow } from "../wasm/guest-window.ts";
import { type LcoreConf, MainLoops } from "./main-loops.ts";
import { type Mode, type Options, parseOptions } from "./options.ts";
import { perfLcores } from "./perf-cores.ts";
import { configurePort } from "./port-setup.ts";
import { autodetectMode, managePmd, refusePowerLibrary } from "./power.ts";

const MAX_PKT_BURST = 32;
const CACHE = 256;
const DESCRIPTORS = 1024;
const MBUFS_MIN = 8192;
const MBUF_BYTES = 2176;
/** Rings and what else lies beside the pool's buffers. */
const WINDOW_BYTES = 64 << 20;
const MAX_RX_QUEUE_PER_PORT = 128;
const MAX_RX_QUEUE_PER_LCORE = 16;
const ROUTES = 8;
/** check_all_ports_link_status: looks, and ms between them. */
const LINK_LOOKS = 90;
const LINK_PAUSE_MS = 100;

/** A place on a machine in virtual time. */
export interface L3fwdHost {
  /** argv[0] in messages. */
  readonly program: string;
  readonly io: Io;
  readonly machine: EalMachine;
  readonly time: Clock;
  readonly links: VirtioLinks;
  /** What is on the PCI bus. */
  readonly pci: readonly PciDevice[];
  context(log: EalLog): DeviceContext;
  pathKind(path: string): "missing" | "socket" | "other";
  /** Resolves when SIGINT comes. */
  interrupted(): Promise<void>;
}

/** Runs a command line. words: all behind the program's name. @returns the exit code */
export async function runL3fwdPower(words: readonly string[], host: L3fwdHost): Promise<number> {
  const io = { ...host.io, initFailed: () => "Invalid EAL parameters\n" };
  let program: L3fwdPower | undefined;
  try {
    const eal = ealInit(host.program, words, host.machine, io);
    program = new L3fwdPower(host, eal);
    return await program.run();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    await program?.close();
    return error.code;
  }
}

class L3fwdPower {
  private readonly host: L3fwdHost;
  private readonly eal: Eal;
  private readonly log: EalLog;
  private readonly context: { -readonly [K in keyof DeviceContext]: DeviceContext[K] };
  private readonly ports = new Map<number, Ethdev>();
  private readonly executor: VirtualExecutor;
  private pool = 0;

  constructor(host: L3fwdHost, eal: Eal) {
    this.host = host;
    this.eal = eal;
    this.log = eal.log;
    this.context = { ...host.context(eal.log) };
    const all = (): Ethdev[] => [...this.ports.values()];
    this.executor = new VirtualExecutor(this.context.machine, host.time, () => ({
      finite: all().some((dev) => dev.hasInput),
      endless: all().some((dev) => dev.endless),
    }));
  }

  async run(): Promise<number> {
    const { host, eal, log, context } = this;
    const { io } = host;
    this.probe();
    const options = parseOptions(host.program, eal.words, io, log);
    const mode = options.mode ?? autodetectMode(log);
    this.say(`Selected operation mode: ${mode}`);
    if (mode === "legacy" || mode === "empty poll") refusePowerLibrary(io, log, this.lcoreIds[0]!);
    if (options.perf.length > 0) options.rx = perfLcores(options, this.lcoreIds, io);
    this.checkLcores(options, mode);
    const lcores = this.lcoresOf(options);
    this.checkPorts(options);
    const enabled = [...this.ports.values()].filter(({ id }) => ((options.portMask >> id) & 1) === 1);
    const rxOffloads = this.initPorts(options, mode, enabled);
    await this.initRxQueues(options, enabled, lcores, rxOffloads);
    this.startPorts(options, enabled);
    await this.checkLinks(enabled);
    await new MainLoops(context.machine, eal, enabled, this.executor).launch(mode, lcores);
    await host.interrupted();
    await this.executor.close();
    if (mode === "telemetry") log.log("lib.power", LOG_INFO, "POWER: Timer_subsystem is done\n");
    for (const dev of enabled) {
      dev.stop();
      await dev.close();
    }
    return 0;
  }

  /** What EAL's clean-up does for a program that gives up. */
  async close(): Promise<void> {
    await this.executor.close();
    for (const dev of this.ports.values()) {
      // its driver's removal goes by rte_eth_dev_close, the others' do not
      const refused = dev.started && dev.driver === "net_virtio_user";
      if (refused) this.log.log("lib.ethdev", LOG_ERR, `Cannot close started device (port ${dev.id})\n`);
      await dev.close();
    }
  }

  private say(text: string): void {
    this.log.log("user1", LOG_INFO, `L3FWD_POWER: ${text}\n`);
  }

  private get lcoreIds(): readonly number[] {
    return this.eal.lcores.map(({ id }) => id).sort((a, b) => a - b);
  }

  private probe(): void {
    const { host, eal, context, ports } = this;
    const add = (make: (id: number) => Ethdev): void => {
      if (ports.size < MAX_ETHPORTS) ports.set(ports.size, make(ports.size));
    };
    const kept = (dev: Ethdev): void => add(() => dev);
    probePci(context, eal.pci, eal.noPci ? [] : host.pci, () => ports.size, kept);
    new VdevBus(context, host.pathKind, host.links).probeAll(eal.vdevs, add);
  }

  private checkLcores({ rx }: Options, mode: Mode): void {
    const { io } = this.host;
    const complaint = ((): string | undefined => {
      for (const { queue, lcore } of rx) {
        if (queue >= MAX_RX_QUEUE_PER_PORT) return `invalid queue number: ${queue}`;
        if (!this.lcoreIds.includes(lcore)) return `error: lcore ${lcore} is not enabled in lcore mask`;
        if (mode === "telemetry" && lcore === this.eal.mainLcore)
          return `cannot enable main core ${lcore} in config for telemetry mode`;
      }
      return undefined;
    })();
    if (complaint === undefined) return;
    io.out(`${complaint}\n`);
    rteExit(io, "check_lcore_params failed\n");
  }

  /** init_lcore_rx_queues. */
  private lcoresOf({ rx }: Options): LcoreConf[] {
    const { io } = this.host;
    for (const { lcore } of rx) {
      const count = rx.filter((other) => other.lcore === lcore).length;
      if (count <= MAX_RX_QUEUE_PER_LCORE) continue;
      io.out(`error: too many queues (${MAX_RX_QUEUE_PER_LCORE + 1}) for lcore: ${lcore}\n`);
      rteExit(io, "init_lcore_rx_queues failed\n");
    }
    const { machine } = this.context;
    return this.lcoreIds.map((id) => {
      const lcore = machine.addLcore(true, MAX_RX_QUEUE_PER_LCORE, 0);
      enableDumps(machine.engine, machine.arena, lcore);
      return { id, lcore, rx: rx.filter((one) => one.lcore === id) };
    });
  }

  private checkPorts({ rx, portMask }: Options): void {
    const { io } = this.host;
    for (const { port } of rx) {
      if ((portMask & (1 << port)) === 0) io.out(`port ${port} is not enabled in port mask\n`);
      else if (!this.ports.has(port)) io.out(`port ${port} is not present on the board\n`);
      else continue;
      rteExit(io, "check_port_config failed\n");
    }
  }

  /** @returns Rx offloads of each port; the last one's are those of all */
  private initPorts(options: Options, mode: Mode, enabled: readonly Ethdev[]): bigint {
    const { host, log, lcoreIds } = this;
    const { io } = host;
    let rxOffloads = 0n;
    for (const dev of this.ports.values()) {
      const { id, info } = dev;
      if (!enabled.includes(dev)) {
        io.out(`\nSkipping disabled port ${id}\n`);
        continue;
      }
      io.out(`Initializing port ${id} ... `);
      const rxq = rxQueuesOf(options, id);
      if (rxq > info.maxRxQueues) rteExit(io, `Cannot configure not existed rxq: port=${id}\n`);
      const txq = Math.min(lcoreIds.length, info.maxTxQueues);
      io.out(`Creating queues: nb_rxq=${rxq} nb_txq=${txq}... `);
      const rxInterrupts = mode === "interrupt-only" && rxq > 0;
      const { maxPacketLength } = options;
      rxOffloads = configurePort(dev, { rxq, txq, maxPacketLength, rxInterrupts }, io, log);
      io.out(` Address:${formatMac(dev.mac)}, `);
      this.initMemory(rxq, txq);
      io.out(
        `${lcoreIds
          .slice(0, txq)
          .map((lcore, queue) => `txq=${lcore},${queue},0 `)
          .join("")}\n`,
      );
    }
    return rxOffloads;
  }

  /** init_mem: NB_MBUF by the first port's queues, and the routes. */
  private initMemory(rxq: number, txq: number): void {
    if (this.pool !== 0) return;
    const { host, context, lcoreIds, ports } = this;
    const { machine } = context;
    const [nports, lcores] = [ports.size, lcoreIds.length];
    const wanted = nports * (rxq * DESCRIPTORS + lcores * MAX_PKT_BURST + txq * DESCRIPTORS) + lcores * CACHE;
    const count = Math.max(wanted, MBUFS_MIN);
    try {
      const bytes = Math.ceil((count * MBUF_BYTES + WINDOW_BYTES) / PAGE_BYTES) * PAGE_BYTES;
      context.window = makeWindow(machine.engine, machine.arena, bytes);
      this.pool = machine.addPool(count, CACHE, machine.lcores.length, context.window, MBUF_BYTES);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      rteExit(host.io, "Cannot init mbuf pool on socket 0\n");
    }
    host.io.out("Allocated mbuf pool on socket 0\n");
    for (let n = 1; n <= ROUTES; n++) host.io.out(`LPM: Adding route 0x0${n}010100 / 24 (${n - 1})\n`);
  }

  private async initRxQueues(
    options: Options,
    enabled: readonly Ethdev[],
    lcores: readonly LcoreConf[],
    rxOffloads: bigint,
  ): Promise<void> {
    const { io } = this.host;
    for (const dev of enabled) {
      const [rxq, txq] = [rxQueuesOf(options, dev.id), Math.min(lcores.length, dev.info.maxTxQueues)];
      const refused = dev.configure({ rxq, txq, rxd: DESCRIPTORS, txd: DESCRIPTORS, rxOffloads }, this.pool);
      if (refused !== undefined) rteExit(io, `rte_eth_${refused}_queue_setup: err=-22, port=${dev.id}\n`);
      await dev.connect();
    }
    for (const { id, rx } of lcores) {
      io.out(`\nInitializing rx queues on lcore ${id} ... `);
      for (const { port, queue } of rx) {
        io.out(`rxq=${port},${queue},0 `);
        if (options.parsePtype) io.out(`Port ${port}: softly parse packet type info\n`);
        managePmd(options, io, this.log, id, port);
      }
    }
    io.out("\n");
  }

  private startPorts({ promiscuous, parsePtype }: Options, enabled: readonly Ethdev[]): void {
    const { io } = this.host;
    for (const dev of enabled) {
      const code = dev.start();
      if (code < 0) rteExit(io, `rte_eth_dev_start: err=${code}, port=${dev.id}\n`);
      const refused = promiscuous ? dev.setPromiscuous(true) : 0;
      if (refused !== 0) rteExit(io, `rte_eth_promiscuous_enable: err=${strerror(refused)}, port=${dev.id}\n`);
      if (!parsePtype) rteExit(io, "PMD can not provide needed ptypes\n"); // no driver of ours does
    }
  }

  /** check_all_ports_link_status */
  private async checkLinks(enabled: readonly Ethdev[]): Promise<void> {
    const { io } = this.host;
    io.out("\nChecking link status");
    for (let look = 0; look < LINK_LOOKS && !enabled.every((dev) => dev.link().up); look++) {
      io.out(".");
      await this.executor.sleep(LINK_PAUSE_MS);
    }
    io.out("done\n");
    for (const dev of enabled) io.out(`Port ${dev.id} ${linkText(dev.link())}\n`);
  }
}

/** get_port_n_rx_queues */
function rxQueuesOf({ rx }: Options, port: number): number {
  return Math.max(0, ...rx.filter((one) => one.port === port).map(({ queue }) => queue + 1));
}
