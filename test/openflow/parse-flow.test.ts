// Flows as ovs-ofctl parse-flow of OVS 3.1 understood them: protocols, remarks, errors, and what a peer of each
// protocol reads.
import { describe, expect, it } from "vitest";
import { formatFlowMod } from "../../src/openflow/format-flow.ts";
import { parseFlowMod } from "../../src/openflow/parse-flow-mod.ts";
import { OFPP_MAX } from "../../src/openflow/ports.ts";
import { formatProtocols, parseProtocol, protocolVersion } from "../../src/openflow/protocol.ts";
import { TABLE_ANY } from "../../src/openflow/tables.ts";
import { wireFlowMod } from "../../src/openflow/wire-flow-mod.ts";
import { keptLog, outcome, recorded } from "./recorded.ts";

interface ParseFlow {
  readonly flow: string;
  readonly log: readonly string[];
  readonly error?: string;
  readonly usable?: string;
  /** A text, and the protocols of which peers read it. */
  readonly wire?: readonly (readonly string[])[];
}

const PROTOCOLS = [
  "OpenFlow10+table_id",
  "NXM+table_id",
  "OpenFlow11",
  "OXM-OpenFlow12",
  "OXM-OpenFlow13",
  "OXM-OpenFlow14",
  "OXM-OpenFlow15",
];

const cases = recorded<ParseFlow[]>("parse-flow");

function ours(flow: string): ParseFlow {
  const { lines, log } = keptLog();
  const parsed = outcome(() => parseFlowMod(flow, "add", { log }));
  if ("error" in parsed) return { flow, log: lines, error: parsed.error };
  const { mod, protocols } = parsed.value;
  const texts = new Map<string, string[]>();
  for (const name of PROTOCOLS) {
    const protocol = parseProtocol(name)!;
    if ((protocol & protocols) === 0) continue;
    const wired = wireFlowMod(mod, protocol, { maxPorts: OFPP_MAX, nTables: TABLE_ANY });
    const text =
      "error" in wired ? `***decode error: ${wired.error}***` : formatFlowMod(wired.mod, protocolVersion(protocol));
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  return {
    flow,
    log: lines,
    usable: formatProtocols(protocols),
    wire: [...texts].map(([text, names]) => [text, ...names]),
  };
}

describe("flows", () => {
  it("are read and refused as ovs-ofctl does", () => {
    expect(cases.length).toBeGreaterThan(1400);
    const pairs = cases.map((real) => [ours(real.flow), real] as const);
    const odd = pairs.filter(([mine, real]) => JSON.stringify(mine) !== JSON.stringify(real));
    expect(odd.map(([mine]) => mine)).toEqual(odd.map(([, real]) => real));
  });
});
