// two-core-loop - real testpmd's host and guest in two processes, a core each: null -> vhost | virtio_user (loop) and back.
// Follows: DPDK 22.11 testpmd; both run mac. The host is the slower side: it generates, copies in, copies out and frees.
// Not modelled: one-way traffic, more queues.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { parseNicStatistics } from "../../src/reference/testpmd-stats.ts";
import { sleep } from "./testpmd-pvp.ts";

/** Millions of packets a second that came back to the host's null port, and the milliseconds the two waited for a core. */
export async function runTwoCoreLoop(
  lengthBytes: number,
  seconds: number,
): Promise<{ readonly mpps: number; readonly waitedMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-loop-"));
  const socket = join(folder, "s0");
  const app = ["--total-num-mbufs=16384"];
  const host = await TestpmdProcess.start({
    prefix: `host${process.pid}`,
    lcores: "0@0,1@0",
    vdevs: [`net_null0,size=${lengthBytes}`, `net_vhost0,iface=${socket},queues=1`],
    app,
  });
  let guest: TestpmdProcess | undefined;
  try {
    guest = await TestpmdProcess.start({
      prefix: `guest${process.pid}`,
      lcores: "0@1,1@1",
      vdevs: [`net_virtio_user0,path=${socket},queues=1,queue_size=256`],
      app: [...app, "--port-topology=loop"],
    });
    for (const side of [guest, host]) {
      await side.command("set fwd mac", /Set mac packet/);
      await side.startForwarding();
    }
    await sleep(300);
    const both = [host, guest];
    const waited = (): number => both.reduce((sum, side) => sum + side.waitedMs(), 0);
    const back = async (): Promise<number> => {
      const text = await host.command("show port stats 0", /Tx-pps[\s\S]*\n {2}#{20,}\n/);
      return parseNicStatistics(text).get(0)?.["TX-packets"] ?? 0;
    };
    const waitedBefore = waited();
    const t0 = performance.now();
    const before = await back();
    await sleep(seconds * 1000);
    const t1 = performance.now();
    const mpps = ((await back()) - before) / (t1 - t0) / 1000;
    return { mpps, waitedMs: waited() - waitedBefore };
  } finally {
    await guest?.quit();
    await host.quit();
    rmSync(folder, { recursive: true, force: true });
  }
}
