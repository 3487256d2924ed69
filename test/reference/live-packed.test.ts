// `ringbed testpmd` against the real one over packed rings, in both roles, with every set of features that the driver's arguments choose: what one
// side has sent the other has received, to the packet, short frames and long ones of several segments; and they find each other again.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Pair, type PairOptions, type Side, Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: packed rings against the real testpmd: ${why}`);

const SIDES: readonly Side[] = ["host", "guest"];
const CASES = SIDES.flatMap((ours) =>
  [0, 1].flatMap((inOrder) => [0, 1].map((mergeable) => [ours, inOrder, mergeable] as const)),
);

async function bothWays({ host, guest }: Pair): Promise<void> {
  await send(host, guest, 50);
  await send(guest, host, 50);
}

describe.skipIf(why !== undefined)("packed rings, ringbed testpmd and the real one", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(CASES)("ours is the %s, in_order=%i mrg_rxbuf=%i: packets both ways", async (ours, inOrder, mergeable) => {
    const guest = `,packed_vq=1,in_order=${inOrder},mrg_rxbuf=${mergeable}`;
    const pair = await stage.pair(ours, { guest });
    await bothWays(pair);
    // three segments: an indirect table from the driver; from the device one buffer, as all of it fits
    for (const side of [pair.guest, pair.host]) await side.ask("set txpkts 64,600,700");
    await bothWays(pair);
    await pair.leave();
  });

  it.each(SIDES)("ours is the %s: frames longer than one buffer, of ten segments", async (ours) => {
    const pair = await stage.pair(ours, { guest: ",packed_vq=1", app: ["--mbuf-size=2176"] });
    for (const side of [pair.guest, pair.host]) {
      await side.ask("set txpkts 600,600,600,600,600,600,600,600,600,600");
    }
    await bothWays(pair);
    await pair.leave();
  });

  it.each<[ours: Side, options: PairOptions]>([
    ["host", { guest: ",packed_vq=1,queue_size=112" }],
    ["guest", { guest: ",packed_vq=1,queue_size=112" }],
    ["host", { guest: ",packed_vq=1,queue_size=1024,in_order=0" }],
    ["host", { guest: ",packed_vq=1,vectorized=1,mrg_rxbuf=0" }],
    ["guest", { guest: ",packed_vq=1,queue_size=1024,in_order=0" }],
  ])("ours is the %s, %j: packets both ways", async (ours, options) => {
    const pair = await stage.pair(ours, options);
    await bothWays(pair);
    await pair.leave();
  });

  it.each(SIDES)("ours is the %s, and finds a real peer that was killed again", async (ours) => {
    const pair = await stage.pair(ours, { guest: ",packed_vq=1", reversed: true });
    await bothWays(pair);
    const [kept, other] = ours === "host" ? (["host", "guest"] as const) : (["guest", "host"] as const);
    for (let round = 0; round < 2; round++) {
      pair[other].kill();
      await pair[kept].linkIs("down");
      await pair.start(other);
      await pair.up();
      await pair[kept].ask("clear port stats all");
      await bothWays(pair);
    }
    await pair.leave();
  });

  it.each([
    [",packed_vq=1,queue_size=100", []],
    ["", ["--rxfreet=256"]],
    ["", ["--txfreet=253"]],
  ])(
    "a size or threshold that the driver does not start with is refused by both in the same words: %j %j",
    async (args, app) => {
      const guests = await Promise.all(
        (["ours", "real"] as const).map(async (player, core) => {
          const path = stage.path();
          await stage.start("ours", core, [`net_vhost0,iface=${path}`]);
          return stage.start(player, core, [`net_virtio_user0,path=${path}${args}`], app);
        }),
      );
      // Two streams: standard error may come later, and within other lines.
      const refusal = (text: string): string[] =>
        text.match(
          /virtio_dev_[rt]x_queue_setup.*queue=0\)|Fail to configure port 0 [rt]x queues|Start ports failed/g,
        ) ?? [];
      await vi.waitFor(() => expect(guests.map(({ text }) => refusal(text).length)).toEqual([3, 3]), 5000);
      const words = guests.map(({ text }) => refusal(text).join("\n"));
      expect(words[0]).toMatch(/x_free_thresh must be (multiples of four|less than the number of)/);
      expect(words[0]).toBe(words[1]);
    },
  );

  it("two queues, each one's packets are all there", async () => {
    const app = ["--rxq=2", "--txq=2"];
    const pair = await stage.pair("host", { host: ",queues=2", guest: ",queues=2,packed_vq=1", app });
    await send(pair.guest, pair.host, 80);
    const [sent, received] = [await pair.guest.xstats(), await pair.host.xstats()];
    for (const queue of [0, 1]) {
      expect(sent[`tx_q${queue}_good_packets`]).toBeGreaterThan(0);
      expect(received[`rx_q${queue}_good_packets`]).toBe(sent[`tx_q${queue}_good_packets`]);
    }
    await pair.leave();
  });
});
