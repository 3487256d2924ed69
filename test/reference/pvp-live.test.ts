// Real testpmd once more, here and now: a few PVP runs are recorded afresh and replayed, and both must be equal. Skipped, with the
// reason printed, where dpdk-testpmd, stdbuf, python3 or a second core is missing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packetsOf, pcapPath, pvpCounters, pvpReplay } from "../support/recordings.ts";
import { replayed } from "../support/replayed.ts";

/** What record.py's --only takes: all runs whose name contains it. */
const ONLY = ["mac__mix", "mac_peer__behind", "mac_noretry__runts"];
/** Five tries of a run that takes ten seconds at most. */
const TIMEOUT_MS = 240_000;

/** Why nothing can be recorded here; undefined: it can. */
function missing(): string | undefined {
  for (const [program, option] of [
    ["dpdk-testpmd", "--version"],
    ["stdbuf", "--version"],
    ["python3", "--version"],
  ] as const) {
    if (spawnSync(program, [option], { stdio: "ignore", timeout: 20_000 }).error !== undefined) {
      return `${program} is not installed`;
    }
  }
  return availableParallelism() < 2 ? "there is one core only, and host and guest poll on one each" : undefined;
}

const reason = missing();
if (reason !== undefined) console.log(`skipped: real testpmd in PVP: ${reason}`);

describe.skipIf(reason !== undefined)("real testpmd in PVP, recorded now", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-live-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(ONLY)(
    "%s: the replay leaves the same packets and the same counters of every port",
    { timeout: TIMEOUT_MS },
    async (only) => {
      const out = join(folder, only);
      const words = [pcapPath("pvp/record.py"), out, "--only", only];
      const run = spawnSync("python3", words, { encoding: "utf8", timeout: TIMEOUT_MS - 10_000 });
      expect({ status: run.status, stderr: run.status === 0 ? "" : run.stderr }).toEqual({ status: 0, stderr: "" });
      const names = readdirSync(out);
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) {
        const { options, exit } = pvpReplay(name);
        const { report, left } = await replayed(options);
        const real = join(out, name, exit === "phy0" ? "p0_tx.pcap" : "p1_tx.pcap");
        expect(left.map(({ data }) => data)).toEqual(packetsOf(real));
        expect(report.ports).toEqual(pvpCounters(join(out, name, "stats.json")));
      }
    },
  );
});
