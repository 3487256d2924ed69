// A peer that dies under load and comes back, and our own program likewise: the session goes on, its link goes down and up, no packet is counted
// that nobody can have taken, and nothing of the dead one is held. RINGBED_SWEEP=1 makes 50 of 5 lives, and kills in every order.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Console, type Side, Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: peers of ringbed testpmd that die: ${why}`);

const whole = process.env.RINGBED_SWEEP !== undefined;
const LIVES = whole ? 50 : 5;
const SIDES: readonly Side[] = ["host", "guest"];
/** Who is ours, whether the guest listens, who dies, who sends. */
type Death = readonly [ours: Side, reversed: boolean, victim: Side, sender: Side];
const DEATHS: readonly Death[] = [
  ["host", false, "guest", "host"],
  ["guest", true, "host", "guest"],
  ["host", true, "host", "guest"],
  ["guest", true, "guest", "host"],
  ...(whole
    ? ([
        ["host", false, "guest", "guest"],
        ["host", true, "guest", "host"],
        ["guest", true, "host", "host"],
        ["guest", false, "guest", "host"],
      ] satisfies Death[])
    : []),
];
const TWO_PORTS: readonly (readonly [Side, Side])[] = [
  ["host", "guest"],
  ...(whole
    ? ([
        ["host", "host"],
        ["guest", "guest"],
      ] as const)
    : []),
];
const LINK_EVENT = /\nPort 0: link state change event\n/;
const other = (side: Side): Side => (side === "host" ? "guest" : "host");

/** What one side has sent or received when nothing moves any more. */
async function still(console: Console, counter: "RX-packets" | "TX-packets"): Promise<number> {
  for (let last = -1; ; await sleep(30)) {
    const now = await console.count(counter);
    if (now === last) return now;
    last = now;
  }
}

describe.skipIf(why !== undefined)("peers that die under load", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(DEATHS)(
    "ours is the %s, the guest listens %s: the %s is killed while the %s sends, and comes back",
    async (ours, reversed, victim, sender) => {
      const pair = await stage.pair(ours, { reversed });
      const survivor = pair[other(victim)];
      await pair[other(sender)].start("rxonly");
      await pair[sender].start("txonly");
      await sleep(150);
      const from = survivor.text.length;
      pair[victim].kill();
      await survivor.linkIs("down");
      await survivor.printed(LINK_EVENT, from);
      const counter = sender === victim ? "RX-packets" : "TX-packets";
      const before = await still(survivor, counter);
      expect(before).toBeGreaterThan(0);

      const again = survivor.text.length;
      const back = await pair.start(victim);
      await pair.up();
      await survivor.printed(LINK_EVENT, again);
      await back.start(sender === victim ? "txonly" : "rxonly");
      await sleep(100);
      const stopped = await pair[sender].stop();
      const sent = (await pair[sender].count("TX-packets")) - (sender === victim ? 0 : before);
      expect(sent).toBeGreaterThan(0);
      if (sender === victim) expect(stopped["TX-packets"]).toBe(sent);
      const expected = sent + (sender === victim ? before : 0);
      // The real driver keeps its tx ring: what the dead device had not taken is the next one's.
      const kept = sender !== victim && sender === "guest" && ours === "host" ? 256 : 0;
      const received = await still(pair[other(sender)], "RX-packets");
      expect(received).toBeGreaterThanOrEqual(expected);
      expect(received).toBeLessThanOrEqual(expected + kept);
      await pair[other(sender)].stop();
      await send(pair[other(sender)], pair[sender], 30);
      await pair.leave();
    },
  );

  it("a device that went for good leaves a driver that can be closed, and another attached", async () => {
    const pair = await stage.pair("guest");
    const { guest } = pair;
    await guest.start("txonly");
    pair.host.kill();
    await guest.linkIs("down");
    await guest.stop();
    for (const line of ["port stop 0", "port close 0", "device detach net_virtio_user0"]) {
      expect(await guest.ask(line)).toContain("Done\n");
    }
    const path = stage.path();
    const host = await stage.start("real", 0, [`net_vhost0,iface=${path}`]);
    expect(await guest.ask(`port attach net_virtio_user0,path=${path}`)).toContain("Port 0 is attached");
    await guest.ask("port start 0");
    await guest.linkIs("up");
    await host.linkIs("up");
    await send(guest, host, 30);
    await send(host, guest, 30);
    await guest.leave();
    await host.leave();
  });

  it.each(SIDES)(
    `ours is the %s: after ${LIVES} peers that were killed it holds no more than after one`,
    { timeout: 30_000 + 5000 * LIVES },
    async (ours) => {
      const pair = await stage.pair(ours, { reversed: ours === "guest" });
      const survivor = pair[ours];
      const victim = other(ours);
      await survivor.start("txonly");
      const cycle = async (): Promise<void> => {
        await pair[victim].start("rxonly");
        await sleep(20);
        pair[victim].kill();
        await survivor.linkIs("down");
        await pair.start(victim);
        await pair.up();
      };
      await cycle();
      const before = survivor.holdings();
      for (let life = 0; life < LIVES; life++) await cycle();
      expect(survivor.holdings()).toEqual(before);
      await survivor.stop();
      await pair[victim].start("rxonly"); // what came before it forwarded
      await still(pair[victim], "RX-packets");
      await pair[victim].stop();
      await send(survivor, pair[victim], 20);
      await pair.leave();
    },
  );

  it.each(TWO_PORTS)("two ports, %s and %s, to two peers: one's death is not the other's", async (...sides) => {
    const paths = sides.map(() => stage.path());
    const ours = (port: number): string =>
      sides[port] === "host"
        ? `net_vhost${port},iface=${paths[port]}`
        : `net_virtio_user${port},path=${paths[port]},server=1`;
    const theirs = (port: number): string =>
      sides[port] === "host" ? `net_virtio_user0,path=${paths[port]}` : `net_vhost0,iface=${paths[port]},client=1`;
    const middle = await stage.start("ours", 0, [ours(0), ours(1)]);
    const left = await stage.start("real", 1, [theirs(0)]);
    const right = await stage.start("real", 1, [theirs(1)]);
    for (const port of [0, 1]) await middle.linkIs("up", port);
    await middle.start("io");
    await right.start("rxonly");
    await left.start("txonly");
    await sleep(200);
    const sent = await left.stop();
    expect(sent["TX-packets"]).toBeGreaterThan(0);
    await middle.counts("RX-packets", sent["TX-packets"]!, 0);
    await right.counts("RX-packets", await still(right, "RX-packets"));
    const { "TX-packets": passed = 0, "TX-dropped": dropped = 0 } = await middle.stop();
    expect(passed + dropped).toBe(sent["TX-packets"]);
    await right.counts("RX-packets", passed);

    await middle.start("io");
    await left.start("txonly");
    left.kill();
    await middle.linkIs("down", 0);
    expect(await middle.link(1)).toBe("up");
    await middle.stop();
    await middle.start("txonly");
    await sleep(50);
    await middle.stop();
    await right.counts("RX-packets", await middle.count("TX-packets", 1), 0);
    await right.leave();
    await middle.linkIs("down", 1);
    await middle.leave();
  });
});
