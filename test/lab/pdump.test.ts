// dpdk-pdump in the lab: the howto's two commands, captures in the background, what it refuses.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";
import { packetsOf, pcapPath } from "../support/recordings.ts";
import { scratch } from "../support/replayed.ts";
import { howto } from "./howto.ts";

const MIX = pcapPath("in/mix.pcap");
const mix = packetsOf(MIX);

/** A port that hears a capture, whose packets come back with another TOS, and one that hears nothing. */
const SWITCH = `ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p0 -- set Interface p0 type=dpdk options:dpdk-devargs=net_pcap0,rx_pcap=${MIX} ofport_request=1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_null1,no-rx=1 ofport_request=2
`;
const FORWARD = "ovs-ofctl add-flow br0 in_port=1,actions=mod_dl_src:02:00:00:00:00:77,output:2,in_port\n";
let files = 0;
const newFile = (): string => join(scratch(), `pdump-${files++}.pcap`);

function stats(packets: number): string {
  return `##### PDUMP DEBUG STATS #####
 -packets dequeued:\t\t\t${packets}
 -packets transmitted to vdev:\t\t${packets}
 -packets freed:\t\t\t0
`;
}

describe("the howto's pdump", () => {
  it("captures what port 0 receives", async () => {
    const file = newFile();
    const { stdout, stderr } = await lab(`${SWITCH}${howto("pdump").replaceAll("/tmp/pkts.pcap", file)}`);
    expect(stderr).toBe("");
    expect(stdout).toBe(` core (0), capture for (1) tuples\n - port 0 device ((null)) queue 0\n${stats(124)}`);
    expect(packetsOf(file)).toEqual(mix);
    expect(readFileSync(file).subarray(0, 4)).toEqual(Buffer.from([0x4d, 0x3c, 0xb2, 0xa1]));
  });

  it("captures both ways into one file, received packets as they came and sent ones as they were changed", async () => {
    const file = newFile();
    const { stdout } = await lab(`${SWITCH}${FORWARD}${howto("pdump-both").replaceAll("/tmp/pkts.pcap", file)}`);
    const changed = mix.map((data) => {
      const copy = Uint8Array.from(data);
      copy.set([2, 0, 0, 0, 0, 0x77], 6);
      return copy;
    });
    expect(stdout).toBe(` core (0), capture for (1) tuples\n - port 0 device ((null)) queue 65535\n${stats(248)}`);
    const hex = (packets: readonly Uint8Array[]): string[] => packets.map((data) => Buffer.from(data).toString("hex"));
    expect(hex(packetsOf(file)).sort()).toEqual([...hex(mix), ...hex(changed)].sort());
  });
});

describe("in the background", () => {
  it("captures from its start until it is killed, by a device's name, two at once", async () => {
    const [rx, tx] = [newFile(), newFile()];
    const tuples = `--pdump 'device_id=net_pcap0,queue=*,rx-dev=${rx}' --pdump 'port=1,queue=*,tx-dev=${tx}'`;
    const { stdout } = await lab(
      `${SWITCH}${FORWARD}dpdk-pdump -- ${tuples} &\npid=$!\nsleep 1\nkill -INT $pid\nwait\necho done\n`,
    );
    expect(stdout).toBe(
      ` core (0), capture for (2) tuples\n - port 0 device (net_pcap0) queue 65535\n - port 1 device ((null)) queue 65535\n${stats(124)}${stats(124)}done\n`,
    );
    expect(packetsOf(rx)).toEqual(mix);
    expect(packetsOf(tx)).toHaveLength(124);
  });

  it("ends with the lab", async () => {
    const file = newFile();
    await lab(`${SWITCH}dpdk-pdump -- --pdump port=0,queue=*,rx-dev=${file} &\n`);
    expect(packetsOf(file)).toEqual(mix);
  });

  it("of a port that hears and sends millions loses copies, if any, by count, and no packet", async () => {
    const file = newFile();
    const endless = SWITCH.replace(`rx_pcap=${MIX}`, `rx_pcap=${MIX},infinite_rx=1`);
    const { stdout } = await lab(
      `${endless}${FORWARD}dpdk-pdump -- --pdump port=0,queue=*,rx-dev=${file} &\nsleep 0.01\nkill %1\nwait\novs-ofctl dump-ports br0 1\n`,
    );
    const [copies = 0, freed = 0] = [/dequeued:\s+(\d+)/, /freed:\s+(\d+)/].map((p) => Number(p.exec(stdout)?.[1]));
    expect(packetsOf(file)).toHaveLength(copies);
    expect(copies + freed).toBe(Number(/rx pkts=(\d+)/.exec(stdout)?.[1]));
    expect(copies).toBeGreaterThan(10_000);
  });
});

it.each([
  ["", "found no --pdump, expected one at least"],
  ["--pdump queue=0,rx-dev=x", "expected one of port= and device_id="],
  ["--pdump port=0,device_id=net_pcap0,queue=0,rx-dev=x", "expected one of port= and device_id="],
  ["--pdump port=0,rx-dev=x", "expected queue="],
  ["--pdump port=0,queue=0", "expected rx-dev= or tx-dev="],
  ["--pdump port=0,queue=0,rx-dev=x,ring-size=3", "found ring-size=3, expected a power of two"],
  ["--pdump port=0,queue=0,rx-dev=x,total-num-mbufs=1000", "expected 1025 to 65535"],
  ["--pdump port=0,queue=7,rx-dev=x", "found queue 7, expected one of 1"],
  ["--pdump port=9,queue=0,rx-dev=x", "found port 9, expected one that the switch has attached"],
  ["--pdump port=0,queue=0,rx-dev=/nonexistent/x", "No such file or directory"],
  ["--nosuch", "found --nosuch"],
])("refuses %s", async (words, line) => {
  const { code, stderr } = await lab(`${SWITCH}dpdk-pdump -- ${words}\n`);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(line) });
});
