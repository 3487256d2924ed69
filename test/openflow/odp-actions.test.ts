// Datapath actions as ovs-dpctl parse-actions of OVS 3.1 read them and printed them again.
import { describe, expect, it } from "vitest";
import { formatOdpActions } from "../../src/openflow/format-odp-actions.ts";
import { parseOdpActions } from "../../src/openflow/parse-odp-actions.ts";
import { outcome, recorded } from "./recorded.ts";

interface ParsedActions {
  readonly text: string;
  readonly actions?: string;
  readonly error?: string;
}

describe("datapath actions", () => {
  it("are read and printed as ovs-dpctl does", () => {
    const cases = recorded<ParsedActions[]>("odp-actions");
    expect(cases.length).toBeGreaterThan(130);
    const mine = cases.map(({ text }) => {
      const parsed = outcome(() => formatOdpActions(parseOdpActions(text)));
      return "error" in parsed ? { text, error: parsed.error } : { text, actions: parsed.value };
    });
    expect(mine).toEqual(cases);
  });

  it("name ports where there are names", () => {
    const port = (name: string): number | undefined => (name === "p1" ? 7 : undefined);
    expect(parseOdpActions("p1,2", port)).toEqual([
      { type: "output", port: 7 },
      { type: "output", port: 2 },
    ]);
  });

  it("that the datapath has none of are refused by name", () => {
    const parsed = outcome(() => parseOdpActions("1,ct(commit)"));
    expect(parsed).toEqual({ error: "ct: found in datapath actions, expected none" });
  });
});
