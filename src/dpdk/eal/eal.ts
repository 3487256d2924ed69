// eal - rte_eal_init: reads the arguments before `--`, prints what EAL prints at its start, and says what it was told.
// Follows lib/eal/linux/eal.c of 22.11, order included: --log-level first, then the CPUs' lines, the options, the checks of all
// together, the devices' names. All of EAL's lines go to standard error, usage texts to standard output.
// Lines are those of a run as root; without --no-huge those of a host with hugepages and without an IOMMU.
// Not modelled: PCI and VFIO lines, the secondary process (refused as by a host that has no primary), runtime files.

import type { PciChoice } from "../devices/pci-devices.ts";
import { Exit, type Io, rteExit } from "../io.ts";
import { MAX_LCORE } from "../limits.ts";
import { type DevArgs, parseDevArgs } from "./devargs.ts";
import { type EalDraft, emptyDraft, SIMD_DEFAULT } from "./eal-draft.ts";
import { EalLog, LOG_ERR, LOG_INFO, LOG_NOTICE, LOG_WARNING, logEal } from "./eal-log.ts";
import { applyLogLevel, logLevelHelp } from "./eal-log-level.ts";
import { EAL_BY_CODE, EAL_TABLE } from "./eal-options.ts";
import { Getopt } from "./getopt.ts";
import { ealUsage } from "./usage.ts";

/** Where a primary run as root keeps its files. */
const RUNTIME_FOLDER = "/var/run/dpdk";

/** What EAL finds out about the machine. */
export interface EalMachine {
  /** CPUs that are online, ascending. */
  readonly cpus: readonly number[];
  /** Those of them that the process may run on. */
  readonly affinity: readonly number[];
  readonly numaNodes: number;
  /** RTE_CPUFLAG_AVX512F; undefined: no */
  readonly hasAvx512?: boolean;
}

/** Where EAL prints, and the program behind it. */
export interface EalIo extends Io {
  /** What the program says when rte_eal_init has failed, line end included; undefined: testpmd's words. why: strerror of its rte_errno */
  readonly initFailed?: (why: string) => string;
}

export interface Lcore {
  readonly id: number;
  readonly cpus: readonly number[];
}

export interface Eal {
  /** Enabled lcores by id; service lcores are not among them. */
  readonly lcores: readonly Lcore[];
  readonly mainLcore: number;
  /** --vdev in their order; a name given twice counts once, with its first arguments. */
  readonly vdevs: readonly DevArgs[];
  readonly filePrefix: string;
  /** -m; 0: not given. */
  readonly memoryMb: number;
  readonly noHuge: boolean;
  readonly inMemory: boolean;
  readonly noPci: boolean;
  /** -a and -b of PCI devices. */
  readonly pci: readonly PciChoice[];
  /** rte_vect_get_max_simd_bitwidth. */
  readonly maxSimdBitwidth: number;
  readonly log: EalLog;
  /** The application's words: those behind `--`, after any operands before it. */
  readonly words: readonly string[];
}

/** program: argv[0]. words: all arguments. @throws Exit */
export function ealInit(program: string, words: readonly string[], machine: EalMachine, io: EalIo): Eal {
  const log = new EalLog(io);
  const getopt = new Getopt(program, words, EAL_TABLE, (line) => io.err(line));
  readLogLevels(getopt, log, io);
  const cpus = machine.cpus.filter((cpu) => cpu < MAX_LCORE);
  logEal(log, LOG_INFO, `Detected CPU lcores: ${cpus.length}`);
  logEal(log, LOG_INFO, `Detected NUMA nodes: ${machine.numaNodes}`);
  const draft = emptyDraft(machine.cpus);
  getopt.restart();
  if (!readOptions(getopt, draft, log, machine, program, io)) {
    fail(io, log, "Invalid 'command line' arguments.", "Invalid argument");
  }
  const mainLcore = adjust(draft, machine, log);
  if (mainLcore === undefined) return fail(io, log, "Invalid 'command line' arguments.", "Invalid argument");
  const complaint = complaintOf(draft, mainLcore);
  if (complaint !== undefined) {
    logEal(log, LOG_ERR, complaint);
    io.out(ealUsage(program));
    fail(io, log, "Invalid 'command line' arguments.", "Invalid argument");
  }
  remark(draft, log);
  logEal(log, LOG_INFO, "Detected shared linkage of DPDK");
  const { vdevs, pci } = parseDevices(draft, log, io);
  start(draft, log, io);
  return {
    lcores: [...draft.lcores]
      .filter(([id]) => id === mainLcore || !draft.serviceLcores.has(id))
      .map(([id, set]) => ({ id, cpus: set })),
    mainLcore,
    vdevs,
    filePrefix: draft.filePrefix ?? "rte",
    memoryMb: draft.memoryMb,
    noHuge: draft.noHuge,
    inMemory: draft.inMemory,
    noPci: draft.noPci,
    pci,
    maxSimdBitwidth: draft.simdBitwidth ?? SIMD_DEFAULT,
    log,
    words: getopt.words.slice(getopt.next),
  };
}

/** eal_log_level_parse: ends at the first error; the second pass meets it again. */
function readLogLevels(getopt: Getopt, log: EalLog, io: Io): void {
  for (let option = getopt.read(); option !== undefined && option.code !== "?"; option = getopt.read()) {
    if (option.code !== "log-level") continue;
    const argument = option.argument ?? "";
    if (argument === "help") {
      io.out(logLevelHelp());
      throw new Exit(0);
    }
    if (!applyLogLevel(log, io, argument)) return;
  }
}

/** eal_parse_args up to the end of options; false: refused, and the usage text has been printed. */
function readOptions(
  getopt: Getopt,
  draft: EalDraft,
  log: EalLog,
  machine: EalMachine,
  program: string,
  io: Io,
): boolean {
  for (let option = getopt.read(); option !== undefined; option = getopt.read()) {
    if (option.code === "h") {
      io.out(ealUsage(program));
      throw new Exit(0);
    }
    const known = EAL_BY_CODE.get(option.code);
    if (known?.apply({ draft, log, cpus: machine.cpus }, option.argument ?? "") === true) continue;
    io.out(ealUsage(program));
    return false;
  }
  return true;
}

/** eal_adjust_config: the defaults that depend on other options. @returns the main lcore, undefined when there is none */
function adjust(draft: EalDraft, machine: EalMachine, log: EalLog): number | undefined {
  if (draft.lcoresBy === "") {
    draft.lcores = new Map([...draft.lcores].filter(([id]) => machine.affinity.includes(id)));
  }
  const first = [...draft.lcores.keys()][0];
  if (first === undefined) {
    logEal(log, LOG_ERR, "No detected lcore is enabled, please check the core list");
    return undefined;
  }
  if (draft.processType === "auto") {
    logEal(log, LOG_INFO, "Auto-detected process type: PRIMARY");
    draft.processType = "primary";
  }
  return draft.mainLcore ?? first;
}

/** eal_check_common_options: the first thing that does not fit, in its words. */
function complaintOf(draft: EalDraft, mainLcore: number): string | undefined {
  const unlink = draft.hugeUnlink === "always" && !draft.inMemory;
  const checks: readonly (readonly [boolean, string])[] = [
    [!draft.lcores.has(mainLcore), "Main lcore is not enabled for DPDK"],
    [draft.processType === "invalid", "Invalid process type specified"],
    [draft.filePrefix === "", "Invalid length of --file-prefix option"],
    [draft.hugeDir === "", "Invalid length of --huge-dir option"],
    [draft.mbufPoolOps === "", "Invalid length of --mbuf-pool-ops-name option"],
    [draft.filePrefix?.includes("%") === true, "Invalid char, '%', in --file-prefix option"],
    [draft.memoryGiven && draft.socketMemory, "Options -m and --socket-mem cannot be specified at the same time"],
    [draft.noHuge && draft.socketMemory, "Option --socket-mem cannot be specified together with --no-huge"],
    [draft.noHuge && unlink, "Option --huge-unlink cannot be specified together with --no-huge"],
    [draft.noHuge && draft.hugeWorkerStack, "Option --huge-worker-stack cannot be specified together with --no-huge"],
    [draft.singleFileSegments && unlink, "Option --single-file-segments is not compatible with --huge-unlink"],
    [draft.hugeUnlink === "never" && draft.inMemory, "Option --in-memory is not compatible with --huge-unlink=never"],
    [draft.legacyMemory && draft.inMemory, "Option --legacy-mem is not compatible with --in-memory"],
    [draft.legacyMemory && draft.matchAllocations, "Option --legacy-mem is not compatible with --match-allocations"],
  ];
  return checks.find(([wrong]) => wrong)?.[1];
}

/** What the checks only remark on. */
function remark(draft: EalDraft, log: EalLog): void {
  if (draft.socketLimit && draft.legacyMemory) {
    logEal(log, LOG_ERR, "Option --socket-limit is only supported in non-legacy memory mode");
  }
  if (draft.legacyMemory && draft.memoryMb === 0 && !draft.socketMemory) {
    const how = "amount of reserved memory can be adjusted with -m or --socket-mem";
    logEal(log, LOG_NOTICE, `Static memory layout is selected, ${how}`);
  }
}

/** eal_option_device_parse: each device must have a bus that knows it. */
function parseDevices(draft: EalDraft, log: EalLog, io: EalIo): Pick<Eal, "vdevs" | "pci"> {
  const vdevs = new Map<string, DevArgs>();
  const pci: PciChoice[] = [];
  for (const { list, text } of draft.devices) {
    const device = parseDevArgs(text, (level, line) => logEal(log, level, line));
    if (device === undefined) {
      logEal(log, LOG_ERR, `Unable to parse device '${text}'`);
      return exitInit(io, log, "No such device");
    }
    if (list === "vdev" && device.bus === "vdev" && !vdevs.has(device.name)) vdevs.set(device.name, device);
    else if (list !== "vdev" && device.bus === "pci") pci.push({ list, device });
  }
  return { vdevs: [...vdevs.values()], pci };
}

/** The lines between the devices' parsing and their probing. */
function start(draft: EalDraft, log: EalLog, io: EalIo): void {
  const folder = `${RUNTIME_FOLDER}/${draft.filePrefix ?? "rte"}`;
  if (draft.processType === "secondary") {
    logEal(log, LOG_ERR, `Could not open ${folder}/hugepage_data`);
    alert(io, log, "Cannot init memory");
    rteExit(io, refusal(io, "Cannot allocate memory"));
  }
  if (!draft.noSharedConfig) logEal(log, LOG_INFO, `Multi-process socket ${folder}/mp_socket`);
  if (draft.noHuge) {
    logEal(log, LOG_INFO, "Physical addresses are unavailable, selecting IOVA as VA mode.");
  }
  const virtual = draft.noHuge || draft.iovaMode === "va";
  logEal(log, LOG_INFO, `Selected IOVA mode '${virtual ? "VA" : "PA"}'`);
  if (draft.vmwareTscMap) {
    const why = "RTE_LIBRTE_EAL_VMWARE_TSC_MAP_SUPPORT is not set";
    logEal(log, LOG_WARNING, `Ignoring --vmware-tsc-map because ${why}`);
  }
}

/** rte_eal_init_alert. */
function alert(io: Io, log: EalLog, what: string): void {
  io.err(`EAL: FATAL: ${what}\n`);
  logEal(log, LOG_ERR, what);
}

function fail(io: EalIo, log: EalLog, what: string, why: string): never {
  alert(io, log, what);
  return exitInit(io, log, why);
}

function refusal(io: EalIo, why: string): string {
  return io.initFailed?.(why) ?? `Cannot init EAL: ${why}\n`;
}

/** The program's end when rte_eal_init fails early. why: strerror of its rte_errno */
function exitInit(io: EalIo, log: EalLog, why: string): never {
  try {
    return rteExit(io, refusal(io, why));
  } finally {
    logEal(log, LOG_ERR, "Unregistering with invalid input parameter");
  }
}
