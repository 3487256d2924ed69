// eal-log-level - `--log-level`: its grammar, the patterns that name log types, and its help.
// Follows eal_parse_log_level of 22.11. EAL reads this option in a pass of its own, before all others, and goes on without it
// when it is refused.

import type { Io } from "../io.ts";
import { strtoul } from "./c-number.ts";
import { type EalLog, LOG_ERR, LOG_LEVELS, logEal } from "./eal-log.ts";

/** All types that testpmd itself links, as `--log-level=help` lists them. */
const LISTED_TYPES = [
  "bus.auxiliary",
  "bus.dpaa",
  "bus.vdev",
  "lib.acl",
  "lib.bpf",
  "lib.cryptodev",
  "lib.eal",
  "lib.efd",
  "lib.ethdev",
  "lib.eventdev",
  "lib.eventdev.adapter.timer",
  "lib.eventdev.adapter.timer.svc",
  "lib.gso",
  "lib.hash",
  "lib.kni",
  "lib.lpm",
  "lib.malloc",
  "lib.mbuf",
  "lib.mempool",
  "lib.meter",
  "lib.metrics",
  "lib.net",
  "lib.pdump",
  "lib.pipeline",
  "lib.port",
  "lib.power",
  "lib.rcu",
  "lib.ring",
  "lib.sched",
  "lib.table",
  "lib.timer",
  "mempool.dpaa",
  "pmd",
  "pmd.common.dpaax",
  "pmd.common.iavf",
  "pmd.common.mlx5",
  "pmd.crypto.scheduler",
  "pmd.net.bnxt.driver",
  "pmd.net.bonding",
  "pmd.net.dpaa",
  "pmd.net.i40e.driver",
  "pmd.net.i40e.init",
  "pmd.net.ice.driver",
  "pmd.net.ice.init",
  "pmd.net.ixgbe.driver",
  "pmd.net.ixgbe.init",
  "pmd.net.mlx5",
  "testpmd",
  "user1",
  "user2",
  "user3",
  "user4",
  "user5",
  "user6",
  "user7",
  "user8",
] as const;

/** --log-level: `LEVEL`, `PATTERN:LEVEL` or `REGEX,LEVEL`. @returns false when refused */
export function applyLogLevel(log: EalLog, io: Pick<Io, "err">, argument: string): boolean {
  const comma = argument.indexOf(",");
  const split = comma >= 0 ? comma : argument.indexOf(":");
  const name = argument.slice(split + 1);
  const level = logLevel(name);
  if (level === undefined) {
    io.err(`Invalid log level: ${name}\n`);
    return refuseLogLevel(log);
  }
  const highest = LOG_LEVELS.length - 1;
  if (level > highest) io.err(`Log level ${level | 0} higher than maximum (${highest})\n`);
  const kept = Math.min(level, highest);
  const pattern = argument.slice(0, Math.max(split, 0));
  const matcher = comma >= 0 ? regexMatcher(pattern) : globMatcher(pattern);
  if (matcher === undefined) {
    io.err(`cannot set log level ${pattern},${kept}\n`);
    return refuseLogLevel(log);
  }
  if (split < 0) log.setGlobalLevel(kept);
  else log.setLevel(matcher, kept);
  return true;
}

function refuseLogLevel(log: EalLog): false {
  logEal(log, LOG_ERR, "invalid parameters for --log-level");
  return false;
}

/** A level's number or the first letters of its name; undefined: none. */
function logLevel(name: string): number | undefined {
  if (name === "") return undefined;
  const named = LOG_LEVELS.findIndex((level, i) => i > 0 && level.startsWith(name));
  if (named > 0) return named;
  const { value, end, overflow } = strtoul(name, 0);
  if (overflow || end !== name.length || value >= 0xffff_ffffn) return undefined;
  const level = Number(value);
  return level === 0 || level > 0x7fff_ffff ? undefined : level;
}

/** What `--log-level=help` prints. */
export function logLevelHelp(): string {
  const levels = LOG_LEVELS.slice(1).map((name, i) => `\t${i + 1}   ${name}\n`);
  return `Log type is a pattern matching items of this list (plugins may be missing):
${LISTED_TYPES.map((type) => `\t${type}\n`).join("")}
Syntax using globbing pattern:     --log-level pattern:level
Syntax using regular expression:   --log-level regexp,level
Syntax for the global level:       --log-level level
Logs are emitted if allowed by both global and specific levels.

Log level can be a number or the first letters of its name:
${levels.join("")}`;
}

/** fnmatch without flags: `*`, `?` and bracket expressions; undefined pattern parts match themselves. */
export function globMatcher(pattern: string): (text: string) => boolean {
  const source = pattern.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (part, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replace(/[\\^]/g, "\\$&")}]`;
      if (part === "*") return ".*";
      if (part === "?") return ".";
      return part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    },
  );
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

/** regcomp of a basic regular expression: unanchored, `+ ? | { } ( )` are letters unless escaped; undefined: it does not compile. */
export function regexMatcher(pattern: string): ((text: string) => boolean) | undefined {
  const source = pattern.replace(/\[\^?\]?[^\]]*\]|\\?[+?|{}()]/g, (part) => {
    if (part.startsWith("[")) return part;
    return part.startsWith("\\") ? part.slice(1) : `\\${part}`;
  });
  try {
    const expression = new RegExp(source);
    return (text) => expression.test(text);
  } catch {
    return undefined;
  }
}
