// ofproto-case - a recorded situation carried out with ofproto: each step of test/recorded/ofproto/cases.py.
import { readFileSync } from "node:fs";
import type { Ofproto } from "../../src/ofproto/ofproto.ts";
import type { PriorityTags, VlanMode } from "../../src/ofproto/port.ts";
import type { TableMiss } from "../../src/ofproto/table.ts";
import { type SwitchPort, TestSwitch } from "./ofproto-switch.ts";

/** A verb, its arguments, and the answer that the real one gave, if it asks. */
type Step = readonly [verb: string, ...more: unknown[]];

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

export const readCases = (): Case[] =>
  JSON.parse(readFileSync(new URL("../recorded/ofproto/cases.json", import.meta.url), "utf8")) as Case[];

export interface RecordedPort {
  readonly tag?: number;
  readonly mode?: VlanMode;
  readonly trunks?: number[];
  readonly cvlans?: number[];
  readonly priority_tags?: PriorityTags;
  readonly qinq_ethtype?: string;
  readonly protected?: boolean;
  readonly peer?: string;
}

export function portSettings(recorded: RecordedPort): SwitchPort {
  const { mode, priority_tags, qinq_ethtype, ...same } = recorded;
  return {
    ...same,
    ...(mode === undefined ? {} : { vlanMode: mode }),
    ...(priority_tags === undefined ? {} : { priorityTags: priority_tags }),
    ...(qinq_ethtype === undefined ? {} : { qinqEthtype: 0x8100 }),
  };
}

/** As cases.py cleans what the real one said. */
export const clean = (text: string): string =>
  text
    .replace(/recirc\(0x[0-9a-f]+\)/g, "recirc(N)")
    .replace(/recirc_id\(0x[1-9a-f][0-9a-f]*\)/g, "recirc_id(N)")
    .replace(/recirc_id=\d+,rule/g, "recirc_id=N,rule");

interface RecordedMirror {
  readonly all?: boolean;
  readonly src?: string[];
  readonly dst?: string[];
  readonly vlan?: number[];
  readonly output_port?: string;
  readonly output_vlan?: number;
  readonly snaplen?: number;
}

function mirror(
  ofproto: Ofproto,
  { all, src = [], dst = [], vlan = [], output_port, output_vlan, snaplen }: RecordedMirror,
): void {
  const every = ofproto.bridge.bundles.map(({ name }) => name);
  ofproto.setMirrors([
    {
      name: "mirror",
      selectSource: all ? every : src,
      selectDestination: all ? every : dst,
      selectVlans: vlan,
      ...(output_port === undefined ? {} : { outputPort: output_port }),
      ...(output_vlan === undefined ? {} : { outputVlan: output_vlan }),
      ...(snaplen === undefined ? {} : { snaplen }),
    },
  ]);
}

const CONFIG = {
  "no-forward": { noForward: true },
  "no-flood": { noFlood: true },
  "no-receive": { noReceive: true },
  "no-packet-in": { noPacketIn: true },
} as const;

/** @returns what is asked of both, and ours */
export function carryOut({ steps }: Case): { readonly asked: string; readonly real: string; readonly ours: string }[] {
  const found: { asked: string; real: string; ours: string }[] = [];
  const ovs = new TestSwitch();
  ovs.bridge("br0");
  for (const [verb, bridge, ...more] of steps as readonly (readonly [string, string, ...unknown[]])[]) {
    const [first, second] = more as [string, string];
    if (verb === "bridge") ovs.bridge(bridge);
    else if (verb === "port") ovs.port(bridge, first, Number(second), portSettings(more[2] as RecordedPort));
    else if (verb === "flows") ovs.flows(bridge, more[0] as string[]);
    else if (verb === "group") ovs.group(bridge, first);
    else if (verb === "meter") ovs.meter(bridge, first);
    else if (verb === "mod-port") ovs.of(bridge).configurePort(Number(first), CONFIG[second as keyof typeof CONFIG]);
    else if (verb === "mod-table") ovs.of(bridge).configureTable(Number(first), { miss: second as TableMiss });
    else if (verb === "mirror") mirror(ovs.of(bridge), more[0] as RecordedMirror);
    else if (verb === "set-frags") ovs.of(bridge).setFrags(first as "normal" | "drop" | "nx-match");
    else if (verb === "trace-odp")
      found.push({ asked: bridge, real: more[0] as string, ours: clean(ovs.traceOdp(bridge)) });
    else if (verb === "packet-out")
      found.push({
        asked: `${first} ${second}`,
        real: more[2] as string,
        ours: clean(ovs.packetOut(bridge, first, second)),
      });
    else if (verb === "trace") found.push({ asked: first, real: second, ours: clean(ovs.trace(bridge, first)) });
    else if (verb === "outcome")
      found.push({
        asked: first,
        real: second,
        ours: clean(ovs.trace(bridge, first).replace(/[\s\S]*(?=Final flow)/, "")),
      });
    else throw new Error(`test: found step ${verb}`);
  }
  return found;
}
