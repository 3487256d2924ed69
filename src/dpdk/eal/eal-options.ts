// eal-options - the arguments before `--`: one table of EAL's options, what each sets, and what it refuses.
// Follows eal_parse_common_option and eal_parse_args of 22.11. An option's `apply` logs why it refuses and returns false; the
// usage text then follows (eal.ts). Options about hugepages, PCI, tracing and the like are checked and change nothing here.
// Not modelled: -d loads nothing and never fails; sizes of --socket-mem are only checked.

import { MAX_LCORE } from "../limits.ts";
import { atoi, strtol, strtoul, uint32 } from "./c-number.ts";
import type { EalDraft } from "./eal-draft.ts";
import {
  type LcoreMap,
  parseCorelist,
  parseCoremask,
  parseLcoreMap,
  parseServiceList,
  rangesOf,
} from "./eal-lcores.ts";
import { type EalLog, LOG_CRIT, LOG_ERR, LOG_NOTICE, LOG_WARNING, logEal } from "./eal-log.ts";
import { globMatcher } from "./eal-log-level.ts";
import type { ArgumentRule, GetoptTable } from "./getopt.ts";

/** RTE_VECT_SIMD_MAX and RTE_VECT_SIMD_DISABLED. */
const SIMD_MAX = 32768;
const SIMD_DISABLED = 64;
/** RTE_MAX_NUMA_NODES. */
const MAX_NUMA_NODES = 32;

export interface OptionContext {
  readonly draft: EalDraft;
  readonly log: EalLog;
  /** CPUs that there are. */
  readonly cpus: readonly number[];
}

type Apply = (context: OptionContext, argument: string) => boolean;
interface EalOption {
  readonly long?: string;
  readonly short?: string;
  readonly argument: ArgumentRule;
  readonly apply: Apply;
}

function error(context: OptionContext, text: string): false {
  logEal(context.log, LOG_ERR, text);
  return false;
}

/** Sets fields; never refuses. */
const set =
  (change: (draft: EalDraft, argument: string) => void): Apply =>
  ({ draft }, argument) => {
    change(draft, argument);
    return true;
  };

/** Refuses what `accepts` does not, in EAL's words for it. */
const checked =
  (option: string, accepts: (argument: string) => boolean, noun = "parameters", after?: Apply): Apply =>
  (context, argument) => {
    if (!accepts(argument)) return error(context, `invalid ${noun} for --${option}`);
    return after?.(context, argument) ?? true;
  };

const device =
  (list: "vdev" | "allow" | "block"): Apply =>
  (context, argument) => {
    const { devices } = context.draft;
    const other = list === "allow" ? "block" : "allow";
    if (list !== "vdev" && devices.some((given) => given.list === other)) {
      return error(context, "Options allow (-a) and block (-b) can't be used at the same time");
    }
    devices.push({ list, text: argument });
    return true;
  };

/** -c and -l. */
const lcores =
  (option: "-c" | "-l", noun: string, parse: typeof parseCoremask): Apply =>
  (context, argument) => {
    const { draft, log, cpus } = context;
    if (draft.serviceLcores.size > 0) {
      const order = `Please ensure ${option} is before -s or -S`;
      logEal(log, LOG_WARNING, `Service cores parsed before dataplane cores. ${order}`);
    }
    const ids = parse(argument, (line) => error(context, line));
    if (ids === undefined) return error(context, `invalid ${noun} syntax`);
    const missing = ids.filter((id) => !cpus.includes(id));
    for (const id of missing) error(context, `lcore ${id} unavailable`);
    if (missing.length > 0) {
      const there = rangesOf(cpus.filter((cpu) => cpu < MAX_LCORE));
      return error(context, `invalid ${noun}, please check specified cores are part of ${there}`);
    }
    return choose(context, option, new Map(ids.map((id) => [id, [id]])));
  };

function choose(context: OptionContext, option: EalDraft["lcoresBy"], map: LcoreMap): boolean {
  const { draft } = context;
  if (draft.lcoresBy !== "") return error(context, `Option ${option} is ignored, because (${draft.lcoresBy}) is set!`);
  draft.lcoresBy = option;
  draft.lcores = map;
  return true;
}

const serviceLcores =
  (noun: "coremask" | "core list"): Apply =>
  (context, argument) => {
    const { draft, log, cpus } = context;
    const mask = noun === "coremask";
    const ids = mask ? parseCoremask(argument, () => undefined) : parseServiceList(argument);
    const main = ids?.find((id) => id === draft.mainLcore);
    if (main !== undefined) {
      error(context, `${mask ? "" : "Error: "}lcore ${main} is main lcore, cannot use as service core`);
    }
    const missing = mask && main === undefined ? ids?.find((id) => !cpus.includes(id)) : undefined;
    if (missing !== undefined) error(context, `lcore ${missing} unavailable`);
    if (ids === undefined || main !== undefined || missing !== undefined) {
      return error(context, `invalid service ${noun}`);
    }
    for (const id of ids) draft.serviceLcores.add(id);
    if (draft.lcoresBy !== "" && !ids.every((id) => draft.lcores.has(id))) {
      const where = `Not all service cores ${mask ? "are" : "were"} in the coremask.`;
      logEal(log, LOG_WARNING, `${where} Please ensure -c or -l includes service cores`);
    }
    return true;
  };

const mainLcore: Apply = (context, argument) => {
  const { value, end, overflow } = strtol(argument, 0);
  const lcore = uint32(value);
  if (!overflow && end === argument.length && lcore < MAX_LCORE) {
    context.draft.mainLcore = lcore;
    if (!context.draft.serviceLcores.has(lcore)) return true;
    error(context, "Error: Main lcore is used as a service core");
  }
  return error(context, "invalid parameter for --main-lcore");
};

const simdBitwidth: Apply = (context, argument) => {
  const refused = "invalid parameter for --force-max-simd-bitwidth";
  const { value, end, overflow } = strtoul(argument, 0);
  if (argument === "" || overflow || end !== argument.length || value > SIMD_MAX) return error(context, refused);
  const width = value === 0n ? SIMD_MAX : Number(value);
  if (context.draft.simdBitwidth !== undefined) {
    logEal(context.log, LOG_NOTICE, "Cannot set max SIMD bitwidth - user runtime override enabled");
    return error(context, refused);
  }
  if (width < SIMD_DISABLED || (width & (width - 1)) !== 0) {
    error(context, "Invalid bitwidth value!");
    return error(context, refused);
  }
  context.draft.simdBitwidth = width;
  return true;
};

const hugeUnlink: Apply = (context, argument) => {
  const when = argument === "" ? "always" : argument;
  if (when !== "always" && when !== "existing" && when !== "never") {
    return error(context, "invalid --huge-unlink option");
  }
  if (when === "never") logEal(context.log, LOG_WARNING, "Using --huge-unlink=never may create data leaks.");
  if (when !== "existing") context.draft.hugeUnlink = when;
  return true;
};

const hugeWorkerStack: Apply = (context, argument) => {
  const { value, overflow } = strtoul(argument, 10);
  if (argument !== "" && (overflow || value === 0n || value >= ((1n << 64n) - 1n) / 1024n)) {
    return error(context, "invalid parameter for --huge-worker-stack");
  }
  context.draft.hugeWorkerStack = true;
  return true;
};

const count =
  (noun: string, highest: number): Apply =>
  (context, argument) => {
    const n = atoi(argument) >>> 0;
    return (n > 0 && n <= highest) || error(context, `invalid ${noun} number`);
  };

const traceBufferSize: Apply = (context, argument) => {
  const { value } = strtoul(argument, 0);
  if (value !== 0n && !argument.startsWith("-")) return true;
  error(context, "eal_trace_bufsz_args_save():188 buffer size cannot be zero");
  return error(context, "invalid parameters for --trace-bufsz");
};

const traceMode: Apply = (context, argument) => {
  if (argument === "") error(context, "eal_trace_mode_args_save():214 value is not provided with option");
  const matches = globMatcher(`${argument}*`);
  const known = argument !== "" && (matches("overwrite") || matches("discard"));
  return known || error(context, "invalid parameters for --trace-mode");
};

/** Megabytes a NUMA node, comma-separated. */
function isSocketMemory(text: string): boolean {
  if (!/\d$/.test(text) || text.split(",").length > MAX_NUMA_NODES) return false;
  return text.split(",").every((part) => {
    const { end, overflow } = strtoul(part, 10);
    return part !== "" && end === part.length && !overflow;
  });
}

function isAddress(text: string): boolean {
  const { end, overflow } = strtoul(text, 16);
  return text !== "" && end === text.length && !overflow;
}

const PROCESS_TYPES = ["primary", "secondary", "auto"] as const;
const SYSLOG =
  "auth cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 local3 local4 local5 local6 local7";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const accept: Apply = () => true;

/** In the order of EAL's table: so ambiguous beginnings are listed. */
export const EAL_OPTIONS: readonly EalOption[] = [
  { long: "base-virtaddr", argument: "required", apply: checked("base-virtaddr", isAddress, "parameter") },
  { long: "create-uio-dev", argument: "none", apply: accept },
  { long: "file-prefix", argument: "required", apply: set((draft, prefix) => (draft.filePrefix = prefix)) },
  { long: "help", short: "h", argument: "none", apply: accept },
  { long: "huge-dir", argument: "required", apply: set((draft, path) => (draft.hugeDir = path)) },
  { long: "huge-unlink", argument: "optional", apply: hugeUnlink },
  {
    long: "iova-mode",
    argument: "required",
    apply: checked(
      "iova-mode",
      (mode) => mode === "pa" || mode === "va",
      "parameters",
      (context, mode) => {
        context.draft.iovaMode = mode === "pa" ? "pa" : "va";
        return true;
      },
    ),
  },
  {
    long: "lcores",
    argument: "required",
    apply: (context, text) => {
      const map = parseLcoreMap(text, context.cpus, (line) => error(context, line));
      return map === undefined ? error(context, "invalid parameter for --lcores") : choose(context, "--lcores", map);
    },
  },
  { long: "log-level", argument: "required", apply: accept },
  { long: "trace", argument: "required", apply: accept },
  { long: "trace-dir", argument: "required", apply: accept },
  { long: "trace-bufsz", argument: "required", apply: traceBufferSize },
  { long: "trace-mode", argument: "required", apply: traceMode },
  { long: "main-lcore", argument: "required", apply: mainLcore },
  { long: "mbuf-pool-ops-name", argument: "required", apply: set((draft, name) => (draft.mbufPoolOps = name)) },
  { long: "no-hpet", argument: "none", apply: accept },
  {
    long: "no-huge",
    argument: "none",
    apply: set((draft) => Object.assign(draft, { noHuge: true, legacyMemory: true })),
  },
  { long: "no-pci", argument: "none", apply: set((draft) => (draft.noPci = true)) },
  { long: "no-shconf", argument: "none", apply: set((draft) => (draft.noSharedConfig = true)) },
  {
    long: "in-memory",
    argument: "none",
    apply: set((draft) => Object.assign(draft, { inMemory: true, noSharedConfig: true, hugeUnlink: "always" })),
  },
  { long: "block", short: "b", argument: "required", apply: device("block") },
  { long: "allow", short: "a", argument: "required", apply: device("allow") },
  {
    long: "proc-type",
    argument: "required",
    apply: set((draft, type) => {
      draft.processType = PROCESS_TYPES.find((known) => known === type.toLowerCase()) ?? "invalid";
    }),
  },
  {
    long: "socket-mem",
    argument: "required",
    apply: checked(
      "socket-mem",
      isSocketMemory,
      "parameters",
      set((draft) => (draft.socketMemory = true)),
    ),
  },
  {
    long: "socket-limit",
    argument: "required",
    apply: checked(
      "socket-limit",
      isSocketMemory,
      "parameters",
      set((draft) => (draft.socketLimit = true)),
    ),
  },
  { long: "syslog", argument: "required", apply: checked("syslog", (name) => SYSLOG.split(" ").includes(name)) },
  { long: "vdev", argument: "required", apply: device("vdev") },
  {
    long: "vfio-intr",
    argument: "required",
    apply: checked("vfio-intr", (mode) => ["legacy", "msi", "msix"].includes(mode)),
  },
  { long: "vfio-vf-token", argument: "required", apply: checked("vfio-vf-token", (token) => UUID.test(token)) },
  { long: "vmware-tsc-map", argument: "none", apply: set((draft) => (draft.vmwareTscMap = true)) },
  { long: "legacy-mem", argument: "none", apply: set((draft) => (draft.legacyMemory = true)) },
  { long: "single-file-segments", argument: "none", apply: set((draft) => (draft.singleFileSegments = true)) },
  { long: "match-allocations", argument: "none", apply: set((draft) => (draft.matchAllocations = true)) },
  { long: "telemetry", argument: "none", apply: accept },
  { long: "no-telemetry", argument: "none", apply: accept },
  { long: "force-max-simd-bitwidth", argument: "required", apply: simdBitwidth },
  { long: "huge-worker-stack", argument: "optional", apply: hugeWorkerStack },
  { short: "c", argument: "required", apply: lcores("-c", "coremask", parseCoremask) },
  { short: "s", argument: "required", apply: serviceLcores("coremask") },
  { short: "d", argument: "required", apply: accept },
  { short: "l", argument: "required", apply: lcores("-l", "core list", parseCorelist) },
  { short: "S", argument: "required", apply: serviceLcores("core list") },
  {
    short: "m",
    argument: "required",
    apply: set((draft, text) => Object.assign(draft, { memoryMb: atoi(text), memoryGiven: true })),
  },
  { short: "n", argument: "required", apply: count("channel", 0xffff_ffff) },
  { short: "r", argument: "required", apply: count("rank", 16) },
  {
    short: "v",
    argument: "none",
    apply: ({ log }) => {
      logEal(log, LOG_CRIT, "RTE Version: 'DPDK 22.11.11'");
      return true;
    },
  },
];

const codeOf = ({ short, long }: EalOption): string => short ?? long ?? "";

export const EAL_BY_CODE: ReadonlyMap<string, EalOption> = new Map(EAL_OPTIONS.map((o) => [codeOf(o), o]));

export const EAL_TABLE: GetoptTable = {
  short: Object.fromEntries(
    EAL_OPTIONS.flatMap(({ short, argument }) => (short === undefined ? [] : [[short, argument]])),
  ),
  long: EAL_OPTIONS.flatMap((option) => {
    const { long, argument } = option;
    return long === undefined ? [] : [{ name: long, argument, code: codeOf(option) }];
  }),
};
