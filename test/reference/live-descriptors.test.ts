// How many buffers our driver leaves on an rx ring: a real net_vhost sends into it until it is full, and says how many went.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OurTestpmd, PROMPT } from "../node/our-testpmd.ts";
import { Testpmd, whyNotLive } from "../node/vhost-user-testpmd.ts";

const why = whyNotLive();

describe.skipIf(why !== undefined)(`descriptors of a live ring${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder = "";
  let sockets = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringbed-rxd-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // The second of each is what a real guest left there (facts of virtio_dev_rx_queue_setup: the lesser of ring and nb_desc).
  it.each([
    ["queue_size=1024", ["--rxd=256"], 256],
    ["queue_size=1024", [], 512],
    ["queue_size=256", ["--rxd=1024"], 256],
  ] as const)("%s with %j: %i packets fit", async (size, options, fit) => {
    const path = join(folder, `${sockets++}`);
    const host = await Testpmd.start(`net_vhost0,iface=${path}`);
    const guest = new OurTestpmd([`net_virtio_user0,path=${path},${size}`], options);
    try {
      await guest.until(() => guest.text.includes(PROMPT), "prompt");
      await host.until(() => host.text.includes("link state change event"), "link");
      await host.command("set fwd txonly", "Set txonly");
      await host.command("start", "txonly packet forwarding packets/burst");
      await sleep(200);
      expect(Testpmd.forwarded(await host.command("stop", "Done.")).tx).toBe(fit);
    } finally {
      guest.child.kill("SIGKILL");
      host.kill();
    }
  });
});
