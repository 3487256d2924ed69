// Random rule sets, each with random packets: the megaflow and the actions that the real ovs-vswitchd's ofproto/trace printed for them.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { TestSwitch } from "../support/ofproto-switch.ts";

interface RuleSet {
  readonly seed: number;
  readonly groups: readonly string[];
  readonly flows: readonly string[];
  readonly packets: readonly (readonly [flow: string, megaflow: string, actions: string])[];
}

const RECORDED = new URL("../recorded/ofproto/random.json.gz", import.meta.url);
const { sets } = JSON.parse(gunzipSync(readFileSync(RECORDED)).toString()) as { readonly sets: readonly RuleSet[] };

/** Ids depend on what was translated before. */
const withoutIds = (text: string): string => text.replace(/recirc_id=\d+,rule|recirc\(0x[0-9a-f]+\)/g, "recirc");

function switchWith({ groups, flows }: RuleSet): TestSwitch {
  const ovs = new TestSwitch();
  ovs.bridge("br0");
  for (let i = 1; i <= 6; i++) ovs.port("br0", `p${i}`, i, i === 5 ? { tag: 10 } : i === 6 ? { trunks: [10, 11] } : {});
  for (const group of groups) ovs.group("br0", group);
  ovs.flows("br0", flows);
  return ovs;
}

describe("translations of random rules", () => {
  it.each(sets.map((set) => [set.seed, set] as const))("set %i", (_, set) => {
    const ovs = switchWith(set);
    for (const [flow, megaflow, actions] of set.packets) {
      const text = ovs.trace("br0", flow);
      const [, ours = "", does = ""] = /^Megaflow: (.*)\nDatapath actions: (.*)$/m.exec(text) ?? [];
      expect([ours, withoutIds(does)], `${flow}\n${text}`).toEqual([megaflow, withoutIds(actions)]);
    }
  });
});
