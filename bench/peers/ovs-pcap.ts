// ovs-pcap - the real Open vSwitch's datapath thread: net_pcap, whose capture never ends, to net_null; every flow known to the simple match table
// or to the EMC. What our NIC-to-port rows are held against.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OvsProcess, whyNoRealOvs } from "../../src/reference/ovs-process.ts";
import { syntheticCapture } from "../synthetic.ts";
import type { Outcome } from "./native.ts";
import { sleep } from "./testpmd-pvp.ts";

const WARM_UP_MS = 500;
const STATS = "dpif-netdev/pmd-stats-show";

/** Million packets a second of one thread on core 1; no figure, with the reason, where there is no such switch. */
export async function runOvsPcap(flows: number, simple: boolean, seconds: number): Promise<Outcome> {
  const why = whyNoRealOvs();
  if (why !== undefined) return { value: undefined, reason: why };
  const folder = mkdtempSync(join(tmpdir(), "ringbed-ovs-"));
  const capture = join(folder, "flows.pcap");
  writeFileSync(capture, syntheticCapture(Math.max(flows, 32), flows));
  const ovs = await OvsProcess.start(folder);
  try {
    const port = (name: string, devargs: string, number: number): string[] => [
      ...["--", "add-port", "br0", name, "--", "set", "Interface", name, "type=dpdk"],
      ...[`options:dpdk-devargs=${devargs}`, `ofport_request=${number}`],
    ];
    ovs.run(
      "ovs-vsctl",
      "set",
      "Open_vSwitch",
      ".",
      "other_config:pmd-cpu-mask=0x2",
      "other_config:emc-insert-inv-prob=1",
    );
    ovs.run("ovs-vsctl", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev", "fail-mode=secure");
    ovs.run(
      "ovs-ofctl",
      "add-flow",
      "br0",
      simple ? "in_port=1,actions=2" : "in_port=1,ip,nw_src=0.0.0.1/0.0.0.1,actions=2",
    );
    ovs.run("ovs-ofctl", "add-flow", "br0", "in_port=1,actions=2");
    const ports = [
      ...port("p2", "net_null2,no-rx=1", 2),
      ...port("p1", `net_pcap1,rx_pcap=${capture},infinite_rx=1`, 1),
    ];
    ovs.run("ovs-vsctl", ...ports.slice(1));
    await sleep(WARM_UP_MS);
    ovs.run("ovs-appctl", "dpif-netdev/pmd-stats-clear");
    const start = performance.now();
    await sleep(seconds * 1000);
    const text = ovs.run("ovs-appctl", STATS);
    const ms = performance.now() - start;
    return { value: Number(/packets received: (\d+)/.exec(text)?.[1]) / ms / 1000 };
  } finally {
    await ovs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
