// Checksum, segmentation and VLAN offloads over a live ring, ours in either role against what two real programs make of the same capture: frames
// from a pcap port of one side, through both, into a pcap port of the other, byte by byte. RINGBED_SWEEP=1 takes all stories; else every second one.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Console, type Side, Stage, whyNotLiveTestpmd } from "../support/live-testpmd.ts";
import { captureOf, offloadFrames } from "../support/offload-frames.ts";
import { packetsOf } from "../support/recordings.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: live offloads of ringbed testpmd: ${why}`);

interface Story {
  /** Where the frames come from. */
  readonly from: Side;
  readonly host?: string;
  readonly guest?: string;
  /** Commands of the sender before it starts, its port stopped; its virtio or vhost port is 1. */
  readonly commands: readonly string[];
  /** Commands of the receiver, likewise. */
  readonly receiver?: readonly string[];
  /** csum unless given. */
  readonly mode?: string;
}

const HARDWARE = ["csum set tcp hw 1", "csum set udp hw 1"];
const RECEIVE_MODES = [
  ...["set promisc 1 off", "set promisc 1 on", "set allmulti 1 on", "mac_addr add 1 02:00:00:00:00:55"],
  ...["mac_addr remove 1 02:00:00:00:00:55", "vlan set filter on 1", "rx_vlan add 100 1", "port config mtu 1 9000"],
];
const RX_CHECKSUM = ["port config 1 rx_offload tcp_cksum on", "port config 1 rx_offload udp_cksum on"];
const STORIES: Readonly<Record<string, Story>> = {
  "a driver with a control queue": { from: "guest", commands: RECEIVE_MODES, guest: ",cq=1", mode: "io" },
  "a driver without one": { from: "guest", commands: RECEIVE_MODES, mode: "io" },
  "checksums in software": { from: "guest", commands: [] },
  "checksums by net_vhost for a virtio driver": { from: "guest", commands: HARDWARE },
  "checksums that nobody finishes": { from: "guest", commands: HARDWARE, receiver: RX_CHECKSUM },
  "checksums of a packed ring": { from: "guest", commands: HARDWARE, guest: ",packed_vq=1" },
  "checksums in order, not mergeable": { from: "guest", commands: HARDWARE, guest: ",mrg_rxbuf=0,in_order=1" },
  "checksums of neither": { from: "guest", commands: HARDWARE, guest: ",mrg_rxbuf=0,in_order=0" },
  "checksums by net_vhost towards a driver that takes none": { from: "host", commands: HARDWARE },
  "checksums that a driver takes": { from: "host", commands: HARDWARE, receiver: RX_CHECKSUM },
  "checksums that a driver takes, packed": {
    ...{ from: "host", commands: HARDWARE, receiver: RX_CHECKSUM },
    guest: ",packed_vq=1",
  },
  "segments asked for": { from: "guest", commands: [...HARDWARE, "tso set 300 1"], host: ",tso=1" },
  "segments asked for, unfinished": {
    ...{ from: "guest", commands: [...HARDWARE, "tso set 300 1"], host: ",tso=1", receiver: RX_CHECKSUM },
  },
  "legacy flags": { from: "guest", commands: HARDWARE, host: ",legacy-ol-flags=1" },
  "tags stripped by net_vhost": {
    from: "guest",
    commands: [],
    mode: "io",
    receiver: ["port config 1 rx_offload vlan_strip on"],
  },
  "tags stripped by net_virtio_user": { from: "host", commands: [], mode: "io", receiver: ["vlan set strip on 1"] },
  "tags inserted by net_vhost": { from: "host", commands: ["tx_vlan set 1 100"], mode: "mac" },
  "tags that net_virtio_user does not insert": { from: "guest", commands: ["tx_vlan set 1 100"], mode: "mac" },
};

/** @returns frames that arrived, in hexadecimal, and what both said to the commands */
async function run(stage: Stage, story: Story, ours: Side | undefined): Promise<{ frames: string[]; said: string[] }> {
  const path = stage.path();
  const capture = join(stage.folder, "in.pcap");
  const out = `${path}.pcap`;
  writeFileSync(capture, captureOf(offloadFrames(1400)));
  const receiver: Side = story.from === "guest" ? "host" : "guest";
  const pcap = (side: Side): string =>
    side === story.from ? `net_pcap0,rx_pcap=${capture}` : `net_pcap0,tx_pcap=${out}`;
  const consoles = {} as Record<Side, Console>;
  for (const side of ["host", "guest"] as const) {
    const device = side === "host" ? `net_vhost0,iface=${path}` : `net_virtio_user0,path=${path},mac=02:00:00:00:00:0a`;
    consoles[side] = await stage.start(
      side === ours ? "ours" : "real",
      side === "host" ? 0 : 1,
      [pcap(side), device + (story[side] ?? "")],
      ["--txd=256", "--rxd=256"],
    );
  }
  const [sender, taker] = [consoles[story.from], consoles[receiver]];
  await consoles.host.linkIs("up", 1);
  await consoles.guest.linkIs("up", 1);
  const said: string[] = [];
  const tell = async (console: Console, commands: readonly string[]): Promise<void> => {
    if (commands.length === 0) return;
    await console.ask("port stop 1");
    // what is complained of comes by standard error, which may overtake the prompt or follow it
    for (const command of [...commands, "set verbose 0"]) said.push(...(await console.ask(command)).split(/\r?\n/));
    await console.ask("port start 1");
  };
  await tell(sender, story.commands);
  await tell(taker, story.receiver ?? []);
  await consoles.host.linkIs("up", 1);
  await consoles.guest.linkIs("up", 1);
  await taker.ask("set fwd io");
  await taker.ask("start");
  await sender.ask("set eth-peer 1 02:00:00:00:00:bb");
  await sender.ask(`set fwd ${story.mode ?? "csum"}`);
  await sender.ask("start");
  const count = offloadFrames(1400).length;
  for (let i = 0; i < 100 && (await taker.count("RX-packets", 1)) < count; i++) await sleep(10);
  await sleep(50);
  await sender.stop();
  await taker.stop();
  await taker.quit();
  await sender.quit();
  const frames = packetsOf(out).map((packet) => Buffer.from(packet).toString("hex"));
  const lines = said
    .map((line) => line.replaceAll("testpmd> ", "").replaceAll(path, "PATH"))
    .filter((line) => line !== "");
  return { frames, said: lines.sort() };
}

const stories = Object.entries(STORIES).filter((_, i) => process.env.RINGBED_SWEEP !== undefined || i % 2 === 0);

describe.skipIf(why !== undefined)("offloads over a live ring", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(stories)("%s", { timeout: 60_000 }, async (_, story) => {
    const real = await run(stage, story, undefined);
    expect(real.frames.length).toBeGreaterThan(0);
    for (const ours of ["host", "guest"] as const) {
      const found = await run(stage, story, ours);
      expect(found.said, `ours is the ${ours}`).toEqual(real.said);
      expect(found.frames, `ours is the ${ours}`).toEqual(real.frames);
    }
  });
});
