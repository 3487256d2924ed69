// Multicast snooping in a lab: frames of IGMP from captures, the bridge's and ports' settings as the database has them. What the real one answers to
// the same and to more is in test/ofproto/mcast.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";
import { readStories } from "../support/ofproto-story.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-mcast-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A classic capture of whole frames. */
function capture(name: string, frames: readonly string[]): string {
  const bytes = frames.map((hex) => Buffer.from(hex, "hex"));
  const file = Buffer.alloc(24 + bytes.reduce((sum, { length }) => sum + 16 + length, 0));
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt16LE(2, 4);
  file.writeUInt16LE(4, 6);
  file.writeUInt32LE(65535, 16);
  file.writeUInt32LE(1, 20);
  let at = 24;
  for (const frame of bytes) {
    file.writeUInt32LE(frame.length, at + 8);
    file.writeUInt32LE(frame.length, at + 12);
    frame.copy(file, at + 16);
    at += 16 + frame.length;
  }
  const path = join(folder, name);
  writeFileSync(path, file);
  return path;
}

/** Frames of a recorded story up to its first question, by port, and what the real one answered to that. */
function recorded(name: string): { readonly frames: Map<string, string[]>; readonly answer: string } {
  const { steps } = readStories("mcast").find((story) => story.name === name)!;
  const frames = new Map<string, string[]>();
  for (const [verb, ...args] of steps) {
    if (verb === "ask") return { frames, answer: String(args.at(-1)) };
    if (verb !== "frame") continue;
    const [port, hex] = args as [string, string];
    frames.set(port, [...(frames.get(port) ?? []), hex]);
  }
  throw new Error(`test: found no question in ${name}`);
}

const BRIDGE =
  "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=standalone mcast_snooping_enable=true";

function port(name: string, frames: readonly string[]): string {
  const devargs = `net_pcap_${name},rx_pcap=${capture(`${name}.pcap`, frames)},tx_pcap=${folder}/${name}-out.pcap`;
  return `ovs-vsctl add-port br0 ${name} -- set Interface ${name} type=dpdk options:dpdk-devargs=${devargs} ofport_request=${name[1]}`;
}

async function ask(...lines: readonly string[]): Promise<string[]> {
  const { commands, stderr } = await lab(lines.join("\n"));
  expect(stderr).toBe("");
  return commands.filter(({ words }) => words[0] === "ovs-appctl").map(({ stdout }) => stdout);
}

it.each(["IGMPv1 reports", "IGMPv2 reports", "IGMPv3"])("%s fill the table as the real one's", async (name) => {
  const { frames, answer } = recorded(name);
  const ports = [...frames].map(([number, own]) => port(number, own));
  expect(await ask(BRIDGE, ...ports, "sleep 0.01", "ovs-appctl mdb/show br0")).toEqual([answer]);
});

it("groups age, and are flushed", async () => {
  const { frames } = recorded("IGMPv2 reports");
  const head = " port  VLAN  GROUP                Age\n";
  const answers = await ask(
    `${BRIDGE} other_config:mcast-snooping-aging-time=20`,
    port("p1", frames.get("p1")!),
    ...["sleep 5", "ovs-appctl mdb/show br0", "sleep 16", "ovs-appctl mdb/show br0"],
    ...[port("p2", frames.get("p2")!), "sleep 1", "ovs-appctl mdb/flush br0", "ovs-appctl mdb/show br0"],
  );
  expect(answers).toEqual([`${head}    1     0  239.1.1.1           5\n`, head, "table successfully flushed\n", head]);
});

it("settings of bridge and ports say where multicast goes", async () => {
  const { frames } = recorded("IGMPv2 reports");
  const trace = "ovs-appctl ofproto/trace br0 in_port=9,udp,dl_dst=01:00:5e:01:01:07,nw_dst=239.1.1.7";
  const actions = (
    await ask(
      `${BRIDGE} other_config:mcast-snooping-disable-flood-unregistered=true`,
      port("p1", frames.get("p1")!),
      "ovs-vsctl add-port br0 p9 -- set Interface p9 type=dpdk options:dpdk-devargs=net_null9,no-rx=1 ofport_request=9",
      ...["sleep 0.01", trace],
      ...["ovs-vsctl set port p1 other_config:mcast-snooping-flood=true", trace],
      ...["ovs-vsctl set bridge br0 mcast_snooping_enable=false", trace],
    )
  ).map((text) => /Datapath actions: (.*)/.exec(text)?.[1]);
  expect(actions).toEqual(["drop", "2", "1,2"]);
});
