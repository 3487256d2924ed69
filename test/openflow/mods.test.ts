// What ovs-ofctl of OVS 3.1 asked a switch to change, command by command and version by version, and what it refused to
// ask.
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { FlowMod, FlowModCommand } from "../../src/openflow/flow-mod.ts";
import { formatFlowMod } from "../../src/openflow/format-flow.ts";
import { formatGroupMod } from "../../src/openflow/format-group.ts";
import { formatMeterMod } from "../../src/openflow/format-meter.ts";
import type { GroupMod, GroupModCommand } from "../../src/openflow/group.ts";
import { checkMeterMod, type MeterMod } from "../../src/openflow/meter.ts";
import { parseFlowMod, parseFlowModFile, parseFlowStatsRequest } from "../../src/openflow/parse-flow-mod.ts";
import { parseGroupMod, parseGroupModFile } from "../../src/openflow/parse-group-mod.ts";
import { parseMeterMod, parseMeterRequest } from "../../src/openflow/parse-meter-mod.ts";
import { OFPP_MAX } from "../../src/openflow/ports.ts";
import {
  formatProtocols,
  lowestProtocol,
  P_OF13_UP,
  P_TID,
  type Protocols,
  parseVersion,
  protocolVersion,
  versionProtocols,
} from "../../src/openflow/protocol.ts";
import { TABLE_ANY } from "../../src/openflow/tables.ts";
import { wireFlowMod } from "../../src/openflow/wire-flow-mod.ts";
import { wireGroupMod } from "../../src/openflow/wire-group-mod.ts";
import { outcome, recorded, SWITCH_NAMES } from "./recorded.ts";

type Outcome = { readonly error: string } | { readonly sent: readonly string[] };

interface Mod {
  /** Options, the command's name, and "-" where the text is standard input. */
  readonly command: string;
  readonly text: string;
  /** An outcome, and the versions that have it. */
  readonly outcomes: readonly (readonly [Outcome, ...string[]])[];
}

/** What is to be sent, and the protocols that can carry it. */
interface Request {
  readonly protocols: Protocols;
  sent(protocol: Protocols): readonly string[];
}

const FLOWS: Readonly<Record<string, FlowModCommand>> = {
  "add-flow": "add",
  "mod-flows": "modify",
  "--strict mod-flows": "modify_strict",
  "del-flows": "delete",
  "--strict del-flows": "delete_strict",
};
const GROUPS: Readonly<Record<string, GroupModCommand>> = {
  "add-group": "add",
  "mod-group": "modify",
  "--may-create mod-group": "add_or_modify",
  "del-groups": "delete",
  "insert-buckets": "insert_bucket",
  "remove-buckets": "remove_bucket",
};
const METERS: Readonly<Record<string, MeterMod["command"]>> = {
  "add-meter": "add",
  "mod-meter": "modify",
  "del-meters": "delete",
};

const decodeError = (error: string): string => `***decode error: ${error}***`;

function flows(mods: readonly FlowMod[], protocols: Protocols): Request {
  const sent = (protocol: Protocols): string[] =>
    mods.map((mod) => {
      const wired = wireFlowMod(mod, protocol, { maxPorts: OFPP_MAX, nTables: TABLE_ANY });
      if ("error" in wired) return decodeError(wired.error);
      // where the message names no table its printer takes that for table 0
      const table = (protocol & P_TID) === 0 ? 0 : wired.mod.table;
      return formatFlowMod({ ...wired.mod, table }, protocolVersion(protocol));
    });
  return { protocols, sent };
}

function groups(mods: readonly GroupMod<string>[], protocols: Protocols): Request {
  const sent = (protocol: Protocols): string[] =>
    mods.map((mod) => {
      const version = protocolVersion(protocol);
      const wired = wireGroupMod(mod, version);
      return "error" in wired ? decodeError(wired.error) : formatGroupMod(wired.mod, version);
    });
  return { protocols, sent };
}

function meters(mod: MeterMod): Request {
  const error = checkMeterMod(mod);
  return {
    protocols: P_OF13_UP,
    sent: () => [error === undefined ? formatMeterMod(mod).trimEnd() : decodeError(error)],
  };
}

function request(command: string, text: string): Request {
  if (command.endsWith(" -")) {
    const name = command.slice(0, -2);
    if (name.endsWith("s") ? name.endsWith("flows") : name === "add-flow") {
      const own = name === "add-flows" ? "mixed" : FLOWS[name]!;
      const { mods, protocols } = parseFlowModFile(text, "-", own, SWITCH_NAMES);
      return flows(mods, protocols);
    }
    const own = name === "add-groups" ? "mixed" : GROUPS[name]!;
    const { mods, protocols } = parseGroupModFile(text, "-", own, SWITCH_NAMES);
    return groups(mods, protocols);
  }
  if (command === "dump-flows") {
    return { protocols: parseFlowStatsRequest(text, SWITCH_NAMES).protocols, sent: () => [] };
  }
  if (command in FLOWS) {
    const { mod, protocols } = parseFlowMod(text, FLOWS[command]!, SWITCH_NAMES);
    return flows([mod], protocols);
  }
  if (command in GROUPS) {
    const { mod, protocols } = parseGroupMod(text, GROUPS[command]!, SWITCH_NAMES);
    return groups([mod], protocols);
  }
  if (command in METERS) return meters(parseMeterMod(text, METERS[command]!));
  parseMeterRequest(text);
  return { protocols: P_OF13_UP, sent: () => [] };
}

function ours(command: string, text: string, versionName: string): Outcome {
  const allowed = versionProtocols(parseVersion(versionName)!);
  const result = outcome(() => {
    const { protocols, sent } = request(command, text);
    const usable = protocols & allowed;
    if (usable !== 0) return sent(lowestProtocol(usable));
    const lists = [formatProtocols(protocols), formatProtocols(allowed)];
    throw new UsageError(
      `none of the usable flow formats (${lists[0]}) is among the allowed flow formats (${lists[1]})`,
    );
  });
  return "error" in result ? result : { sent: result.value };
}

describe("requests to change a switch", () => {
  it("are sent and refused as ovs-ofctl does", () => {
    const pairs = recorded<Mod[]>("mods").flatMap(({ command, text, outcomes }) =>
      outcomes.flatMap(([real, ...versions]) =>
        versions.map((version) => {
          const what = { command, text, version };
          return [
            { ...what, ...ours(command, text, version) },
            { ...what, ...real },
          ] as const;
        }),
      ),
    );
    expect(pairs.length).toBeGreaterThan(4000);
    const odd = pairs.filter(([mine, real]) => JSON.stringify(mine) !== JSON.stringify(real));
    expect(odd.map(([mine]) => mine)).toEqual(odd.map(([, real]) => real));
  });
});
