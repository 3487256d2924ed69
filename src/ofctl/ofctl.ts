// ofctl - ovs-ofctl: the registry of its commands, and how one runs. The bridges are those of the lab's switch.
import { UsageError } from "../errors.ts";
import { type OfVersion, parseVersion } from "../openflow/protocol.ts";
import type { Bridge } from "../vswitchd/bridge.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import type { OfctlCommand, OfctlHost } from "./command.ts";
import { Connection, logTo } from "./connection.ts";
import { FLOW_COMMANDS } from "./flow-commands.ts";
import { DIFF_COMMANDS } from "./flow-diff.ts";
import { GROUP_COMMANDS } from "./group-commands.ts";
import { METER_COMMANDS } from "./meter-commands.ts";
import { parseOptions } from "./options.ts";
import { PACKET_COMMANDS } from "./packet-out.ts";
import { PORT_COMMANDS } from "./port-commands.ts";
import { QUEUE_COMMANDS } from "./queue-commands.ts";
import { NEEDS_NO_BRIDGE, SWITCH_COMMANDS } from "./switch-commands.ts";
import { TABLE_COMMANDS } from "./table-commands.ts";

export interface OfctlReply {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const COMMANDS: ReadonlyMap<string, OfctlCommand> = new Map([
  ...FLOW_COMMANDS,
  ...GROUP_COMMANDS,
  ...METER_COMMANDS,
  ...PORT_COMMANDS,
  ...TABLE_COMMANDS,
  ...QUEUE_COMMANDS,
  ...DIFF_COMMANDS,
  ...PACKET_COMMANDS,
  ...SWITCH_COMMANDS,
]);
/** What a bridge speaks when its row says nothing. */
const ALL_VERSIONS: readonly OfVersion[] = [1, 2, 3, 4, 5, 6];

/** words: behind the program's name */
export async function runOfctl(words: readonly string[], vswitchd: Vswitchd, host: OfctlHost): Promise<OfctlReply> {
  let logged = "";
  let connection: Connection | undefined;
  try {
    const { options, words: rest, version } = parseOptions(words);
    if (version) return { stdout: "ovs-ofctl (Open vSwitch) 3.1.0\nOpenFlow versions 0x1:0x6\n", stderr: "", code: 0 };
    const [name, ...args] = rest;
    if (name === undefined) throw new UsageError("missing command name; use --help for help");
    const command = COMMANDS.get(name);
    if (command === undefined) throw new UsageError(`unknown command '${name}'; use --help for help`);
    if (args.length < command.min) throw new UsageError(`'${name}' command requires at least ${command.min} arguments`);
    if (args.length > command.max) throw new UsageError(`'${name}' command takes at most ${command.max} arguments`);
    if (NEEDS_NO_BRIDGE.has(name)) throw new UsageError(`${name} is not modelled`);
    const connect = (bridge: string): Connection => {
      const found = bridgeOf(vswitchd, bridge);
      return new Connection(found, versionsOf(vswitchd, found), options);
    };
    const log = logTo(
      (line) => {
        logged += line;
      },
      () => host.date(),
    );
    // diff-flows names two sources, and files may come first
    const isDiff = name === "diff-flows";
    connection = connect((isDiff ? args.find((word) => !/^[./]/.test(word)) : args[0]) ?? "");
    const code = await command.run({ connection, vswitchd, args: isDiff ? args : args.slice(1), host, log, connect });
    return { stdout: connection.stdout, stderr: logged + connection.stderr, code: code ?? 0 };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout: connection?.stdout ?? "", stderr: `${logged}ovs-ofctl: ${error.message}\n`, code: 1 };
  }
}

/** @throws UsageError */
function bridgeOf(vswitchd: Vswitchd, name: string): Bridge {
  const bridge = vswitchd.bridges.get(name.replace(/^unix:.*\/([^/]+)\.mgmt$/, "$1"));
  if (bridge === undefined) throw new UsageError(`${name} is not a bridge or a socket`);
  return bridge;
}

function versionsOf(vswitchd: Vswitchd, bridge: Bridge): readonly OfVersion[] {
  const row = vswitchd.db.row("Bridge", bridge.uuid);
  const named = (row?.columns.get("protocols")?.keys ?? []).flatMap((name) => parseVersion(String(name)) ?? []);
  return named.length === 0 ? ALL_VERSIONS : named;
}
