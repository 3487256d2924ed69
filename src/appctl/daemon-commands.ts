// daemon-commands - ovs-appctl's commands about the daemon itself: version, exit, coverage counters, revalidators.
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

async function exit(vswitchd: Vswitchd): Promise<Reply> {
  await vswitchd.exit();
  return ok();
}

function readCounter(vswitchd: Vswitchd, [name = ""]: readonly string[]): Reply {
  const value = vswitchd.coverage(name);
  return value === undefined ? failed("No such counter\n") : ok(`${value}\n`);
}

function revalidate(vswitchd: Vswitchd): Reply {
  vswitchd.upcalls.revalidate(vswitchd.nowMs);
  return ok();
}

function purge(vswitchd: Vswitchd): Reply {
  vswitchd.upcalls.purge(vswitchd.nowMs);
  return ok();
}

function upcallShow(vswitchd: Vswitchd): Reply {
  if (vswitchd.bridges.size === 0) return ok();
  const { current, average, max, limit, dumpMs } = vswitchd.backer.revalidator.statistics;
  const counts = `(current ${current}) (avg ${average}) (max ${max}) (limit ${limit})`;
  const head = `netdev@ovs-netdev:\n  flows         : ${counts}\n  dump duration : ${dumpMs}ms\n  ufid enabled : true\n`;
  return ok(`${head}\n  7: (keys ${current})\n`);
}

export const DAEMON_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["version", { usage: "", min: 0, max: 0, run: () => ok("ovs-vswitchd (Open vSwitch) 3.1.0\n") }],
  ["exit", { usage: "[--cleanup]", min: 0, max: 1, run: exit }],
  ["coverage/read-counter", { usage: "COUNTER", min: 1, max: 1, run: readCounter }],
  ["revalidator/wait", { usage: "", min: 0, max: 0, run: revalidate }],
  ["revalidator/purge", { usage: "", min: 0, max: 0, run: purge }],
  ["upcall/show", { usage: "", min: 0, max: 0, run: upcallShow }],
];
