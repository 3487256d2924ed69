// Groups and meters as dump-groups, dump-group-stats, dump-meters and meter-stats of OVS 3.1 showed them after they had
// been added.
import { describe, expect, it } from "vitest";
import { formatGroup, formatGroupStats } from "../../src/openflow/format-group.ts";
import { formatMeter, formatMeterStats } from "../../src/openflow/format-meter.ts";
import type { GroupDesc } from "../../src/openflow/group.ts";
import { parseGroupMod } from "../../src/openflow/parse-group-mod.ts";
import { parseMeterMod } from "../../src/openflow/parse-meter-mod.ts";
import { parseVersion } from "../../src/openflow/protocol.ts";
import { wireGroup, wireGroupMod } from "../../src/openflow/wire-group-mod.ts";
import { recorded, SWITCH_NAMES } from "./recorded.ts";

type ByVersion = readonly (readonly [line: string, ...versions: string[]])[];

interface DumpedGroup {
  readonly group: string;
  readonly lines: ByVersion;
  /** With --names, in 1.5. */
  readonly named: string;
  readonly stats: ByVersion;
}

interface DumpedMeter {
  readonly meter: string;
  readonly config: string;
  readonly stats: string;
}

const OF15 = 6;
/** To 1.3 and 1.4 the reference writes the instruction among the bucket's actions, where mod_nw_dst has its number. */
const MISREAD = "group_id=1,type=all,bucket=actions=meter:1";
const NONE = { packets: 0n, bytes: 0n };

function inSwitch(text: string): GroupDesc {
  const wired = wireGroupMod(parseGroupMod(text, "add", SWITCH_NAMES).mod, OF15);
  if ("error" in wired || wired.mod.command !== "add") throw new Error(text);
  return wired.mod.group;
}

function shown(group: GroupDesc, version: string, names = {}): string {
  const wired = wireGroup(group, parseVersion(version)!);
  if ("error" in wired) return `***decode error: ${wired.error}***`;
  return formatGroup(wired.value, parseVersion(version)!, names);
}

function stats({ groupId, buckets }: GroupDesc, version: string): string {
  const hasDuration = version !== "OpenFlow11" && version !== "OpenFlow12";
  const counts = { groupId, references: 0, ...NONE, buckets: buckets.map(() => NONE) };
  return formatGroupStats(hasDuration ? { ...counts, durationNs: 0n } : counts);
}

const each = (real: ByVersion, mine: (version: string) => string): ByVersion =>
  real.map(([_, ...versions]) => [[...new Set(versions.map(mine))].join("\n"), ...versions]);

describe("groups of a switch", () => {
  it("are shown as dump-groups and dump-group-stats do", () => {
    const cases = recorded<DumpedGroup[]>("groups").filter(({ group }) => group !== MISREAD);
    expect(cases.length).toBeGreaterThan(100);
    const mine = cases.map(({ group, ...real }) => {
      const own = inSwitch(group);
      const lines = each(real.lines, (version) => shown(own, version));
      const named = shown(own, "OpenFlow15", SWITCH_NAMES);
      return { group, lines, named, stats: each(real.stats, (version) => stats(own, version)) };
    });
    expect(mine).toEqual(cases);
  });
});

describe("meters of a switch", () => {
  it("are shown as dump-meters and meter-stats do", () => {
    const cases = recorded<DumpedMeter[]>("meters");
    expect(cases.length).toBeGreaterThan(10);
    const mine = cases.map(({ meter: text }) => {
      const mod = parseMeterMod(text, "add");
      if (mod.command !== "add") throw new Error(text);
      const { meter } = mod;
      const counts = { meterId: meter.meterId, flows: 0, packetsIn: 0n, bytesIn: 0n, durationNs: 0n };
      const bands = meter.bands.map(() => NONE);
      return { meter: text, config: formatMeter(meter), stats: formatMeterStats({ ...counts, bands }) };
    });
    expect(mine).toEqual(cases);
  });
});
