// eal-log - rte_log: which of the libraries' and drivers' lines are printed.
// Follows lib/eal/common/eal_common_log.c: a line of a type passes when its level is at most the global one and at most its
// type's; `--log-level` sets the global level, or the levels of the types that a pattern or a regular expression matches.
// Types of plugins (drivers) come later than the options: for them the first matching option counts, for the others the last.
// Not modelled: syslog; lines of debug level (we print none).
import type { Io } from "../io.ts";

export const LOG_CRIT = 3;
export const LOG_ERR = 4;
export const LOG_WARNING = 5;
export const LOG_NOTICE = 6;
export const LOG_INFO = 7;
export const LOG_DEBUG = 8;

/** Names of the levels; 0 is none. */
export const LOG_LEVELS = [
  "disabled",
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "info",
  "debug",
] as const;

/** The types that we log in, with their levels when no option changes them. */
const TYPES = {
  "lib.eal": LOG_INFO,
  "lib.ethdev": LOG_INFO,
  "bus.vdev": LOG_NOTICE,
  testpmd: LOG_DEBUG,
  "lib.power": LOG_INFO,
  user1: LOG_INFO,
} as const;

const PLUGIN_TYPES = {
  "lib.vhost.config": LOG_INFO,
  "lib.vhost.data": LOG_WARNING,
  "pmd.net.null": LOG_NOTICE,
  "pmd.net.pcap": LOG_NOTICE,
  "pmd.net.ring": LOG_NOTICE,
  "pmd.net.vhost": LOG_NOTICE,
  "pmd.net.virtio.driver": LOG_NOTICE,
  "pmd.net.virtio.init": LOG_NOTICE,
} as const;

export type LogType = keyof typeof TYPES | keyof typeof PLUGIN_TYPES;

export class EalLog {
  private readonly io: Pick<Io, "err">;
  private globalLevel = LOG_DEBUG;
  private readonly levels = new Map<string, number>([...Object.entries(TYPES), ...Object.entries(PLUGIN_TYPES)]);
  /** Types of plugins that an option has already set. */
  private readonly settled = new Set<string>();

  constructor(io: Pick<Io, "err">) {
    this.io = io;
  }

  /** rte_log: text as printf would print it, prefix and line end included. */
  log(type: LogType, level: number, text: string): void {
    if (level <= this.globalLevel && level <= (this.levels.get(type) ?? 0)) this.io.err(text);
  }

  setGlobalLevel(level: number): void {
    this.globalLevel = level;
  }

  /** Sets the level of the types whose names match. */
  setLevel(match: (type: string) => boolean, level: number): void {
    for (const type of this.levels.keys()) {
      if (!match(type) || this.settled.has(type)) continue;
      this.levels.set(type, level);
      if (type in PLUGIN_TYPES) this.settled.add(type);
    }
  }
}

/** A line of EAL itself. */
export function logEal(log: EalLog, level: number, text: string): void {
  log.log("lib.eal", level, `EAL: ${text}\n`);
}
