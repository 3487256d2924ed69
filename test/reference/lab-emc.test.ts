// The EMC at its default insertion probability (1 in 100): flows that come round for seconds, on the real Open vSwitch and in the lab. How many
// of the lookups hit is a matter of chance and of replacement, and must be the same within one point.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type LabRun, runOurs, runReal } from "../../src/reference/lab-run.ts";
import { whyNoRealOvs } from "../../src/reference/ovs-process.ts";
import { classic } from "../support/captures.ts";

const SCRIPT = fileURLToPath(new URL("../recorded/lab-long/emc-default.sh", import.meta.url));

/** UDP over IPv4 from 10.1.0.0 + i, one packet a flow. */
function flows(count: number): Uint8Array {
  return classic(
    Array.from({ length: count }, (_, i) => {
      const data = new Uint8Array(60);
      const view = new DataView(data.buffer);
      data.set([2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 46]);
      data.set([64, 17], 22);
      view.setUint32(26, 0x0a010000 + i);
      view.setUint32(30, 0x0a020001);
      view.setUint16(34, 1000 + (i % 50_000));
      view.setUint16(36, 53);
      view.setUint16(38, 26);
      return { data };
    }),
  );
}

/** EMC hits of all hits, percent. */
function hitRatio({ commands }: LabRun): number {
  const { stdout } = commands.findLast(({ words }) => words.includes("dpif-netdev/pmd-stats-show"))!;
  const figure = (name: string): number => Number(new RegExp(`${name} hits: (\\d+)`).exec(stdout)?.[1]);
  expect(figure("emc")).toBeGreaterThan(1e6);
  return (100 * figure("emc")) / (figure("emc") + figure("megaflow"));
}

const reason = whyNoRealOvs();
if (reason !== undefined) console.log(`skipped: real Open vSwitch: ${reason}`);

describe.skipIf(reason !== undefined)("the EMC at the default probability", () => {
  it.each([8000, 20_000])("%i flows: as many hits as the real one, within a point", { timeout: 120_000 }, async (n) => {
    const folder = mkdtempSync(join(tmpdir(), "ringbed-emc-"));
    try {
      const capture = join(folder, "flows.pcap");
      writeFileSync(capture, flows(n));
      const job = { script: SCRIPT, capture, pci: new Map() };
      const theirs = hitRatio(await runReal(job));
      expect(Math.abs(hitRatio(await runOurs(job)) - theirs)).toBeLessThan(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
