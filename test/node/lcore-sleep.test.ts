// --idle beside a real peer, in both roles: a quiet lcore costs no processor time, and every burst that comes then is seen.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { OurTestpmd, PROMPT } from "./our-testpmd.ts";
import { Testpmd, whyNotLive } from "./vhost-user-testpmd.ts";

const why = whyNotLive();
const QUIET_MS = 500;
const BURSTS = 5;
const BURST = 32;

describe.skipIf(why !== undefined)(`lcores that sleep${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder = "";
  const ended: (() => void)[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringbed-idle-"));
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function ours(vdev: string): Promise<OurTestpmd> {
    const console = new OurTestpmd([vdev], ["--idle"]);
    ended.push(() => console.child.kill("SIGKILL"));
    await console.until(() => console.text.includes(PROMPT), "prompt");
    return console;
  }

  async function real(vdev: string): Promise<Testpmd> {
    const testpmd = await Testpmd.start(vdev);
    ended.push(() => testpmd.kill());
    return testpmd;
  }

  /** Expects next to no processor time while nothing comes; what was begun before may go on for a moment. */
  async function expectQuiet(console: OurTestpmd): Promise<void> {
    const costs: number[] = [];
    do {
      const before = console.cpuMs;
      await sleep(QUIET_MS);
      costs.push(console.cpuMs - before);
    } while (costs.at(-1)! >= QUIET_MS / 5 && costs.length < 6);
    expect(costs.at(-1)).toBeLessThan(QUIET_MS / 5);
  }

  async function expectReceived(console: OurTestpmd, packets: number): Promise<void> {
    const deadline = performance.now() + 5000;
    while ((await console.received(0)) < packets && performance.now() < deadline) await sleep(20);
    expect(await console.received(0)).toBe(packets);
  }

  async function check(console: OurTestpmd, peer: Testpmd): Promise<void> {
    await console.command("start");
    await expectQuiet(console);
    for (let i = 1; i <= BURSTS; i++) {
      await peer.command("start tx_first", PROMPT);
      await peer.command("stop", "Done.");
      await expectReceived(console, BURST * i);
    }
    await expectQuiet(console);
    await peer.command("set fwd txonly", "txonly");
    await peer.command("start", PROMPT);
    await sleep(200);
    const { tx } = Testpmd.forwarded(await peer.command("stop", "Done."));
    await expectReceived(console, BURST * BURSTS + tx);
    expect(await console.quit()).toBe(0);
  }

  it("as a host: woken by the driver's kick", async () => {
    const path = join(folder, "host");
    const host = await ours(`net_vhost0,iface=${path}`);
    await check(host, await real(`net_virtio_user0,path=${path}`));
  }, 60_000);

  it("as a guest: woken by the device's call", async () => {
    const path = join(folder, "guest");
    const peer = await real(`net_vhost0,iface=${path}`);
    await check(await ours(`net_virtio_user0,path=${path}`), peer);
  }, 60_000);

  it("sleeps while no peer has come, and sees one that comes", async () => {
    const path = join(folder, "late");
    const host = await ours(`net_vhost0,iface=${path}`);
    await host.command("start");
    await expectQuiet(host);
    const peer = await real(`net_virtio_user0,path=${path}`);
    await peer.command("start tx_first", PROMPT);
    await expectReceived(host, BURST);
  }, 60_000);
});
