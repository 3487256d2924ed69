import { describe, expect, it } from "vitest";
import {
  ENGINE_CSUM,
  ENGINE_ICMPECHO,
  ENGINE_IO,
  ENGINE_MAC,
  ENGINE_RXONLY,
  ENGINE_TXONLY,
} from "../../../assembly/abi/engines.ts";
import { type DumpedBurst, enableDumps, readDumps, takeDumps } from "../../../src/wasm/dump.ts";
import type { Machine } from "../../../src/wasm/machine.ts";
import { payload } from "../../support/captures.ts";
import { type Asked, forwarding, inputOf } from "../../support/forwarded.ts";
import { generator } from "../../support/generator.ts";
import { lane, US } from "../../support/lane.ts";

/** What an lcore has dumped since the last call. */
function taken({ engine, arena }: Machine, lcore: number): DumpedBurst[] {
  return readDumps(takeDumps(engine, arena.bytes, lcore) ?? new Uint8Array());
}

/** Forwards a capture with dumps taken after every poll, as whoever prints them does. */
function dumped(asked: Asked, packets: readonly Uint8Array[], polls = 10): DumpedBurst[] {
  const run = forwarding(asked, packets);
  const { machine, lcore } = run;
  enableDumps(machine.engine, machine.arena, lcore);
  const bursts: DumpedBurst[] = [];
  for (let i = 0; i < polls; i++) {
    machine.engine.lcoreRun(lcore, 1, 0n);
    bursts.push(...taken(machine, lcore));
  }
  expect(machine.engine.lcoreDumpLost(lcore)).toBe(0);
  return bursts;
}

const shape = ({ kind, port, queue, count }: DumpedBurst) => [kind, port, queue, count];

describe("verbose dumps", () => {
  const frames = inputOf("runts");

  it.each([
    [0, []],
    [1, [["rx", 0, 0, 19]]],
    [2, [["tx", 1, 0, 19]]],
    [
      3,
      [
        ["rx", 0, 0, 19],
        ["tx", 1, 0, 19],
      ],
    ],
    [
      4,
      [
        ["rx", 0, 0, 19],
        ["tx", 1, 0, 19],
      ],
    ],
  ])("level %i shows what testpmd's callbacks of that level do", (verbose, expected) => {
    expect(dumped({ engine: ENGINE_MAC, forward: { verbose } }, frames).map(shape)).toEqual(expected);
  });

  it("a received packet is shown as it came, a sent one as it goes", () => {
    const [rx, tx] = dumped({ engine: ENGINE_MAC, forward: { verbose: 3 } }, inputOf("jumbo"));
    expect(rx!.packets.map((p) => p.bytes)).toEqual(inputOf("jumbo").map((f) => f.subarray(0, 256)));
    expect(rx!.packets.map((p) => p.pktLen)).toEqual(inputOf("jumbo").map((f) => f.length));
    expect(rx!.packets.map((p) => p.id)).toEqual(inputOf("jumbo").map((_, i) => i));
    expect(rx!.packets.map((p) => p.nbSegs)).toEqual(
      inputOf("jumbo").map((f) => (f.length <= 2048 ? 1 : 1 + Math.ceil((f.length - 2048) / 2176))),
    );
    expect(tx!.packets[0]).toMatchObject({ port: 0, olFlags: 0n, txOffload: BigInt(14 | (20 << 7)) });
    expect([...tx!.packets[0]!.bytes.subarray(0, 6)]).toEqual([2, 0, 0, 0, 0, 1]);
  });

  it("rxonly sends nothing and txonly receives nothing", () => {
    const all = { verbose: 3 };
    expect(dumped({ engine: ENGINE_RXONLY, forward: all }, frames).map(shape)).toEqual([["rx", 0, 0, 19]]);
    expect(dumped({ engine: ENGINE_TXONLY, forward: all, burst: 2 }, [], 2).map(shape)).toEqual([
      ["tx", 1, 0, 2],
      ["tx", 0, 0, 2],
    ]);
  });

  it("icmpecho shows its packets at any level, before it writes into them", () => {
    const [echo, tx] = dumped({ engine: ENGINE_ICMPECHO, forward: { verbose: 2 }, burst: 64 }, inputOf("echo"));
    expect(shape(echo!)).toEqual(["icmpecho", 0, 0, 50]);
    expect(echo!.packets.map((p) => p.bytes)).toEqual(inputOf("echo"));
    expect(shape(tx!)).toEqual(["tx", 0, 0, 30]);
  });

  it("csum shows what it found in each packet", () => {
    const bursts = dumped(
      { engine: ENGINE_CSUM, forward: { verbose: 1 }, port: { parseTunnel: true } },
      inputOf("tunnels"),
    );
    const [rx, first] = bursts;
    expect([shape(rx!), shape(first!)]).toEqual([
      ["rx", 0, 0, 32],
      ["csum", 0, 0, 1],
    ]);
    // a UDP packet in VXLAN, all over IPv4
    expect(first!.packets[0]!.parsed).toMatchObject({
      l2: 30,
      l3: 20,
      l4: 8,
      ethertype: 0x0800,
      protocol: 17,
      tunnel: true,
      outerL2: 14,
      outerL3: 20,
      outerEthertype: 0x0800,
      rxOlFlags: 1n << 23n, // net_pcap's timestamp
    });
    expect(first!.packets[0]!.olFlags).toBe((1n << 45n) | (1n << 55n) | (1n << 59n));
  });

  it("each attempt of a retry is shown with what is left, and txonly says its first drop", () => {
    const it = generator({ engine: ENGINE_TXONLY, places: 3, burst: 5, retryNum: 2 });
    it.machine.forwarding.setForwardConfig({ verbose: 2 });
    enableDumps(it.machine.engine, it.machine.arena, it.lcore);
    for (const now of [0n, US, 2n * US]) it.poll(now);
    expect(taken(it.machine, it.lcore).map(({ kind, count, total }) => [kind, count, total])).toEqual([
      ["tx", 5, 5],
      ["tx", 2, 2],
      ["tx", 2, 2],
      ["drop", 2, 5],
    ]);
  });

  it("a full list loses whole bursts and says how many", () => {
    const it = lane({ engine: ENGINE_IO });
    it.machine.forwarding.setForwardConfig({ verbose: 1 });
    it.machine.engine.lcoreDumpInit(it.lcore, it.machine.arena.allocate(1000, "dumps"), 1000);
    for (let i = 0; i < 5; i++) {
      it.frames([payload(60)]);
      it.poll();
    }
    expect(taken(it.machine, it.lcore)).toHaveLength(5);
    it.frames(Array.from({ length: 4 }, () => payload(60)));
    it.poll();
    expect(taken(it.machine, it.lcore)).toEqual([]);
    expect(it.machine.engine.lcoreDumpLost(it.lcore)).toBe(1);
  });
});
