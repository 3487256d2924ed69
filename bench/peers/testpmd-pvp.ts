// testpmd-pvp - real testpmd's one-core PVP: one process, one forwarding lcore, both ends of two vhost-user queues.
//   null0 -> vhost0 | virtio_user0 -> virtio_user1 | vhost1 -> null1, and the same backwards: both null ports generate.
// Follows: DPDK 22.11 testpmd. One testpmd has one engine, so mac (or what is asked for) runs at all three hops, where a
// switch of its own would run io at the outer two. The virtio-user ports are attached at the prompt, because their
// sockets exist only once the vhost ports are configured. Ports are 0 null0, 1 vhost0, 2 vhost1, 3 null1, 4 and 5
// virtio_user: paired topology joins them as drawn.
// Not modelled: one direction only, hugepages.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTestpmd, TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { parseNicStatistics } from "../../src/reference/testpmd-stats.ts";
import type { Outcome } from "./native.ts";

export interface OneCorePvpOptions {
  readonly lengthBytes: number;
  readonly engine?: string;
  readonly burst?: number;
  /** Added to both virtio-user ports, e.g. ",packed_vq=1". */
  readonly virtioArgs?: string;
  /** net_null ports that neither generate nor count: nothing moves, and all polls are empty. */
  readonly idle?: boolean;
  readonly eal?: readonly string[];
  readonly app?: readonly string[];
  /** The core to forward on. */
  readonly core?: number;
}

/** Waits longer than this in a run mean that someone else had the core: the run does not count. */
export const DISTURBED_SHARE = 0.03;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts testpmd with the whole loop joined, engine set, forwarding not started; gives it to `use`, then ends it. */
export async function withOneCorePvp<T>(
  options: OneCorePvpOptions,
  use: (testpmd: TestpmdProcess) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-pvp-"));
  const core = options.core ?? 1;
  const sockets = [0, 1].map((i) => join(folder, `s${i}`));
  const idle = options.idle === true ? ",no-rx=1" : "";
  const nulls = [0, 1].map((i) => `net_null${i},size=${options.lengthBytes}${idle}`);
  const vhosts = sockets.map((socket, i) => `net_vhost${i},iface=${socket},queues=1`);
  const testpmd = await TestpmdProcess.start({
    prefix: `pvp${process.pid}`,
    lcores: `0@${1 - core},1@${core}`,
    memoryMB: 1024,
    vdevs: [nulls[0]!, ...vhosts, nulls[1]!],
    eal: options.eal ?? [],
    app: ["--total-num-mbufs=16384", `--burst=${options.burst ?? 32}`, ...(options.app ?? [])],
  });
  try {
    for (const [i, socket] of sockets.entries()) {
      const virtio = `net_virtio_user${i},path=${socket},queues=1,queue_size=256${options.virtioArgs ?? ""}`;
      await testpmd.command(`port attach ${virtio}`, /Port \d+ is attached[\s\S]*Done/);
    }
    await testpmd.command("port start all", /Port 5: [\s\S]*\nDone/);
    await testpmd.command(`set fwd ${options.engine ?? "mac"}`, /Set .* packet forwarding mode/);
    return await use(testpmd);
  } finally {
    await testpmd.quit();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packets sent by port `port` so far. */
async function sent(testpmd: TestpmdProcess, port: number): Promise<number> {
  const text = await testpmd.command(`show port stats ${port}`, /Tx-pps[\s\S]*\n {2}#{20,}\n/);
  return parseNicStatistics(text).get(port)?.["TX-packets"] ?? 0;
}

/**
 * Full loops a second, both directions added, in millions: what the two null ports sent while the loop ran undisturbed.
 * No figure when testpmd is missing or other programs held its core for more than 3 % of the time, three times over.
 */
export async function runTestpmdPvp(
  lengthBytes: number,
  seconds = 2,
  options: Partial<OneCorePvpOptions> = {},
): Promise<Outcome> {
  if (findTestpmd() === undefined) {
    return { value: undefined, reason: "dpdk-testpmd is not installed (apt-get install dpdk)" };
  }
  let waited = 0;
  for (let attempt = 0; attempt < 3; attempt++) {
    const measured = await withOneCorePvp({ ...options, lengthBytes }, async (testpmd) => {
      await testpmd.startForwarding();
      await sleep(300);
      const waitedBefore = testpmd.waitedMs();
      const t0 = performance.now();
      const before = (await sent(testpmd, 0)) + (await sent(testpmd, 3));
      await sleep(seconds * 1000);
      const t1 = performance.now();
      const after = (await sent(testpmd, 0)) + (await sent(testpmd, 3));
      waited = testpmd.waitedMs() - waitedBefore;
      await testpmd.stopForwarding();
      return (after - before) / (t1 - t0) / 1000;
    });
    if (waited < DISTURBED_SHARE * seconds * 1000) return { value: measured };
  }
  return {
    value: undefined,
    reason: `testpmd waited ${waited.toFixed(0)} ms for its core in ${seconds} s, three times`,
  };
}
