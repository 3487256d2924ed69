// `ringbed testpmd` as it is built against real testpmd over vhost-user, in both roles: queues, features, totals. What one side has sent the other
// has received, to the packet. RINGBED_SWEEP=1 takes every set of features; RINGBED_LIVE_PACKETS=1e9 is the long run.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PairOptions, type Side, Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";
import { pcapPath } from "../support/recordings.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: ringbed testpmd and the real one: ${why}`);

const whole = process.env.RINGBED_SWEEP !== undefined;
const PACKETS = Number(process.env.RINGBED_LIVE_PACKETS ?? 5e6);
const SIDES: readonly Side[] = ["host", "guest"];

/** What our host is asked for by real guests, and our guest by real hosts. */
const FEATURES: readonly (readonly [ours: Side, options: PairOptions])[] = [
  ["host", { guest: ",mrg_rxbuf=0,queue_size=1024,in_order=0" }],
  ["host", { guest: ",in_order=0" }],
  ["guest", { guest: ",mrg_rxbuf=0,queue_size=1024" }],
  ["guest", { host: ",tso=1,iommu-support=1,postcopy-support=1", guest: ",mac=02:11:22:33:44:55,queue_size=64" }],
  ...(whole
    ? ([
        ["host", { guest: ",mrg_rxbuf=0" }],
        ["host", { guest: ",in_order=1,queue_size=64" }],
        ["host", { guest: ",vectorized=1,mrg_rxbuf=0,in_order=0" }],
        ["host", { guest: ",mac=02:11:22:33:44:55,speed=25000", host: ",tso=1,iommu-support=1" }],
        ["host", { host: ",linear-buffer=1,ext-buffer=1,legacy-ol-flags=1" }],
        ["guest", { guest: ",in_order=0" }],
        ["guest", { host: ",linear-buffer=1,ext-buffer=1" }],
        ["guest", { host: ",legacy-ol-flags=1", guest: ",mrg_rxbuf=0" }],
      ] as const)
    : []),
];

describe.skipIf(why !== undefined)("ringbed testpmd and the real one", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(
    SIDES.flatMap((side) => (whole ? [2, 4] : [side === "host" ? 2 : 4]).map((queues) => [side, queues] as const)),
  )("ours is the %s, %i queues: each queue's packets are all there", async (ours, queues) => {
    const app = [`--rxq=${queues}`, `--txq=${queues}`];
    const pair = await stage.pair(ours, { host: `,queues=${queues}`, guest: `,queues=${queues}`, app });
    const { host, guest } = pair;
    for (const [from, to] of [[host, guest] as const, [guest, host] as const]) {
      await send(from, to, 150);
      const [sent, received] = [await from.xstats(), await to.xstats()];
      for (let queue = 0; queue < queues; queue++) {
        expect(sent[`tx_q${queue}_good_packets`]).toBeGreaterThan(0);
        expect(received[`rx_q${queue}_good_packets`]).toBe(sent[`tx_q${queue}_good_packets`]);
        expect(received[`rx_q${queue}_good_bytes`]).toBe(sent[`tx_q${queue}_good_bytes`]);
      }
    }
    await host.start("io");
    await guest.start("io", "start tx_first 2");
    await sleep(150);
    for (const console of [guest, host]) expect(await console.stop()).toMatchObject({ "TX-dropped": 0 });
    for (const console of [guest, host]) await console.start("rxonly"); // what is still on its way
    await guest.counts("RX-packets", await host.count("TX-packets"));
    await host.counts("RX-packets", await guest.count("TX-packets"));
    await pair.leave();
  });

  it("captures of two queues leave by ours and arrive", async () => {
    const capture = pcapPath("in/mix.pcap");
    const path = stage.path();
    const app = ["--rxq=2", "--txq=2"];
    const pcap = `net_pcap0,rx_pcap=${capture},rx_pcap=${capture},tx_pcap=/dev/null,tx_pcap=/dev/null`;
    const host = await stage.start("ours", 0, [pcap, `net_vhost0,iface=${path},queues=2`], app);
    const guest = await stage.start("real", 1, [`net_virtio_user0,path=${path},queues=2`], app);
    await host.linkIs("up", 1);
    await guest.start("rxonly");
    await host.ask("set fwd io retry");
    await host.ask("start");
    await sleep(200);
    await host.stop();
    const queue = await host.count("RX-packets");
    expect(queue).toBeGreaterThan(100);
    await guest.counts("RX-packets", await host.count("TX-packets", 1));
    expect(await host.count("TX-packets", 1)).toBe(queue);
    const { rx_q0_good_packets, rx_q1_good_packets } = await guest.xstats();
    expect(rx_q0_good_packets).toBe(rx_q1_good_packets);
    await guest.leave();
    await host.leave();
  });

  it.each(FEATURES)("ours is the %s, %j: packets both ways", async (ours, options) => {
    const pair = await stage.pair(ours, options);
    await send(pair.host, pair.guest, 50);
    await send(pair.guest, pair.host, 50);
    await pair.leave();
  });

  it.each(SIDES)(
    `ours is the %s, ${PACKETS} packets both ways: totals are equal`,
    { timeout: 60_000 + PACKETS / 1000 },
    async (ours) => {
      const pair = await stage.pair(ours);
      const { host, guest } = pair;
      for (const [from, to] of [[host, guest] as const, [guest, host] as const]) {
        await to.start("rxonly");
        await from.start("txonly");
        const begin = performance.now();
        while ((await to.count("RX-packets")) < PACKETS) await sleep(20);
        const seconds = (performance.now() - begin) / 1000;
        const { "TX-packets": sent = Number.NaN } = await from.stop();
        await from.counts("TX-packets", sent);
        await to.counts("RX-packets", sent);
        await to.stop();
        if (process.env.RINGBED_LIVE_PACKETS !== undefined) {
          console.log(
            `ours is the ${ours}, from ${from === host ? "host" : "guest"}: ${sent} packets in ${seconds.toFixed(1)} s`,
          );
        }
        for (const console of [from, to]) await console.ask("clear port stats all");
      }
      await pair.leave();
    },
  );
});
