// session - dpdk-testpmd from its first argument to its exit code: EAL, devices, options, pool, ports, then commands or forwarding until
// somebody ends it. Follows main and its helpers in app/test-pmd/testpmd.c of 22.11, in their order.
// Invariants: S1 whatever ends the program (quit, end of input, Ctrl-C, --stats-period's end), forwarding is stopped with its
// statistics and ports are closed. S2 a command never ends it, but `quit`.
// Not modelled: hotplug events, latency and bitrate statistics, secondary processes.

import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import type { DeviceContext, LiveContext } from "../dpdk/devices/device-context.ts";
import { type Eal, ealInit } from "../dpdk/eal/eal.ts";
import { LOG_INFO, LOG_WARNING } from "../dpdk/eal/eal-log.ts";
import type { Executor } from "../dpdk/executor.ts";
import { Exit, type Io, rteExit } from "../dpdk/io.ts";
import { MAX_ETHPORTS } from "../dpdk/limits.ts";
import { Live } from "../dpdk/live.ts";
import { VirtualExecutor } from "../dpdk/virtual-executor.ts";
import { VirtualTime } from "../dpdk/virtual-time.ts";
import { UsageError } from "../errors.ts";
import { parseProfile } from "../run/profile.ts";
import { makeWindow } from "../wasm/guest-window.ts";
import type { Machine } from "../wasm/machine.ts";
import { statisticsScreen } from "./blocks/port-statistics.ts";
import { CommandLine } from "./console/command-line.ts";
import type { TestpmdHost } from "./host.ts";
import type { Choices } from "./options/option-run.ts";
import { parseOptions } from "./options/options.ts";
import { Prompt } from "./prompt.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { Testpmd } from "./testpmd.ts";

/** Rings of a link and what else lies in the memory that both its sides see, beside the pool's buffers. */
const WINDOW_BYTES = 64 << 20;
/** RX_DESC_MAX + TX_DESC_MAX + MAX_PKT_BURST of testpmd: what a pool is made for, a port. */
const POOL_PER_PORT = 2048 + 2048 + 512;
const STREAMS_PER_LCORE = 4096;
const VIRTUAL_CLOCK_MHZ = 1000;
/** How often --stats-period looks whether a signal came. */
const LOOKS_A_SECOND = 10;

/** Runs a testpmd command line. words: all behind the program's name. @returns the exit code */
export async function runTestpmd(words: readonly string[], host: TestpmdHost): Promise<number> {
  try {
    return await new Session(words, host).run();
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
}

class Session {
  private readonly words: readonly string[];
  private readonly host: TestpmdHost;
  private readonly io: Io;
  private readonly settings: Settings = defaultSettings();
  private still: LiveContext["still"] = async (change) => change();

  constructor(words: readonly string[], host: TestpmdHost) {
    this.words = words;
    this.host = host;
    this.io = host.io;
  }

  async run(): Promise<number> {
    const { host, io, settings } = this;
    const eal = ealInit(host.program, this.words, host.machine, io);
    const virtual = host.seat !== undefined || eal.words.includes("--virtual");
    const machine = host.makeMachine();
    const context = this.deviceContext(machine, eal, virtual);
    const forwarding = eal.lcores.filter(({ id }) => id !== eal.mainLcore);
    context.mainLcore = machine.addLcore(virtual, 1, 0);
    const contexts = forwarding.map(() => machine.addLcore(virtual, STREAMS_PER_LCORE, 0));
    if (virtual && host.seat === undefined)
      machine.setProfile(parseProfile(host.profileText(), "the shipped cost profile").costs);
    const app: Testpmd = new Testpmd({
      io,
      settings,
      machine,
      context,
      executor: this.executor(machine, contexts.length, virtual, () => app),
      contexts,
      cores: forwarding.map(({ cpus }) => cpus),
      lcores: forwarding.map(({ id }) => id),
      mainLcore: eal.mainLcore,
      clockMHz: virtual ? VIRTUAL_CLOCK_MHZ : host.clockMHz,
      virtual,
      pathKind: (path) => host.pathKind(path),
      links: host.seat?.links,
      readText: (path) => {
        const read = host.readText(path);
        return "text" in read ? read.text : undefined;
      },
      isInterrupted: () => host.isInterrupted(),
    });
    this.still = (change) => app.polling.still(change);
    app.devices.probePci(eal.pci, eal.noPci ? [] : (host.seat?.pci ?? []));
    app.devices.probeAll(eal.vdevs);
    if (app.ports.size === 0) context.log.log("testpmd", LOG_WARNING, "testpmd: No probed ethernet devices\n");
    app.setDefaultPorts();
    try {
      if (forwarding.length === 0) rteExit(io, "No cores defined for forwarding\nCheck the core mask argument\n");
      const choices = this.parse(app, eal);
      this.takeChoices(app, choices);
      this.checkTogether();
      await this.initConfig(app, machine, context, forwarding.length, choices);
      await this.startPorts(app);
      if (choices.latencyLcore !== undefined) io.err(`Latencystats running on lcore ${choices.latencyLcore}\n`);
      await this.converse(app);
      return await this.end(app);
    } catch (error) {
      // rte_exit cleans EAL up, which closes the ports; usage and --help end without.
      if (error instanceof Exit && error.code !== 0) await app.devices.abandon();
      throw error;
    } finally {
      await app.close();
    }
  }

  private deviceContext(machine: Machine, eal: Eal, virtual: boolean): MutableContext {
    let macs = 0;
    const { host, io } = this;
    const live = new Live(host, {
      machine,
      window: () => context.window,
      still: (change) => this.still(change),
      warn: (line) => io.err(`ringbed: ${line}\n`),
    });
    const context: MutableContext = {
      machine,
      cpu: { simdBits: eal.maxSimdBitwidth, hasAvx512: virtual || host.machine.hasAvx512 === true },
      files: host.files,
      mainLcore: 0,
      window: makeWindow(machine.engine, machine.arena, 0),
      epochNs: host.dateNs() - (virtual ? 0n : host.nowNs()),
      log: eal.log,
      event: (port, what) => host.io.out(`\nPort ${port}: ${what} event\n`),
      hasLive: !virtual,
      dpdkQuirks: eal.words.includes("--dpdk-quirks"),
      live: () => live.context(),
      randomMac: () => (virtual ? 0x02n | (BigInt(++macs) << 40n) | (0x4552n << 8n) : host.randomMac()),
    };
    return context;
  }

  private executor(machine: Machine, lcores: number, virtual: boolean, app: () => Testpmd): Executor {
    const { host } = this;
    if (!virtual) return host.makeExecutor(machine);
    const time = host.seat?.time ?? new VirtualTime(machine, lcores, () => host.rest());
    return new VirtualExecutor(machine, time, () => app().inputs());
  }

  private parse(app: Testpmd, eal: Eal): Choices {
    const { host, io, settings } = this;
    return parseOptions(host.program, eal.words, {
      settings,
      ports: new Map([...app.ports].map(([id, { dev }]) => [id, { id, info: dev.info }])),
      lcores: eal.lcores.map(({ id }) => id),
      mainLcore: eal.mainLcore,
      numaNodes: host.machine.numaNodes,
      io,
      readText: (path) => host.readText(path),
      log: (type, level, text) => eal.log.log(type, level, text),
    });
  }

  private takeChoices(app: Testpmd, choices: Choices): void {
    app.forwardPorts = [...choices.forwardPorts];
    app.forwardPortCount = choices.forwardPortCount;
    app.forwardLcores = [...choices.forwardLcores];
    app.forwardLcoreCount = choices.forwardLcoreCount;
  }

  /** What main checks once all options are read. */
  private checkTogether(): void {
    const { io, settings } = this;
    if (settings.txFirst && settings.interactive) rteExit(io, "--tx-first cannot be used on interactive mode.\n");
    if (settings.txFirst && settings.lscInterrupt) {
      io.err("Warning: lsc_interrupt needs to be off when using tx_first. Disabling.\n");
      settings.lscInterrupt = false;
    }
    if (settings.rxq === 0 && settings.txq === 0) io.err("Warning: Either rx or tx queues should be non-zero\n");
    if (settings.rxq > 1 && settings.rxq > settings.txq) {
      const what = `nb_rxq=${settings.rxq} enables RSS configuration, but nb_txq=${settings.txq}`;
      io.err(`Warning: ${what} will prevent to fully test it.\n`);
    }
  }

  /** init_config: offloads of the ports, the pool, the first configuration of forwarding. */
  private async initConfig(
    app: Testpmd,
    machine: Machine,
    context: MutableContext,
    lcores: number,
    { sockets }: Choices,
  ): Promise<void> {
    const { io, settings } = this;
    if (settings.numa && [...app.ports.values()].some(({ dev }) => !dev.hasSocket)) {
      const how = "--port-numa-config and --ring-numa-config parameters along with --numa";
      io.err(`Warning: NUMA should be configured manually by using ${how}.\n`);
    }
    for (const port of app.ports.values()) app.devices.initOffloads(port);
    const [size = 2176] = settings.mbufSizes;
    const count = settings.totalNumMbufs || (POOL_PER_PORT + lcores * settings.mbcache) * MAX_ETHPORTS;
    const say = (text: string): void => context.log.log("testpmd", LOG_INFO, `testpmd: ${text}\n`);
    for (const [i, mbufSize] of settings.mbufSizes.entries()) {
      const name = i === 0 ? "mb_pool_0" : `mb_pool_0_${i}`;
      say(`create a new mbuf pool <${name}>: n=${count}, size=${mbufSize}, socket=0`);
      say("preferred mempool ops selected: ring_mp_mc");
    }
    try {
      const windowBytes = Math.ceil((count * size + WINDOW_BYTES) / PAGE_BYTES) * PAGE_BYTES;
      context.window = makeWindow(machine.engine, machine.arena, windowBytes);
      if ([...app.ports.values()].some(({ dev }) => dev.isLive)) {
        await (await context.live()).windowFd(); // before anything is in it
      }
      app.devices.pool = machine.addPool(count, settings.mbcache, machine.lcores.length, context.window, size);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (error.message.includes("koffi")) rteExit(io, `${error.message}\n`);
      const why = error.message.startsWith("memory") ? "Cannot allocate memory" : "Invalid argument";
      rteExit(io, `Creation of mbuf pool for socket 0 failed: ${why}\n`);
    }
    for (const socket of sockets.filter((id) => id >= this.host.machine.numaNodes)) {
      say(`create a new mbuf pool <mb_pool_${socket}>: n=${count}, size=${size}, socket=${socket}`);
      say("preferred mempool ops selected: ring_mp_mc");
      rteExit(io, `Creation of mbuf pool for socket ${socket} failed: Invalid argument\n`);
    }
    app.setupForwarding();
  }

  private async startPorts(app: Testpmd): Promise<void> {
    const { io, settings } = this;
    if (!settings.noDeviceStart && !(await app.startPort(undefined))) {
      if (!settings.interactive) rteExit(io, "Start ports failed\n");
      io.err("Start ports failed\n");
    }
    for (const port of app.ports.values()) app.devices.promiscuous(port);
  }

  /** Commands, or forwarding until Enter, the end of the input or Ctrl-C. */
  private async converse(app: Testpmd): Promise<void> {
    const { host, io, settings } = this;
    const commands = new CommandLine(app);
    if (settings.cmdlineFile !== "") await commands.run(`load ${settings.cmdlineFile}`);
    if (settings.interactive) {
      if (settings.autoStart) {
        io.out("Start automatic packet forwarding\n");
        await app.startForwarding(0);
      }
      await new Prompt(app, commands, host).converse();
      return;
    }
    io.out("No commandline core given, start packet forwarding\n");
    await app.startForwarding(settings.txFirst ? 1 : 0);
    if (settings.statsPeriod > 0) {
      while (!host.isInterrupted()) {
        io.out(statisticsScreen(app));
        for (let i = 0; i < settings.statsPeriod * LOOKS_A_SECOND && !host.isInterrupted(); i++) {
          await app.rest(1000 / LOOKS_A_SECOND);
        }
      }
      return;
    }
    io.out("Press enter to exit\n");
    await host.input.read();
  }

  /** pmd_test_exit. */
  private async end(app: Testpmd): Promise<number> {
    const { io } = this;
    if (app.running) await app.stopForwarding();
    io.out("\nPrimary: Sending 'stop_req' request to secondary...\n");
    await app.devices.shutDown();
    io.out("\nBye...\n");
    return 0;
  }
}

/** A device context as long as parts of it are still to be made. */
type MutableContext = { -readonly [K in keyof DeviceContext]: DeviceContext[K] };
