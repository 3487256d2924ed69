// Real OVS-DPDK with `ringbed testpmd` as the guest, PVP with the flows of the DPDK howto: phy0 -> OVS -> guest -> OVS -> phy1. The same run with
// real testpmd as the guest has to leave the same counters and packets.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { findTestpmd, TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import type { ForwardStatistics } from "../../src/reference/testpmd-stats.ts";
import { Ovs, type OvsStatistics, whyNoOvs } from "../support/ovs.ts";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const INPUT = fileURLToPath(new URL("../../pcaps/pdump_rx.pcap", import.meta.url));
const PACKETS = 124;
/** Ports as the howto numbers them: two physical ones, two of the guest. */
const HOWTO_FLOWS = [
  "in_port=1,actions=output:3",
  "in_port=3,actions=output:1",
  "in_port=4,actions=output:2",
  "in_port=2,actions=output:4",
];
const PORTS = [1, 2, 3, 4];
const RECORD = 16;
const BEHIND_ADDRESSES = 12;

const why = whyNoOvs() ?? (availableParallelism() > 1 ? undefined : "one core, which OVS polls");
if (why !== undefined) console.log(`skipped: OVS-DPDK (${why})`);
const real = findTestpmd();
if (real === undefined)
  console.log("skipped: OVS-DPDK with real testpmd as the guest (found no dpdk-testpmd or no stdbuf)");

/**
 * Digests of a classic capture's frames from byte `from` on, sorted: OVS sends what it knows how to before the first packets of new flows, so that
 * order depends on where bursts ended.
 */
function frames(path: string, from: number): string[] {
  const bytes = readFileSync(path);
  const found: string[] = [];
  for (let at = 24; at < bytes.length; ) {
    const end = at + RECORD + bytes.readUInt32LE(at + 8);
    found.push(
      createHash("md5")
        .update(bytes.subarray(at + RECORD + from, end))
        .digest("hex"),
    );
    at = end;
  }
  return found.sort();
}

interface Pvp {
  readonly forwarded: ForwardStatistics;
  readonly counters: readonly OvsStatistics[];
  /** Of phy1: whole frames, and what is behind their addresses. */
  readonly sent: readonly string[];
  readonly contents: readonly string[];
}

async function pvp(type: string, mode: string, program: readonly string[] | undefined): Promise<Pvp> {
  const ovs = await Ovs.start(1, 2);
  let guest: TestpmdProcess | undefined;
  onTestFinished(async () => {
    guest?.kill();
    await ovs.end();
  });
  for (const flow of HOWTO_FLOWS) ovs.addFlow(flow);
  const client = type === "dpdkvhostuserclient";
  // Its only core is then for queues that were given to it: the capture waits until all is there.
  const polled = "other_config:pmd-rxq-affinity=0:1";
  for (const i of [0, 1]) {
    const path = client ? [`options:vhost-server-path=${ovs.folder}/sock${i}`] : [];
    ovs.addPort(`vhost${i}`, type, 3 + i, polled, ...path);
  }
  const output = join(ovs.folder, "out.pcap");
  ovs.addPort("phy1", "dpdk", 2, polled, `options:dpdk-devargs="net_pcap1,tx_pcap=${output}"`);
  ovs.addPort("phy0", "dpdk", 1, `options:dpdk-devargs="net_pcap0,rx_pcap=${INPUT}"`);
  const sockets = [0, 1].map((i) => `${ovs.folder}/${client ? `sock${i},server=1` : `vhost${i}`}`);
  const prefix = `ovs-live-${process.pid}`;
  onTestFinished(() => rmSync(`/var/run/dpdk/${prefix}`, { recursive: true, force: true }));
  guest = await TestpmdProcess.start({
    program,
    prefix,
    lcores: "0@0,1@0",
    memoryMB: 256,
    vdevs: sockets.map((path, i) => `net_virtio_user${i},mac=00:00:00:00:00:0${i + 1},path=${path}`),
    app: [`--forward-mode=${mode}`, "--total-num-mbufs=8192"],
  });
  await guest.startForwarding();
  const isUp = (port: string): boolean => ovs.vsctl("get", "Interface", port, "link_state").trim() === "up";
  await ovs.until(() => isUp("vhost0") && isUp("vhost1"), "links of the guest");
  await sleep(100);
  ovs.vsctl("set", "Interface", "phy0", polled);
  await ovs.until(() => ovs.counters(2).tx_packets === PACKETS, `${PACKETS} packets at phy1`);
  const forwarded = await guest.stopForwarding();
  const counters = PORTS.map((port) => ovs.counters(port));
  ovs.deletePort("phy1"); // net_pcap then writes what it holds
  const [sent, contents] = [frames(output, 0), frames(output, BEHIND_ADDRESSES)];
  const said = await guest.quit();
  expect(said).not.toContain("ringbed: ");
  await ovs.end();
  return { forwarded, counters, sent, contents };
}

describe.skipIf(why !== undefined)("OVS-DPDK with our testpmd as the guest", () => {
  it.each([
    ["dpdkvhostuser", "as its client", "mac"],
    ["dpdkvhostuserclient", "as its server", "io"],
  ])("port type %s, %s, mode %s: passes all packets; counters are those of real testpmd", async (type, _, mode) => {
    if (!existsSync(MAIN)) throw new Error("test: found no dist/src/cli/main.js, expected it (npm run build)");
    const ours = await pvp(type, mode, [process.execPath, MAIN, "testpmd"]);
    expect(ours.forwarded.all).toMatchObject({ "RX-packets": PACKETS, "TX-packets": PACKETS, "TX-dropped": 0 });
    expect(ours.contents).toEqual(frames(INPUT, BEHIND_ADDRESSES));
    if (mode === "io") expect(ours.sent).toEqual(frames(INPUT, 0));
    if (real === undefined) return;
    expect(ours).toEqual(await pvp(type, mode, undefined));
  });
});
