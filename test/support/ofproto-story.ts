// ofproto-story - a recorded story carried out with ofproto over a test datapath: the steps of test/recorded/ofproto/stories.py.
import { readFileSync } from "node:fs";
import { FLOW_IN_PORT } from "../../assembly/abi/flow.ts";
import { mdbFlush, mdbShow } from "../../src/appctl/mdb-commands.ts";
import type { Reply } from "../../src/appctl/reply.ts";
import type { BondMode } from "../../src/ofproto/bond.ts";
import { INTERNAL_TABLE } from "../../src/ofproto/flow-tables.ts";
import type { Port, PortConfig } from "../../src/ofproto/port.ts";
import type { TableMiss } from "../../src/ofproto/table.ts";
import { traceText } from "../../src/ofproto/trace.ts";
import { composePacket } from "../../src/openflow/compose-packet.ts";
import type { FlowModCommand } from "../../src/openflow/flow-mod.ts";
import { type FlowStats, formatAggregateStats, formatFlowStats } from "../../src/openflow/format-flow.ts";
import { formatGroup, formatGroupStats } from "../../src/openflow/format-group.ts";
import { formatMeter } from "../../src/openflow/format-meter.ts";
import type { GroupModCommand } from "../../src/openflow/group.ts";
import type { MeterMod } from "../../src/openflow/meter.ts";
import { parseFlowStatsRequest } from "../../src/openflow/parse-flow-mod.ts";
import { parsePacketFlow } from "../../src/openflow/parse-packet-flow.ts";
import { lowestProtocol, type OfVersion, P_OF10_NXM, versionProtocols } from "../../src/openflow/protocol.ts";
import { parseSubfield } from "../../src/openflow/subfield.ts";
import { wireFlowStats } from "../../src/openflow/wire-flow-stats.ts";
import { clean, portSettings, type RecordedPort } from "./ofproto-case.ts";
import { TestDatapath } from "./ofproto-datapath.ts";
import { extracted, McastConfig } from "./ofproto-frames.ts";
import { TestSwitch } from "./ofproto-switch.ts";

export interface Story {
  readonly name: string;
  readonly steps: readonly (readonly [verb: string, ...more: unknown[]])[];
}

export const readStories = (file: "stories" | "mcast" = "stories"): Story[] =>
  JSON.parse(readFileSync(new URL(`../recorded/ofproto/${file}.json`, import.meta.url), "utf8")) as Story[];

/** A step that asks something, what the real one answered, and ours. */
export interface Answer {
  readonly asked: readonly unknown[];
  readonly real: unknown;
  readonly ours: unknown;
}

const VERSIONS: Record<string, OfVersion> = { OpenFlow10: 1, OpenFlow11: 2, OpenFlow13: 4, OpenFlow15: 6 };
const FLOW_MODS: Record<string, FlowModCommand> = {
  "add-flow": "add",
  "mod-flows": "modify",
  "mod-flows --strict": "modify_strict",
  "del-flows": "delete",
  "del-flows --strict": "delete_strict",
};
const GROUP_MODS: Record<string, GroupModCommand> = {
  "add-group": "add",
  "mod-group": "modify",
  "--may-create mod-group": "add_or_modify",
  "del-groups": "delete",
  "insert-buckets": "insert_bucket",
  "remove-buckets": "remove_bucket",
};
const PORT_CONFIG: Record<string, Partial<PortConfig>> = { up: { down: false }, down: { down: true } };
const METER_MODS: Record<string, MeterMod["command"]> = {
  "add-meter": "add",
  "mod-meter": "modify",
  "del-meters": "delete",
};

function flowLine(flow: FlowStats, version: OfVersion): string {
  const protocol = version === 1 ? P_OF10_NXM : lowestProtocol(versionProtocols(version));
  const wired = wireFlowStats(flow, protocol);
  return "error" in wired ? wired.error : formatFlowStats(wired.flow);
}

interface RecordedBond {
  readonly bond_mode: BondMode;
  readonly bond_updelay: number;
  readonly bond_downdelay: number;
}

interface RecordedTable {
  readonly name?: string;
  readonly flow_limit: number;
  readonly overflow_policy?: "evict";
  readonly groups?: string;
}

const macOf = (text: string): Uint8Array => Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16));

class Teller {
  private readonly ovs = new TestSwitch();
  private readonly datapath = new TestDatapath(this.ovs.backer);
  private nowMs = 1_000_000;
  private readonly mcast = new McastConfig();

  constructor() {
    this.ovs.bridge("br0");
  }

  /** What is due by now is done. */
  settle(): void {
    this.ovs.backer.run(this.nowMs, this.datapath);
    this.ovs.backer.run(this.nowMs, this.datapath);
  }

  /** Of whichever bridge has it. */
  private portOf(name: string): Port {
    return this.ovs.backer.bridges.flatMap((ofproto) => ofproto.portByName(name) ?? [])[0]!;
  }

  private packet(port: string, flow: string, bytes: number, times = 1): void {
    const odpPort = this.portOf(port).odpPort!;
    // its length counts, and what it is like stands in the flow
    const packet = new Uint8Array(bytes);
    for (let i = 0; i < times; i++) this.datapath.receive(parsePacketFlow(flow), odpPort, packet);
  }

  private frame(port: string, hex: string): void {
    const odpPort = this.portOf(port).odpPort!;
    const { flow, packet } = extracted(hex, odpPort);
    this.datapath.receive(flow, odpPort, packet);
  }

  /** about: `-generate`, a frame, or nothing */
  private trace(text: string, about: string): string {
    const { ovs } = this;
    const flow = parsePacketFlow(text);
    if (about === "") return traceText(ovs.backer, ovs.of("br0"), flow);
    if (about === "-generate") return traceText(ovs.backer, ovs.of("br0"), flow, { packet: composePacket(flow) });
    const traced = extracted(about, flow.u32(FLOW_IN_PORT));
    return traceText(ovs.backer, ovs.of("br0"), traced.flow, { packet: traced.packet });
  }

  /** @returns the answer, of a step that asks */
  carryOut(verb: string, args: readonly unknown[]): unknown {
    const { ovs, datapath } = this;
    const [first, second, third, fourth] = args as [string, string, string, string];
    switch (verb) {
      case "bridge":
        ovs.bridge(first);
        return;
      case "mod-port":
        return ovs.of(first).configurePort(Number(second), PORT_CONFIG[third]!);
      case "mod-table":
        return ovs.of(first).configureTable(Number(second), { miss: third as TableMiss });
      case "port":
        return ovs.port(first, second, Number(third), portSettings(args[3] as RecordedPort));
      case "bond":
        return this.bond(second, args[2] as [string, number][], args[3] as RecordedBond, args[4] as string[]);
      case "link":
        return ovs.of("br0").setLink(ovs.of("br0").portByName(first)!.number, second === "up");
      case "table":
        return this.table(Number(second), args[2] as RecordedTable);
      case "vsctl":
        return this.configure(args as string[]);
      case "flow-mod":
        return ovs.flowMod(first, fourth, FLOW_MODS[third], VERSIONS[second]);
      case "dump": {
        const { request } = parseFlowStatsRequest(third);
        return ovs
          .of(first)
          .dumpFlows(request)
          .map((flow) => flowLine(flow, VERSIONS[second]!));
      }
      case "dump-plain": {
        const { request } = parseFlowStatsRequest(third);
        return ovs
          .of(first)
          .dumpFlows(request)
          .map((flow) => formatFlowStats(flow, {}, false));
      }
      case "aggregate":
        return formatAggregateStats(ovs.of(first).aggregate(parseFlowStatsRequest(third).request)).trim();
      case "group-mod":
        return ovs.groupMod(first, third, GROUP_MODS[second]!);
      case "groups":
        return ovs
          .of(first)
          .groups.map((group) => formatGroup(group, 6))
          .sort();
      case "group-stats":
        return ovs.of(first).groupStats().map(formatGroupStats).sort();
      case "tables":
        return ovs
          .of(first)
          .bridge.tables.tables.flatMap(({ id, classifier: { size }, matched, missed }) =>
            id < INTERNAL_TABLE && (size > 0 || matched.packets + missed.packets > 0)
              ? [[id, size, matched.packets + missed.packets, matched.packets]]
              : [],
          );
      case "port-stats": {
        const { received, sent } = ovs.of(first).portByName(second)!;
        return [received.packets, received.bytes, sent.packets, sent.bytes];
      }
      case "meter-mod":
        return ovs.meterMod(first, third, METER_MODS[second]!);
      case "meters":
        return ovs
          .of(first)
          .meters.map((meter) => formatMeter(meter).trim())
          .sort();
      case "packet":
        return this.packet(first, second, Number(third));
      case "frame":
        return this.frame(first, second);
      case "burst":
        return this.packet(first, second, Number(fourth), Number(third));
      case "drops":
        datapath.drops.length = 0;
        this.packet(first, second, 60);
        return [...datapath.drops];
      case "warp":
        this.nowMs += Number(first);
        return;
      case "datapath":
        return datapath.dump().map(clean).sort();
      case "trace":
        return clean(ovs.trace(first, second));
      case "ask":
        return this.appctl(first, args.slice(1, -1) as string[]);
      case "tell":
        return this.appctl(first, args.slice(1) as string[]);
      default:
        throw new Error(`test: found step ${verb}`);
    }
  }

  private bond(name: string, members: readonly [string, number][], settings: RecordedBond, macs: string[]): void {
    const ofproto = this.ovs.of("br0");
    const ports = members.map(([name, request], i) =>
      ofproto.addPort({ name, request, odpPort: request, mac: macOf(macs[i]!) }),
    );
    const { bond_mode: mode, bond_updelay: upDelayMs, bond_downdelay: downDelayMs } = settings;
    ofproto.setBundle({ name, ports, bond: { mode, upDelayMs, downDelayMs } });
  }

  private table(id: number, { name, flow_limit: flowLimit, overflow_policy, groups }: RecordedTable): void {
    this.ovs.of("br0").configureTable(id, {
      flowLimit,
      ...(name === undefined ? {} : { name }),
      ...(overflow_policy === undefined ? {} : { overflowPolicy: overflow_policy }),
      ...(groups === undefined ? {} : { groups: [parseSubfield(groups.replaceAll('"', ""))] }),
    });
  }

  private configure(words: readonly string[]): void {
    const ofproto = this.ovs.of("br0");
    if (words[0] === "del-port") {
      ofproto.removePort(ofproto.portByName(words[1]!)!.number);
      return;
    }
    if (words.some((word) => word.includes("mcast"))) {
      this.mcast.configure(ofproto, words);
      return;
    }
    const [key = "", value] = words.at(-1)!.split("=");
    if (key === "other_config:mac-aging-time") ofproto.setMacAging(Number(value));
    else if (key === "other_config:mac-table-size") ofproto.setMacTableSize(Number(value));
    else if (key === "tag")
      ofproto.setBundle({ name: words[2]!, ports: [ofproto.portByName(words[2]!)!.number], tag: Number(value) });
    else throw new Error(`test: found setting ${words.join(" ")}`);
  }

  private appctl(command: string, [first = "", second = "", third = "", fourth = ""]: readonly string[]): unknown {
    const { ovs, datapath } = this;
    const ofproto = ovs.of("br0");
    switch (command) {
      case "revalidator/wait":
        ovs.backer.nowMs = this.nowMs;
        return ovs.backer.revalidator.runNow(datapath);
      case "revalidator/purge":
        return ovs.backer.revalidator.purge(datapath);
      case "fdb/show":
        return ofproto.fdbShow();
      case "fdb/stats-show":
        return ofproto.fdbStatsShow();
      case "fdb/stats-clear":
        return ofproto.fdbStatsClear();
      case "fdb/flush":
        return ofproto.fdbFlush();
      case "fdb/add":
        return ofproto.fdbAdd(ofproto.portByName(second)!.number, Number(third), macOf(fourth));
      case "fdb/del":
        return ofproto.fdbDelete(Number(second), macOf(third));
      case "ofproto/trace":
        return clean(this.trace(second, third));
      case "mdb/show":
        return answered(mdbShow(ovs.backer.bridge(first)));
      case "mdb/flush":
        return answered(mdbFlush(first === "" ? ovs.backer.bridges : ovs.backer.bridge(first)));
      case "bond/show":
        return ofproto.bondShow(first);
      case "bond/disable-member":
      case "bond/enable-member":
        return ofproto.bond(first)!.setEnabled(second, command === "bond/enable-member");
      case "bond/set-active-member":
        return ofproto.bond(first)!.setActive(second);
      default:
        throw new Error(`test: found command ${command}`);
    }
  }
}

const answered = ({ text, failed }: Reply): string => (failed === true ? `error: ${text}` : text);

/** What depends on where a packet is counted is decided by steps, so each settles. */
export function tell({ steps }: Story): Answer[] {
  const teller = new Teller();
  const answers: Answer[] = [];
  for (const [verb, ...args] of steps) {
    const ours = teller.carryOut(verb, args);
    teller.settle();
    if (!SILENT.includes(verb)) answers.push({ asked: [verb, ...args.slice(0, -1)], real: args.at(-1), ours });
  }
  return answers;
}

const SILENT = [
  "bridge",
  "mod-port",
  "mod-table",
  "port",
  "bond",
  "link",
  "table",
  "vsctl",
  "packet",
  "frame",
  "burst",
  "warp",
  "tell",
];
