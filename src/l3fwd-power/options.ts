// options - l3fwd-power's own options, as parse_args of 22.11 takes them: in their order, each with what it prints at once.
// Not modelled: uncore frequencies (refused as by a kernel without them), what -l, -m and -h set (frequencies of --empty-poll).
import { strtoul, uint32 } from "../dpdk/eal/c-number.ts";
import { type EalLog, LOG_INFO } from "../dpdk/eal/eal-log.ts";
import { Getopt, type GetoptTable, type LongOption } from "../dpdk/eal/getopt.ts";
import { type Io, rteExit } from "../dpdk/io.ts";
import { type Groups, type PerfParams, parseConfig, parseCoreList, parsePerfConfig, type RxParams } from "./lists.ts";
import { l3fwdUsage } from "./usage.ts";

export type Mode = "legacy" | "empty poll" | "telemetry" | "interrupt-only" | "pmd mgmt";
export type PmdMgmt = "monitor" | "pause" | "scale" | "baseline";

/** lcore_params_array_default */
const DEFAULT_RX: readonly RxParams[] = [
  ...[0, 1].flatMap((port) => [0, 1, 2].map((queue) => ({ port, queue, lcore: 2 }))),
  { port: 2, queue: 0, lcore: 2 },
  { port: 3, queue: 0, lcore: 3 },
  { port: 3, queue: 1, lcore: 3 },
];
const U32_MINUS_1 = 0xffff_ffff;

export interface Options {
  portMask: number;
  promiscuous: boolean;
  numa: boolean;
  parsePtype: boolean;
  /** 0: not given */
  maxPacketLength: number;
  /** undefined: to be found out */
  mode: Mode | undefined;
  pmdMgmt: PmdMgmt | undefined;
  pauseDuration: number;
  scaleFreqMin: number;
  scaleFreqMax: number;
  rx: readonly RxParams[];
  highPerfCores: readonly number[];
  perf: readonly PerfParams[];
}

const long = (name: string, argument: LongOption["argument"]): LongOption => ({ name, argument, code: name });
const TABLE: GetoptTable = {
  short: { p: "required", l: "required", m: "required", h: "required", P: "none", u: "none", U: "none", i: "required" },
  long: [
    long("config", "required"),
    long("perf-config", "required"),
    long("high-perf-cores", "required"),
    long("no-numa", "none"),
    long("max-pkt-len", "required"),
    long("empty-poll", "required"),
    long("parse-ptype", "none"),
    long("legacy", "none"),
    long("telemetry", "none"),
    long("interrupt-only", "none"),
    long("pmd-mgmt", "required"),
    long("max-empty-polls", "required"),
    long("pause-duration", "required"),
    long("scale-freq-min", "required"),
    long("scale-freq-max", "required"),
  ],
};

/** A whole decimal number, as a uint32; anything else is -1. */
function parseInt32(text: string): number {
  const { value, end } = strtoul(text, 10);
  return end === 0 || end !== text.length ? U32_MINUS_1 : uint32(value);
}

/** words: those behind EAL's. @throws Exit */
export function parseOptions(program: string, words: readonly string[], io: Io, log: EalLog): Options {
  return new Parser(program, io, log).parse(words);
}

/** An option was refused, and has said so. */
class Refused extends Error {}

class Parser {
  private readonly program: string;
  private readonly io: Io;
  private readonly log: EalLog;
  private readonly options: Options = {
    portMask: 0,
    promiscuous: false,
    numa: true,
    parsePtype: false,
    maxPacketLength: 0,
    mode: undefined,
    pmdMgmt: undefined,
    pauseDuration: 1,
    scaleFreqMin: 0,
    scaleFreqMax: 0,
    rx: DEFAULT_RX,
    highPerfCores: [],
    perf: [],
  };

  constructor(program: string, io: Io, log: EalLog) {
    this.program = program;
    this.io = io;
    this.log = log;
  }

  parse(words: readonly string[]): Options {
    const getopt = new Getopt(this.program, words, TABLE, (line) => this.io.err(line));
    try {
      for (let option = getopt.read(); option !== undefined; option = getopt.read()) {
        if (option.code === "?") this.refuse("");
        this.take(option.code, option.argument ?? "");
      }
    } catch (error) {
      if (error instanceof Refused) rteExit(this.io, "Invalid L3FWD parameters\n");
      throw error;
    }
    return this.options;
  }

  /** Prints a line, and the usage. */
  private refuse(line: string): never {
    this.io.out(line + l3fwdUsage(this.program));
    throw new Refused();
  }

  private take(code: string, argument: string): void {
    const { options, io } = this;
    switch (code) {
      case "p": {
        const { value, end } = strtoul(argument, 16);
        options.portMask = end === 0 || end !== argument.length ? 0 : Number(BigInt.asIntN(32, value));
        if (options.portMask === 0) this.refuse("invalid portmask\n");
        return;
      }
      case "P":
        options.promiscuous = true;
        io.out("Promiscuous mode selected\n");
        return;
      case "u":
      case "U":
      case "i":
        this.refuseUncore();
        return;
      case "config":
        options.rx = this.groups(parseConfig(argument), "config");
        return;
      case "perf-config":
        options.perf = this.groups(parsePerfConfig(argument), "perf-config");
        return;
      case "high-perf-cores":
        this.takeCores(argument);
        return;
      case "no-numa":
        options.numa = false;
        io.out("numa is disabled \n");
        return;
      case "parse-ptype":
        options.parsePtype = true;
        io.out("soft parse-ptype is enabled\n");
        return;
      case "max-pkt-len": {
        io.out("Custom frame size is configured\n");
        const length = parseInt32(argument);
        options.maxPacketLength = length === 0 ? U32_MINUS_1 : length;
        return;
      }
      default:
        this.takeMode(code, argument);
    }
  }

  private takeMode(code: string, argument: string): void {
    const { options, io } = this;
    switch (code) {
      case "legacy":
        this.setMode("legacy", "legacy mode");
        return;
      case "telemetry":
        this.setMode("telemetry", "telemetry mode");
        return;
      case "interrupt-only":
        this.setMode("interrupt-only", "interrupt-only mode");
        return;
      case "empty-poll":
        // rte_strsplit of at most three: more commas stay in the third
        this.setMode("empty poll", "empty-poll", () => {
          if (argument !== "" && argument.split(",").length < 3) this.refuse("invalid empty poll config\n");
        });
        return;
      case "pmd-mgmt":
        this.setMode("pmd mgmt", "power mgmt mode", () => this.takePmdMgmt(argument));
        return;
      case "max-empty-polls":
        io.out("Maximum empty polls configured\n");
        return;
      case "pause-duration":
        io.out("Pause duration configured\n");
        options.pauseDuration = parseInt32(argument);
        return;
      case "scale-freq-min":
        io.out("Scaling frequency minimum configured\n");
        options.scaleFreqMin = parseInt32(argument);
        return;
      case "scale-freq-max":
        io.out("Scaling frequency maximum configured\n");
        options.scaleFreqMax = parseInt32(argument);
    }
  }

  /** name: as its refusal has it. Both lines differ for two of the modes. */
  private setMode(mode: Mode, name: string, check: () => void = () => {}): void {
    const { options, io } = this;
    if (options.mode !== undefined) {
      io.out(` ${mode === "empty poll" ? "empty-poll mode" : name} is mutually exclusive with other modes\n`);
      throw new Refused();
    }
    check();
    options.mode = mode;
    io.out(`${mode === "pmd mgmt" ? "PMD power mgmt mode" : name} is enabled\n`);
  }

  private takePmdMgmt(argument: string): void {
    const modes: readonly PmdMgmt[] = ["monitor", "pause", "scale", "baseline"];
    this.options.pmdMgmt = modes.find((mode) => mode === argument);
    if (this.options.pmdMgmt !== undefined) return;
    this.io.out(` Invalid PMD power management mode: ${argument}\n`);
    throw new Refused();
  }

  private groups<Group>(groups: Groups<Group>, name: string): readonly Group[] {
    if (groups === "full") this.io.out("exceeded max number of lcore params: 1024\n");
    if (typeof groups === "string") this.refuse(`invalid ${name}\n`);
    return groups;
  }

  private takeCores(argument: string): void {
    const cores = parseCoreList(argument);
    if (cores === "invalid") this.io.out("invalid core list\n");
    if (typeof cores === "string") this.refuse("invalid high-perf-cores\n");
    this.options.highPerfCores = cores;
    this.io.out(`Configured ${cores.length} high performance cores\n`);
    for (const [i, core] of cores.entries()) this.io.out(`\tHigh performance core ${i} ${core}\n`);
  }

  private refuseUncore(): never {
    const how = "Please enable CONFIG_INTEL_UNCORE_FREQ_CONTROL if on x86 with linux kernel >= 5.6";
    const what = "Uncore frequency management not supported/enabled on this kernel";
    this.log.log("lib.power", LOG_INFO, `POWER: ${what}. ${how}\n`);
    return this.refuse("");
  }
}
