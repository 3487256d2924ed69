// Hand-made rings on the real net_vhost: what was recorded of it is what it does. RINGBED_SWEEP=1 plays all of them, RINGBED_RECORD=1 writes the
// recording anew.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Testpmd, whyNotLive } from "../node/vhost-user-testpmd.ts";
import { openLiveDevice } from "../support/quirk-live.ts";
import { playQuirk, QUIRK_CASES, QUIRKS_RECORDED, recordedQuirks } from "../support/quirk-record.ts";

const why = whyNotLive();
const records = process.env.RINGBED_RECORD !== undefined;
const all = records || process.env.RINGBED_SWEEP !== undefined;
/** Without a sweep one case in so many. */
const STRIDE = 9;

describe.skipIf(why !== undefined)(
  `hand-made rings on net_vhost${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let folder = "";
    let testpmd: Testpmd;
    let device: Awaited<ReturnType<typeof openLiveDevice>>;
    const seen: Record<string, readonly string[]> = {};
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "ringbed-quirks-"));
      const path = join(folder, "vhost");
      testpmd = await Testpmd.start(`net_vhost0,iface=${path}`, undefined, ["--port-topology=loop", "--auto-start"]);
      device = await openLiveDevice(path, () => testpmd.text, records ? 60 : undefined);
    });
    afterAll(() => {
      testpmd.kill();
      device.close();
      rmSync(folder, { recursive: true, force: true });
      if (records) writeFileSync(QUIRKS_RECORDED, `${JSON.stringify(seen, undefined, 2)}\n`);
    });

    it.each(QUIRK_CASES.filter((_, i) => all || i % STRIDE === 0))("$name", async (quirk) => {
      seen[quirk.name] = await playQuirk(device, quirk);
      if (!records) expect(seen[quirk.name]).toEqual(recordedQuirks()[quirk.name]);
    });
  },
);
