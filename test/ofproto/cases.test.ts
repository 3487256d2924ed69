// Situations of OVS's own test suite, recorded from the real ovs-vswitchd (test/recorded/ofproto/cases.py): ofproto/trace's text, letter for letter.
import { describe, expect, it } from "vitest";
import { carryOut, readCases } from "../support/ofproto-case.ts";

describe("ofproto, as the real one", () => {
  it.each(readCases().map((recorded) => [recorded.name, recorded] as const))("%s", (_, recorded) => {
    for (const { asked, real, ours } of carryOut(recorded)) expect(ours, asked).toBe(real);
  });
});
