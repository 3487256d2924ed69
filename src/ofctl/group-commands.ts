// group-commands - ovs-ofctl's commands about groups: add-group, add-groups, mod-group, del-groups, insert-buckets, remove-buckets, dump-groups,
// dump-group-stats, dump-group-features.
import { OfpError } from "../ofproto/ofp-error.ts";
import { formatGroup, formatGroupMod, formatGroupStats } from "../openflow/format-group.ts";
import type { GroupMod, GroupModCommand } from "../openflow/group.ts";
import { OFPG_ALL, parseGroupId } from "../openflow/group-id.ts";
import { parseGroupMod, parseGroupModFile } from "../openflow/parse-group-mod.ts";
import type { Protocols } from "../openflow/protocol.ts";
import { wireGroup, wireGroupMod } from "../openflow/wire-group-mod.ts";
import { type Message, sendBundle, sendOneByOne } from "./bundle.ts";
import { namesFor, type OfctlCall, type OfctlCommand, readFile } from "./command.ts";
import { switchActions } from "./table-features.ts";

/** Sends group_mods, until one is refused or as a bundle. @returns the exit code */
function sendAll({ connection }: OfctlCall, mods: readonly GroupMod<string>[], usable: Protocols): number {
  connection.choose(usable);
  const { version, bridge, options } = connection;
  const { ofproto } = bridge;
  const messages = mods.map(
    (mod): Message => ({
      name: version === 1 ? "NXT_GROUP_MOD" : "OFPT_GROUP_MOD",
      body: () => `\n ${formatGroupMod(mod, version)}`,
      send: () => {
        const wired = wireGroupMod(mod, version);
        if ("error" in wired) throw new OfpError(wired.error);
        ofproto.groupMod(wired.mod);
      },
    }),
  );
  if (!options.bundle) return sendOneByOne(connection, messages);
  const before = new Map(ofproto.bridge.groups);
  const code = sendBundle(connection, messages, () => {});
  if (code === 0) return code;
  ofproto.bridge.groups.clear();
  for (const [id, group] of before) ofproto.bridge.groups.set(id, group);
  return code;
}

function modify(command: GroupModCommand, usual?: string): OfctlCommand {
  return {
    min: usual === undefined ? 2 : 1,
    max: 2,
    async run(call) {
      const { connection, args } = call;
      const text = args[0] ?? usual ?? "";
      const what = command === "modify" && connection.options.mayCreate ? "add_or_modify" : command;
      if (text === "-") return sendFile(call, "-", what);
      const { mod, protocols } = parseGroupMod(text, what, namesFor(call));
      return sendAll(call, [mod], protocols);
    },
  };
}

async function sendFile(call: OfctlCall, path: string, command: GroupModCommand | "mixed"): Promise<number> {
  const text = await readFile(call, path, "open failed");
  const { mods, protocols } = parseGroupModFile(text, path, command, namesFor(call));
  return sendAll(call, mods, protocols);
}

/** From 1.5 on a request for descriptions names its group. */
const DESC_OF_ONE_SINCE = 6;

const dumpGroups: OfctlCommand = {
  min: 1,
  max: 2,
  run({ connection, args, log }) {
    const { version, bridge } = connection;
    const asked = args[0] === undefined ? OFPG_ALL : (parseGroupId(args[0], log) ?? OFPG_ALL);
    const id = version >= DESC_OF_ONE_SINCE ? asked : OFPG_ALL;
    connection.out(`${connection.heading(version === 1 ? "NXST_GROUP_DESC reply" : "OFPST_GROUP_DESC reply")}\n`);
    for (const group of bridge.ofproto.groups) {
      if (id !== OFPG_ALL && group.groupId !== id) continue;
      const wired = wireGroup(group, version);
      const told = "value" in wired ? wired.value : group;
      connection.out(` ${formatGroup(told, version, connection.shownNames)}\n`);
    }
  },
};

/** Versions that tell how long a group has been. */
const DURATION_SINCE = 4;

const dumpGroupStats: OfctlCommand = {
  min: 1,
  max: 2,
  run(call) {
    const { connection, args } = call;
    const { version, bridge } = connection;
    const { mod } = parseGroupMod(args[0] ?? "", "delete", namesFor(call));
    const id = mod.command === "delete" ? mod.groupId : OFPG_ALL;
    connection.out(`${connection.heading(version === 1 ? "NXST_GROUP reply" : "OFPST_GROUP reply")}\n`);
    for (const stats of bridge.ofproto.groupStats()) {
      if (id !== OFPG_ALL && stats.groupId !== id) continue;
      const { durationNs: _, ...older } = stats;
      connection.out(` ${formatGroupStats(version === 1 || version >= DURATION_SINCE ? stats : older)}\n`);
    }
  },
};

const dumpGroupFeatures: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    const { version } = connection;
    const name = version < 3 ? "NXST_GROUP_FEATURES reply" : "OFPST_GROUP_FEATURES reply";
    const kinds = ["all", "select", "indirect", "fast failover"].map(
      (kind) => `    ${kind} group:\n       max_groups=0xffffff00\n       actions: ${switchActions(version)}\n`,
    );
    connection.out(
      `${connection.heading(name)}\n Group table:\n    Types:  0xf\n    Capabilities:  0x7\n${kinds.join("")}`,
    );
  },
};

export const GROUP_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["add-group", modify("add")],
  ["mod-group", modify("modify")],
  ["del-groups", modify("delete", "")],
  ["insert-buckets", modify("insert_bucket")],
  ["remove-buckets", modify("remove_bucket")],
  ["add-groups", { min: 2, max: 2, run: (call) => sendFile(call, call.args[0]!, "mixed") }],
  ["dump-groups", dumpGroups],
  ["dump-group-stats", dumpGroupStats],
  ["dump-group-features", dumpGroupFeatures],
];
