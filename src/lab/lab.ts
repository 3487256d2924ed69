// lab - one simulated host: a switch, guests, and a shell whose commands act on them, in virtual time. Time passes when a command sleeps, and at the
// end until finite inputs are used up. A live lab is on the wall's clock, and its guests are other processes.
// Invariant: L1 the same script gives the same output, byte for byte, unless it is live.
import type { Clock } from "../dpdk/clock.ts";
import type { DeviceContext } from "../dpdk/devices/device-context.ts";
import { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import { SIMD_DEFAULT } from "../dpdk/eal/eal-draft.ts";
import { EalLog } from "../dpdk/eal/eal-log.ts";
import { VirtualTime } from "../dpdk/virtual-time.ts";
import { UsageError } from "../errors.ts";
import { parseProfile } from "../run/profile.ts";
import type { TraceRecord } from "../run/report.ts";
import { sortTrace, takeTrace } from "../run/trace.ts";
import { type Command, Leave } from "../shell/command.ts";
import { Grammar } from "../shell/grammar.ts";
import type { LineInput } from "../shell/host.ts";
import { Shell } from "../shell/shell.ts";
import { CpuSet } from "../vswitchd/cpu-set.ts";
import { Vswitchd } from "../vswitchd/vswitchd.ts";
import { makeWindow } from "../wasm/guest-window.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Guest } from "./guest.ts";
import { HostNics, isNicMapping } from "./host-nics.ts";
import type { BoardHost } from "./lab-board.ts";
import type { LabHost } from "./lab-host.ts";
import type { LabOptions } from "./lab-options.ts";
import { LiveLab } from "./live-lab.ts";

/** Commands that act on a lab, by name. */
export type LabCommands = (lab: Lab) => ReadonlyMap<string, Command>;

/** Lcores that may run at a time: threads of the switch and of all guests. */
const LCORES = 160;
const HZ = 2_600_000_000;
const DEFAULT_CORES = 64;
/** 2026-01-01 */
const DEFAULT_EPOCH = 1_767_225_600;
/** The howto's folder of sockets. */
export const RUNDIR = "/usr/local/var/run/openvswitch";
/** The NICs that every host has when nothing stands behind their addresses: they hear nothing, and what they are given is gone. */
const IDLE_NICS = ["0000:01:00.0", "0000:01:00.1"];

interface LabParts {
  readonly machine: Machine;
  readonly grammar: Grammar;
  readonly commands: LabCommands;
  readonly live: LiveLab | undefined;
}

export class Lab {
  readonly host: LabHost;
  readonly machine: Machine;
  readonly time: Clock;
  readonly links: VirtioLinks;
  readonly vswitchd: Vswitchd;
  readonly guests: Guest[] = [];
  /** What guests' QEMU processes act on: in virtual time only. */
  readonly boards: BoardHost;
  /** SR-IOV NICs of the host, likewise. */
  readonly nics: HostNics;
  readonly epoch: number;
  readonly logged: string[] = [];
  readonly options: LabOptions;
  private readonly traced: TraceRecord[] = [];
  private readonly ended = new Set<string>();
  private readonly shell: Shell;
  private readonly grammar: Grammar;
  private readonly live: LiveLab | undefined;

  private constructor(host: LabHost, options: LabOptions, parts: LabParts) {
    const { machine, grammar, commands, live } = parts;
    this.host = host;
    this.options = options;
    this.grammar = grammar;
    this.machine = machine;
    this.live = live;
    this.epoch = live === undefined ? (options.epoch ?? DEFAULT_EPOCH) : Math.floor(host.dateMs() / 1000);
    if (live === undefined) machine.setProfile(parseProfile(host.profileText(), "the shipped cost profile").costs);
    const virtual = new VirtualTime(machine, LCORES, () => host.rest());
    this.time = live?.time ?? virtual;
    this.links = new VirtioLinks(this.machine);
    if (options.trace !== undefined) virtual.onSlice = () => this.takeTrace();
    const nics = new HostNics({ machine, time: virtual, epoch: this.epoch, options, files: host.files });
    this.nics = nics;
    this.boards = { machine, time: virtual, nics, links: this.links, guests: this.guests };
    this.vswitchd = new Vswitchd({
      machine: this.machine,
      time: this.time,
      context: this.deviceContext(new EalLog({ err: (text) => this.vswitchd.log.info("dpdk", text.trimEnd()) })),
      links: this.links,
      cpus:
        options.numa === undefined
          ? CpuSet.even(options.cores ?? (live === undefined ? DEFAULT_CORES : host.cpus), options.nodes ?? 1)
          : CpuSet.of(options.numa),
      ...(options.pciNodes === undefined ? {} : { pciNodes: options.pciNodes }),
      ...(options.enableDummy === undefined ? {} : { enableDummy: options.enableDummy }),
      pci: new Map([
        ...IDLE_NICS.map((address, i) => [address, `net_null${90 + i},no-rx=1`] as const),
        ...[...(options.pci ?? [])].filter(([, vdev]) => !isNicMapping(vdev)),
      ]),
      ...(options.version === undefined ? {} : { version: options.version }),
      hz: live === undefined ? HZ : host.clockMHz * 1e6,
      ...(live === undefined ? {} : { ask: (pmd) => live.ask(pmd, (upcall) => this.vswitchd.upcalls.decide(upcall)) }),
      seed: options.seed ?? 1,
      socketFolder: options.env?.OVS_RUNDIR ?? RUNDIR,
      date: () => this.date(),
      logLine: (line) => {
        this.logged.push(line);
        options.onLog?.(line);
      },
      pathKind: (path) => host.pathKind(path),
    });
    this.shell = new Shell({
      host: host.shell,
      commands: commands(this),
      sleep: (seconds) => this.time.advance(seconds * 1000),
      cwd: host.shell.resolve(".", options.cwd ?? "."),
      env: { PATH: "/usr/bin:/bin", HOME: "/root", LC_ALL: "C", OVS_RUNDIR: RUNDIR, ...options.env },
      grammar,
    });
  }

  /** commands: those of the real programs, see open-lab */
  static async open(host: LabHost, options: LabOptions, commands: LabCommands): Promise<Lab> {
    const grammar = await Grammar.load(host.shell.grammar());
    const machine = host.makeMachine();
    const warn = (line: string): void => host.err(`ringbed: ${line}\n`);
    const live = options.live === true ? await LiveLab.open(host, machine, warn) : undefined;
    return new Lab(host, options, { machine, grammar, commands, live });
  }

  /** The guest of a name: where two processes have one, that whose CPUs run. */
  guest(name: string): Guest | undefined {
    const named = this.guests.filter((guest) => guest.name === name);
    return named.find(({ qemu }) => qemu.state === "running") ?? named[0];
  }

  /** The hops of traced packets so far, in the order of each packet's way. */
  get trace(): readonly TraceRecord[] {
    this.takeTrace();
    return sortTrace(this.traced);
  }

  private takeTrace(): void {
    const { machine, nics, vswitchd, traced } = this;
    const name = (id: number): string => nics.portNames.get(id) ?? vswitchd.devices.find(id)?.name ?? "?";
    const ports = Array.from({ length: nics.portsEnd }, (_, id) => name(id));
    const lcores = machine.lcores.map((_, i) => nics.lcoreNames.get(i) ?? "host");
    for (const record of takeTrace(machine, ports, lcores)) traced.push(record);
  }

  /** A daemon was told to exit. */
  end(daemon: "vswitchd" | "ovsdb-server"): void {
    this.ended.add(daemon);
  }

  hasExited(daemon: "vswitchd" | "ovsdb-server"): boolean {
    return this.ended.has(daemon);
  }

  /** Now, as log lines have it. */
  date(): string {
    return new Date(this.epoch * 1000 + Number(this.time.nowPs / 1_000_000_000n)).toISOString();
  }

  get isLive(): boolean {
    return this.live !== undefined;
  }

  /** The surroundings of a program's devices. */
  deviceContext(log: EalLog): DeviceContext {
    const { machine } = this;
    let macs = 0;
    return {
      machine,
      cpu: { simdBits: SIMD_DEFAULT, hasAvx512: true },
      files: this.host.files,
      mainLcore: machine.addLcore(this.live === undefined, 1, 0),
      window: makeWindow(machine.engine, machine.arena, 0),
      epochNs: BigInt(this.epoch) * 1_000_000_000n,
      log,
      event: () => {},
      hasLive: this.live !== undefined,
      dpdkQuirks: this.options.dpdkQuirks === true,
      live: async () => {
        if (this.live === undefined) throw new UsageError("lab: found a peer outside the lab, expected one in it");
        return this.live.context;
      },
      randomMac: () => 0x02n | (BigInt(++macs) << 40n) | (0x4552n << 8n),
    };
  }

  /** Runs a script, or what a person types. prompt: before each line. @returns the exit code */
  async run(input: LineInput, prompt: (more: boolean) => void = () => {}): Promise<number> {
    const { host, shell } = this;
    const streams = { input, out: (text: string) => host.out(text), err: (text: string) => host.err(text) };
    let text = "";
    try {
      for (;;) {
        if (host.isInterrupted()) break;
        prompt(text !== "");
        const line = await input.line();
        if (line === undefined) {
          if (text.trim() !== "") await shell.runText(text, streams);
          break;
        }
        text += line.endsWith("\n") ? line : `${line}\n`;
        const parsed = this.grammar.parse(text);
        if (parsed.kind === "incomplete") continue;
        const whole = text;
        text = "";
        await this.runWhole(whole, streams);
      }
      return shell.lastCode;
    } catch (error) {
      if (error instanceof Leave && error.what === "exit") return error.value;
      throw error;
    } finally {
      await this.close();
    }
  }

  private async runWhole(text: string, streams: Parameters<Shell["runText"]>[1]): Promise<void> {
    const parsed = this.grammar.parse(text);
    if (parsed.kind === "program") await this.shell.runNode(parsed.root, streams);
    else await this.shell.runText(text, streams);
  }

  private async close(): Promise<void> {
    await this.time.drain();
    for (const { interrupt, done } of this.shell.jobs.values()) {
      interrupt?.();
      await done;
    }
    this.nics.close();
    await this.time.still(() => this.vswitchd.exit());
    await this.live?.close();
  }
}
