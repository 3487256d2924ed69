// The commands of "Using Open vSwitch with DPDK" as the document writes them (one missing backslash and one stray quote mended), in its order,
// with the results that it names.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";
import { howto } from "./howto.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-howto-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const UDP64 = new URL("../../pcaps/in/flows60.pcap", import.meta.url).pathname;

/** NICs: phy0 hears a capture, or packets without end; what leaves phy1 is written down. */
function nics(source: string): ReadonlyMap<string, string> {
  return new Map([
    ["0000:01:00.0", `net_${source},tx_pcap=${folder}/back.pcap`.replace(/^(net_null[^,]*,size=\d+).*/, "$1")],
    ["0000:01:00.1", `net_pcap1,tx_pcap=${folder}/out.pcap`],
  ]);
}

const CAPTURE = `pcap0,rx_pcap=${UDP64}`;

describe("PHY-PHY", () => {
  it("what enters one port leaves by the other", async () => {
    const { stderr, code } = await lab(howto("phy-phy"), { pci: nics(CAPTURE) });
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    const sent = readFileSync(join(folder, "out.pcap"));
    expect(sent.length).toBe(readFileSync(UDP64).length);
  });
});

describe("PHY-VM-PHY", () => {
  it("packets go through a guest's testpmd and back", async () => {
    const script = `${howto("phy-vm-phy")}sleep 0.01\nstop\nquit\novs-ofctl dump-ports br0 2\n`;
    const { stdout, code } = await lab(script, { pci: nics("null0,size=60") });
    expect(code).toBe(0);
    expect(stdout).toContain("mac packet forwarding with retry");
    const sent = Number(/port {2}2:[\s\S]*tx pkts=(\d+)/.exec(stdout)?.[1]);
    expect(sent).toBeGreaterThan(10_000);
  });
});

describe("vHost multiqueue", () => {
  it("queues of a guest with two pairs are polled by the mask's threads", async () => {
    const begin = howto("phy-vm-phy").split("# Dump flows")[0]!;
    const testpmd = "testpmd -c 0x3 -n 4 -- -i --rxq=2 --txq=2\nstart\nsleep 0.01\nstop\nquit\n";
    const show = "ovs-appctl dpif-netdev/pmd-rxq-show\n";
    const inside = testpmd.replace("stop\n", "").replace("quit\n", "");
    const script = `${begin}${howto("multiqueue")}(${show})\n${testpmd}`;
    const { stdout } = await lab(script, { pci: nics("null0,size=60") });
    expect(inside).not.toBe("");
    expect(stdout).toContain("Combined:\t2\nCurrent hardware settings:");
    expect(stdout).toMatch(/core_id 2:[\s\S]*core_id 3:/);
    expect(stdout).toMatch(/RX P=0\/Q=1/);
  });
});
