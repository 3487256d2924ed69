// vlog-commands - ovs-appctl's vlog/*: levels of modules at the three destinations, and the patterns of their lines (lib/vlog.c of OVS 3.1).
import { DESTINATIONS, isDestination, MODULES, type VlogLevels } from "../vswitchd/vlog-levels.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

const FACILITIES =
  "auth authpriv cron daemon ftp kern lpr mail news syslog user uucp local0 local1 local2 local3 local4 local5 local6 local7";

/** @returns what is wrong */
function setOne(levels: VlogLevels, spec: string): string | undefined {
  const [, kind, rest = ""] = /^(PATTERN|FACILITY):(.*)$/is.exec(spec) ?? [];
  if (kind === undefined) return levels.set(spec);
  if (kind.toUpperCase() === "FACILITY") return FACILITIES.split(" ").includes(rest) ? undefined : "invalid facility";
  const colon = rest.indexOf(":");
  const destination = (colon < 0 ? rest : rest.slice(0, colon)).toLowerCase();
  if (destination !== "any" && !isDestination(destination)) return `unknown destination "${destination}"`;
  for (const one of DESTINATIONS)
    if (destination === "any" || one === destination) levels.patterns[one] = rest.slice(colon + 1);
  return undefined;
}

function set(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const levels = vswitchd.log.levels;
  for (const spec of args.length === 0 ? ["dbg"] : args) {
    const fault = setOne(levels, spec);
    if (fault !== undefined) return failed(`${fault}\n`);
  }
  return ok();
}

function list(vswitchd: Vswitchd): Reply {
  const shown = (level: string): string => level.toUpperCase().padStart(4);
  const lines = [...vswitchd.log.levels.levels].map(
    ([name, { console, syslog, file }]) =>
      `${name.padEnd(16)}  ${shown(console)}       ${shown(syslog)}       ${shown(file)}\n`,
  );
  const head = "                 console    syslog    file\n                 -------    ------    ------\n";
  return ok(head + lines.join(""));
}

function listPattern(vswitchd: Vswitchd): Reply {
  const { patterns } = vswitchd.log.levels;
  return ok(
    "         prefix                            format\n         ------                            ------\n" +
      `SYSLOG   <%B> %D{%h %e %T} %E %A:          ${patterns.syslog}\n` +
      `CONSOLE  none                              ${patterns.console}\n` +
      `FILE     none                              ${patterns.file}\n`,
  );
}

/** Nothing is held back here, whatever is asked. */
function rateLimit(_: Vswitchd, modules: readonly string[]): Reply {
  const odd = modules.some((word) => word.toLowerCase() !== "any" && !MODULES.includes(word));
  return odd ? failed("unknown module\n") : ok();
}

const ANY_NUMBER = 2147483647;
const RATE = { usage: "[module]...", min: 0, max: ANY_NUMBER, run: rateLimit };

export const VLOG_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["vlog/list", { usage: "", min: 0, max: 0, run: list }],
  ["vlog/list-pattern", { usage: "", min: 0, max: 0, run: listPattern }],
  ["vlog/set", { usage: "{spec | PATTERN:destination:pattern}", min: 0, max: ANY_NUMBER, run: set }],
  ["vlog/disable-rate-limit", RATE],
  ["vlog/enable-rate-limit", RATE],
  ["vlog/close", { usage: "", min: 0, max: 0, run: () => ok() }],
  ["vlog/reopen", { usage: "", min: 0, max: 0, run: () => ok() }],
];
