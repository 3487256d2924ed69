// A real Linux guest that moves from one QEMU to another while it talks, its rings on two of our vhost ports: QEMU moves no guest whose back-end has
// no dirty log. Which pages are marked is held against the real net_vhost in test/reference/live-quirks. RINGBED_SWEEP=1: packed rings and real testpmd too.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findTestpmd, TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { VIRTIO_NET_F_GUEST_ANNOUNCE } from "../../src/vhost-user/features.ts";
import { findGuest, Guest, type GuestNic } from "../support/qemu-guest.ts";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const SWEEP = process.env.RINGBED_SWEEP !== undefined;
const REAL = SWEEP && findTestpmd() !== undefined;

const image = findGuest();
const missing = "missing" in image ? image.missing : undefined;
if (missing !== undefined) console.log(`skipped: a guest that moves (found no ${missing})`);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-move-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;
const socket = (): string => join(folder, `${sockets++}.sock`);

/** Waits until a guest's state has gone. */
async function moved(monitor: string): Promise<string> {
  for (let i = 0; ; i++) {
    const text = await Guest.monitor(monitor, "info migrate");
    if (/Migration status: (completed|failed|cancelled)/.test(text) || i === 400) return text;
    await sleep(50);
  }
}

describe.skipIf(missing !== undefined)("a guest that moves", () => {
  it.each([["ours", "split"], ...(SWEEP ? [["ours", "packed"]] : []), ...(REAL ? [["real", "split"]] : [])])(
    "under pings, on two ports of %s, %s rings: each is answered",
    async (whose, layout) => {
      if ("missing" in image) throw new Error(image.missing);
      const [here, there, monitor, wire] = [socket(), socket(), socket(), socket()];
      const testpmd = await TestpmdProcess.start({
        ...(whose === "ours" ? { program: [process.execPath, MAIN, "testpmd"] } : {}),
        prefix: `move-${process.pid}`,
        lcores: "0@0,1@1",
        vdevs: [here, there].map((path, i) => `net_vhost${i},iface=${path}`),
        app: ["--total-num-mbufs=8192", "--forward-mode=icmpecho"],
      });
      onTestFinished(() => testpmd.kill());
      await testpmd.startForwarding();
      const nic = (path: string): readonly GuestNic[] => [
        { path, device: `packed=${layout === "packed" ? "on" : "off"}` },
      ];
      const first = await Guest.start(image, { nics: nic(here), monitor }, 1);
      onTestFinished(() => first.kill());
      expect(await first.features("eth0")).toContain(VIRTIO_NET_F_GUEST_ANNOUNCE);
      await first.address("eth0", "10.9.0.2/24");
      const second = Guest.incoming(image, { nics: nic(there), incoming: `unix:${wire}` }, 1);
      onTestFinished(() => second.kill());
      const pinging = first.run("ping -c 60 -i 0.1 -W 2 10.9.0.1", 40_000).catch(() => "");
      await sleep(1500);
      await Guest.monitor(monitor, "migrate_set_parameter max-bandwidth 1G");
      await Guest.monitor(monitor, `migrate -d unix:${wire}`);
      expect(await moved(monitor)).toContain("completed");
      const text = await second.finish("ping", 30_000);
      first.kill();
      await pinging;
      expect(text).toContain("60 packets transmitted, 60 packets received");
      await testpmd.quit();
    },
  );
});
