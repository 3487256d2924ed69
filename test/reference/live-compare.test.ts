// A few captures through PVP over real vhost-user sockets, here and now: our guest on the real host, our host under the real guest, the real
// ones on both sides, and ours alone. Nothing may differ. RINGBED_SWEEP=1 takes every capture in every layout of rings, and in every mode.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { compareLive, liveText } from "../../src/reference/live-compare.ts";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { pcapPath } from "../support/recordings.ts";

/** The guest's mode, the capture, mergeable buffers; the rings' layout, and whether they are used in order; by vector burst functions. */
type Case = readonly [
  mode: string,
  name: string,
  mergeable: boolean,
  ring: "split" | "packed",
  inOrder: boolean,
  vectorized: boolean,
];

const SAMPLE: readonly Case[] = [
  ["mac", "mix", true, "split", true, false],
  ["io", "runts", true, "split", true, false],
  ["mac", "tags", false, "split", true, false],
  ["mac", "mix", true, "packed", true, false],
  ["macswap", "jumbo", true, "packed", false, false],
  ["mac", "mix", false, "split", false, true],
  ["macswap", "tags", false, "packed", true, true],
  ["mac", "jumbo", true, "packed", true, true],
];
/** With a frame that is longer than a buffer: dropped by design where buffers are not mergeable. */
const LONG = ["jumbo", "jumbo9000", "big64k", "behind", "big", "headers", "tunnels"];

const whole = process.env.RINGBED_SWEEP !== undefined;
const names = readdirSync(pcapPath("in")).map((file) => file.replace(/\.pcap$/, ""));
const kept = (mergeable: boolean): readonly string[] =>
  names.filter((name) => name !== "empty" && (mergeable || !LONG.includes(name)));
/** The cells of the benchmark's matrix: (mergeable, layout, in order, vectorized). */
const CELLS: readonly (readonly [boolean, "split" | "packed", boolean, boolean])[] = [
  ...(["split", "packed"] as const).flatMap((ring) =>
    [true, false].flatMap((inOrder) => [true, false].map((mergeable) => [mergeable, ring, inOrder, false] as const)),
  ),
  [false, "split", false, true],
  [false, "packed", true, true],
  [true, "packed", true, true],
];
const all = [
  ...CELLS.flatMap((cell) => kept(cell[0]).map((name): Case => ["mac", name, ...cell])),
  ...["io", "macswap"].flatMap((mode) => kept(true).map((name): Case => [mode, name, true, "split", true, false])),
];

function missing(): string | undefined {
  if (findTestpmd() === undefined) return "dpdk-testpmd is not installed";
  if (availableParallelism() < 2) return "there is one core only, and host and guest poll on one each";
  const koffi = spawnSync(process.execPath, ["--input-type=module", "-e", "await import('koffi')"], {
    stdio: "ignore",
  });
  return koffi.status === 0 ? undefined : "koffi is not installed";
}

const reason = missing();
if (reason !== undefined) console.log(`skipped: live vhost-user: ${reason}`);

describe.skipIf(reason !== undefined)("a capture through four set-ups", () => {
  it.each(whole ? all : SAMPLE)(
    "%s over %s, mergeable %s, %s rings in order %s, vectorized %s: no difference",
    { timeout: 120_000 },
    async (mode, name, mergeable, ring, inOrder, vectorized) => {
      const comparison = await compareLive(
        { capture: pcapPath(`in/${name}.pcap`), mode, mergeable, ring, inOrder, vectorized },
        () => {},
      );
      expect(comparison.differences, liveText(comparison)).toBe(0);
    },
  );
});
