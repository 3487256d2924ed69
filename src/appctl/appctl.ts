// appctl - ovs-appctl: its own options, and the registry of what ovs-vswitchd answers (lib/unixctl.c, utilities/ovs-appctl.c of OVS 3.1).
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { BRIDGE_COMMANDS } from "./bridge-commands.ts";
import { DAEMON_COMMANDS } from "./daemon-commands.ts";
import { DPCTL_COMMANDS } from "./dpctl-commands.ts";
import { DPIF_COMMANDS } from "./dpif-commands.ts";
import { FLOW_COMMANDS } from "./flow-commands.ts";
import { MDB_COMMANDS } from "./mdb-commands.ts";
import { NETDEV_COMMANDS } from "./netdev-commands.ts";
import { OFPROTO_COMMANDS } from "./ofproto-commands.ts";
import { QUIET_COMMANDS } from "./quiet-commands.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";
import { TIME_COMMANDS } from "./time-commands.ts";
import { TRACE_COMMANDS } from "./trace-commands.ts";
import { VLOG_COMMANDS } from "./vlog-commands.ts";

const COMMANDS: ReadonlyMap<string, CommandShape<Vswitchd>> = new Map([
  ...DPIF_COMMANDS,
  ...FLOW_COMMANDS,
  ...DPCTL_COMMANDS,
  ...NETDEV_COMMANDS,
  ...OFPROTO_COMMANDS,
  ...TRACE_COMMANDS,
  ...DAEMON_COMMANDS,
  ...BRIDGE_COMMANDS,
  ...VLOG_COMMANDS,
  ...MDB_COMMANDS,
  ...QUIET_COMMANDS,
]);

/** Of --enable-dummy. */
const DUMMY_COMMANDS = new Map<string, CommandShape<Vswitchd>>(TIME_COMMANDS);

export interface AppctlReply {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** words: behind the program's name. vswitchd: undefined once it has ended */
export async function runAppctl(words: readonly string[], vswitchd: Vswitchd | undefined): Promise<AppctlReply> {
  let target = "ovs-vswitchd";
  let i = 0;
  for (; words[i]?.startsWith("-") === true; i++) {
    const [, name = "", attached] = /^(--target|-t|--timeout|-T)=?(.*)$/s.exec(words[i]!) ?? [];
    if (name === "--target" || name === "-t") target = attached || words[++i] || "";
    else if ((name === "--timeout" || name === "-T") && !attached) i++;
    else if (words[i] === "--version" || words[i] === "-V")
      return { stdout: "ovs-appctl (Open vSwitch) 3.1.0\n", stderr: "", code: 0 };
  }
  const [command, ...args] = words.slice(i);
  if (command === undefined)
    return {
      stdout: "",
      stderr: "ovs-appctl: at least one non-option argument is required (use --help for help)\n",
      code: 1,
    };
  if (vswitchd === undefined) {
    const why = `cannot read pidfile "/usr/local/var/run/openvswitch/${target}.pid" (No such file or directory)`;
    return { stdout: "", stderr: `ovs-appctl: ${why}\n`, code: 1 };
  }
  const { text, failed: no } = await answer(vswitchd, command, args);
  if (no !== true) return { stdout: text, stderr: "", code: 0 };
  return { stdout: "", stderr: `${text}ovs-appctl: ${target}: server returned an error\n`, code: 2 };
}

async function answer(vswitchd: Vswitchd, command: string, args: readonly string[]): Promise<Reply> {
  const dummy = vswitchd.options.enableDummy === true ? DUMMY_COMMANDS.get(command) : undefined;
  const shape = command === "list-commands" ? LIST : (COMMANDS.get(command) ?? dummy);
  if (shape === undefined) {
    const hint = '(use "list-commands" to see a list of valid commands)';
    return failed(`"${command}" is not a valid command ${hint}\n`);
  }
  if (args.length < shape.min) return failed(`"${command}" command requires at least ${shape.min} arguments\n`);
  if (args.length > shape.max) return failed(`"${command}" command takes at most ${shape.max} arguments\n`);
  return shape.run(vswitchd, args);
}

/** Still answered, but not listed. */
const OLD_NAME = "dpif-netdev/subtable-lookup-prio-get";

function listed({ options }: Vswitchd): string {
  const more = options.enableDummy === true ? [...DUMMY_COMMANDS] : [];
  const lines = [...COMMANDS, ...more, ["list-commands", { usage: "" }] as const]
    .filter(([name]) => name !== OLD_NAME)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { usage }]) => `  ${name.padEnd(23)} ${usage}\n`);
  return `The available commands are:\n${lines.join("")}`;
}

const LIST: CommandShape<Vswitchd> = { usage: "", min: 0, max: 0, run: (vswitchd) => ok(listed(vswitchd)) };
