// Our console's net_vhost over a real socket, under hand-made rings: with --dpdk-quirks it does what DPDK's was recorded to do, without it says in
// the port's statistics what is wrong with a ring.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFile } from "../../src/node/package-file.ts";
import { openLiveDevice } from "../support/quirk-live.ts";
import { playQuirk, QUIRK_CASES, recordedQuirks } from "../support/quirk-record.ts";
import { OurTestpmd, PROMPT } from "./our-testpmd.ts";
import { whyNoKoffi } from "./vhost-user-testpmd.ts";

const why = whyNoKoffi();
const LOOP = ["--forward-mode=io", "--port-topology=loop", "--auto-start"];
const PLAYED = [
  "an rx buffer without mergeable buffers",
  "next behind the ring",
  "EVENT_IDX: used_event 3, packets one by one; the ring disabled between",
  "packed: the first of three in no region",
  "split: GET_VRING_BASE of the rx ring",
];

/** Whether there was a call: an lcore of ours calls once for what a few polls did. */
function called(line: string): string {
  return line.replace(/calls (\d+) (\d+)/, (_, ...counts: string[]) =>
    ["calls", ...counts.slice(0, 2).map((n) => Math.min(1, Number(n)))].join(" "),
  );
}

describe.skipIf(why !== undefined)(
  `hand-made rings on our console${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let folder = "";
    const ended: (() => void)[] = [];
    let sockets = 0;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "ringbed-quirks-"));
    });
    afterAll(() => {
      for (const end of ended) end();
      rmSync(folder, { recursive: true, force: true });
    });

    async function open(...options: readonly string[]) {
      const path = join(folder, `${sockets++}`);
      const console = new OurTestpmd([`net_vhost0,iface=${path}`], [...LOOP, ...options]);
      ended.push(() => console.child.kill("SIGKILL"));
      await console.until(() => console.text.includes(PROMPT), "prompt");
      const device = await openLiveDevice(path, () => console.text);
      ended.push(() => device.close());
      return { console, device };
    }

    it("with --dpdk-quirks as DPDK's", async () => {
      const { device } = await open("--dpdk-quirks");
      const recorded = recordedQuirks();
      for (const quirk of QUIRK_CASES.filter(({ name }) => PLAYED.includes(name))) {
        const seen = await playQuirk(device, quirk);
        expect({ [quirk.name]: seen.map(called) }).toEqual({ [quirk.name]: recorded[quirk.name]?.map(called) });
      }
    });

    it("a lab's vhost ports take it too", async () => {
      const path = join(folder, "vhost0");
      const main = fileURLToPath(packageFile("dist/src/cli/main.js"));
      const lab = spawn(process.execPath, [main, "lab", "--live", "--dpdk-quirks"], {
        env: { ...process.env, OVS_RUNDIR: folder },
        stdio: ["pipe", "inherit", "inherit"],
      });
      ended.push(() => lab.kill("SIGKILL"));
      lab.stdin.write(`ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
      ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
      ovs-vsctl add-port br0 vhost0 -- set Interface vhost0 type=dpdkvhostuser ofport_request=1
      ovs-ofctl del-flows br0
      ovs-ofctl add-flow br0 in_port=1,actions=in_port
      sleep 60
`);
      const deadline = performance.now() + 10_000;
      while (!existsSync(path) && performance.now() < deadline) await sleep(20);
      const device = await openLiveDevice(path, () => "", undefined, 200);
      ended.push(() => device.close());
      const recorded = recordedQuirks();
      for (const name of ["a descriptor, then a table"]) {
        const seen = await playQuirk(device, QUIRK_CASES.find((one) => one.name === name)!);
        expect({ [name]: seen.map(called) }).toEqual({ [name]: recorded[name]?.map(called) });
      }
    });

    it("without it a disabled ring is emptied, and a fault of each queue has its name in show port xstats", async () => {
      const { console, device } = await open();
      const disabled = QUIRK_CASES.find(({ name }) => name === "split: a tx ring disabled and enabled again")!;
      expect((await playQuirk(device, disabled))[2]).toBe("disabled: tx idx=3 1:0 2:0; rx -; calls 0 0");
      for (const [name, faults] of [
        ["a table in a table", ["rx_q0_ring_table: 1"]],
        ["an rx buffer in no region, then repaired", ["rx_q0_ring_table: 1", "tx_q0_ring_address: 1"]],
      ] as const) {
        const quirk = QUIRK_CASES.find((one) => one.name === name)!;
        let shown = "";
        const { play } = quirk;
        const looking = async (driver: Parameters<typeof play>[0]): Promise<void> => {
          await play(driver);
          shown = await console.command("show port xstats 0"); // only while a driver is there
        };
        await playQuirk(device, { ...quirk, play: looking });
        expect(shown.split("\n").filter((line) => line.includes("_ring_"))).toEqual(faults);
      }
    });
  },
);
