// Cost profiles: what is refused, and that they are what makes virtual time pass.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { replay } from "../../src/node/index.ts";
import { parseProfile, STAGE_NAMES } from "../../src/run/profile.ts";
import { pcapPath } from "../support/recordings.ts";
import { writeScratch } from "../support/replayed.ts";

const SHIPPED = readFileSync(pcapPath("../profiles/testpmd-22.11.json"), "utf8");

interface Json {
  format: unknown;
  clockHz: unknown;
  stages: Record<string, unknown>;
}

/** The shipped profile, changed. */
function changed(change: (profile: Json) => void): string {
  const profile = JSON.parse(SHIPPED) as Json;
  change(profile);
  return JSON.stringify(profile);
}

describe("a profile", () => {
  it("as shipped prices every stage of the engine", () => {
    const profile = parseProfile(SHIPPED, "shipped");
    expect(profile).toMatchObject({ name: "testpmd-22.11", clockHz: 2_600_000_000 });
    expect(profile.costs).toHaveLength(STAGE_NAMES.length);
    // 20.43 cycles a packet at 2.6 GHz
    expect(profile.costs[STAGE_NAMES.indexOf("fwd.mac")]?.[2]).toBe(7858);
  });

  it.each<[title: string, text: string, words: string]>([
    ["no JSON", "cycles: 3", "profile: found no JSON"],
    ["null", "null", "profile file: found null, expected an object"],
    ["another format", changed((p) => (p.format = "x")), 'profile format: found "x", expected "ringbed-profile/1"'],
    ["no clock", changed((p) => (p.clockHz = 0)), "profile clockHz: found 0, expected a number from 1000"],
    [
      "a stage missing",
      changed((p) => delete p.stages["fwd.mac"]),
      "profile fwd.mac: found undefined, expected an object",
    ],
    ["a part missing", changed((p) => (p.stages["nic.rx"] = { poll: 1 })), "profile nic.rx.burst: found undefined"],
    ["a negative cost", changed((p) => (p.stages["nic.rx"] = { poll: -1 })), "profile nic.rx.poll: found -1"],
    [
      "a poll that takes no time",
      changed((p) => (p.stages["vhost.rx"] = { poll: 0, burst: 0, packet: 0, byte: 0 })),
      "more than 0",
    ],
    [
      "a cost of more than 4 ms",
      changed((p) => (p.stages["fwd.io"] = { poll: 0, burst: 1e10, packet: 0, byte: 0 })),
      "at most 4294967295 ps",
    ],
  ])("with %s is refused by name", (_, text, words) => {
    expect(() => parseProfile(text, "x.json")).toThrow(UsageError);
    expect(() => parseProfile(text, "x.json")).toThrow(words);
  });

  it("twice as slow takes twice the time in busy polls, and changes no byte", async () => {
    const captures = [pcapPath("in/flows60.pcap")];
    const twice = writeScratch(new TextEncoder().encode(changed((p) => (p.clockHz = 1_300_000_000))), "twice.json");
    const [fast, slow] = [await replay({ captures }), await replay({ captures, profile: twice })];
    expect(slow.egress_sha256).toBe(fast.egress_sha256);
    const [quick = 0, long = 0] = [fast, slow].map(({ lcores }) => lcores[1]?.busy_ns);
    expect(long / quick).toBeGreaterThan(1.5);
    expect(long / quick).toBeLessThan(2.1);
  });
});
