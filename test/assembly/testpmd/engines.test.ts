import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COUNTER_CONSUMED, COUNTER_GENERATED } from "../../../assembly/abi/counters.ts";
import {
  ENGINE_IO,
  ENGINE_MAC,
  ENGINE_MAC_RETRY,
  ENGINE_MACSWAP,
  ENGINE_RXONLY,
  ENGINE_TXONLY,
} from "../../../assembly/abi/engines.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { udpFrame } from "../../support/frames.ts";
import { lane, mac, PEER, SOURCE } from "../../support/lane.ts";
import { feed, left } from "../../support/ports.ts";
import { DriverRig } from "../../support/rings.ts";

/** A packet whose header says a received checksum is good: metadata that engines keep or not. */
function packetWithFlags(): { rig: DriverRig; m: number } {
  const rig = new DriverRig({ offloads: true });
  rig.refill();
  const [chain] = rig.device.take(1);
  rig.device.write(chain!, 12, udpFrame(60), 1, 2);
  rig.device.give(chain!.head, 72);
  const [m = 0] = rig.rx();
  return { rig, m };
}

const FRAMES = [
  ["a unicast frame", payload(60, 1)],
  ["a broadcast frame", Uint8Array.from([255, 255, 255, 255, 255, 255, ...payload(58, 2)])],
  ["a frame of 14 bytes", payload(14, 3)],
  ["a runt of 13 bytes", payload(13, 4)],
  ["a runt of 5 bytes", payload(5, 5)],
  ["a runt of 1 byte", payload(1, 6)],
  ["a frame of 2048 bytes", payload(2048, 7)],
] as const;

describe("testpmd engines", () => {
  it.each(FRAMES)("io leaves %s as it is", (_, frame) => {
    const it = lane({ engine: ENGINE_IO });
    it.frames([frame]);
    it.poll();
    expect(it.pull().map((m) => it.hands.bytes(m))).toEqual([frame]);
    expect(it.counts).toEqual({ rx: 1, tx: 1, dropped: 0 });
  });

  it.each([ENGINE_MAC, ENGINE_MAC_RETRY])(
    "engine %i writes peer and source into every frame, broadcasts and runts too",
    (engine) => {
      const it = lane({ engine });
      it.frames(FRAMES.map(([, frame]) => frame));
      it.poll();
      const expected = FRAMES.map(([, frame]) => Uint8Array.from(frame, (byte, i) => [...PEER, ...SOURCE][i] ?? byte));
      expect(it.pull().map((m) => it.hands.bytes(m))).toEqual(expected);
    },
  );

  it("macswap exchanges the addresses, and twice is as before", () => {
    const [first, frames] = [
      lane({ engine: ENGINE_MACSWAP }),
      FRAMES.map(([, frame]) => frame).filter((f) => f.length >= 12),
    ];
    const second = lane({ engine: ENGINE_MACSWAP, hands: first.hands });
    first.frames(frames);
    first.poll();
    const swapped = first.pull();
    expect(swapped.map((m) => first.hands.bytes(m))).toEqual(
      frames.map((f) => Uint8Array.from([...f.subarray(6, 12), ...f.subarray(0, 6), ...f.subarray(12)])),
    );
    second.push(swapped);
    second.poll();
    expect(second.pull().map((m) => second.hands.bytes(m))).toEqual(frames);
  });

  it.each([
    ["io", ENGINE_IO, 0x100n, 0n],
    ["mac_retry", ENGINE_MAC_RETRY, 0x100n, 0n],
    ["mac", ENGINE_MAC, 0n, BigInt(14 | (20 << 7))],
    ["macswap", ENGINE_MACSWAP, 0n, BigInt(14 | (20 << 7))],
  ] as const)("%s leaves ol_flags and tx_offload as testpmd does", (_, engine, olFlags, txOffload) => {
    const { rig, m } = packetWithFlags();
    expect(rig.hands.fields(m).olFlags).toBe(0x100n);
    const it = lane({ engine, hands: rig.hands });
    it.push([m]);
    it.poll();
    expect(it.pull().map((p) => rig.hands.fields(p))).toMatchObject([{ olFlags, txOffload }]);
  });

  it("a chained packet keeps its segments; the addresses are written into the first", () => {
    const it = lane({ engine: ENGINE_MAC });
    it.push([it.hands.packet(it.pool, payload(3000, 1), 0, [1000, 2000])]);
    it.poll();
    const [m = 0] = it.pull();
    expect(it.hands.bytes(m)).toEqual(Uint8Array.from(payload(3000, 1), (byte, i) => [...PEER, ...SOURCE][i] ?? byte));
    expect(it.hands.fields(m).segments).toBe(2);
  });

  it("rxonly receives, counts and frees", () => {
    const it = lane({ engine: ENGINE_RXONLY });
    it.frames(Array.from({ length: 70 }, () => payload(60)));
    for (let i = 0; i < 3; i++) it.poll();
    expect(it.counts).toEqual({ rx: 70, tx: 0, dropped: 0 });
    expect(Number(it.rx.counters[COUNTER_CONSUMED])).toBe(70);
    expect(it.pull()).toEqual([]);
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(2000);
  });

  it.each([1, 2, 32, 512])("takes at most %i packets a poll, the burst", (burst) => {
    const it = lane({ engine: ENGINE_IO, burst, places: 1023 });
    it.frames(Array.from({ length: 512 }, (_, i) => payload(60, i)));
    it.frames(Array.from({ length: 511 }, (_, i) => payload(60, i)));
    it.poll();
    expect(it.pull()).toHaveLength(burst);
  });

  it.each([0, 513])("refuses a burst of %i", (burst) => {
    expect(() => lane({ engine: ENGINE_IO, burst })).toThrow(/burst: found/);
  });
});

describe("testpmd txonly", () => {
  function generator(options: {
    engine?: number;
    pool?: number;
    burst?: number;
    txFirst?: number;
    offered?: Uint8Array[];
  }) {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const pool = machine.addPool(options.pool ?? 200, 0, 2);
    const source = machine.addIngress(false, false, undefined);
    feed(
      machine,
      source,
      (options.offered ?? []).map((bytes) => ({ bytes })),
    );
    const egress = machine.addEgress(true, 1 << 20, 1024, 1 << 20, 512);
    const [rx, tx] = [machine.addPcapRx(0, 0, pool, source, 0), machine.addPcapTx(0, 0, egress.at)];
    const lcore = machine.addLcore(false, 1, 0);
    machine.addStream(lcore, {
      engine: options.engine ?? ENGINE_TXONLY,
      rx,
      tx,
      burst: options.burst ?? 32,
      peerMac: mac(PEER),
      sourceMac: mac(SOURCE),
      retryNum: 0,
      retryDelayPs: 0n,
      waits: false,
      txFirst: options.txFirst ?? 0,
    });
    const poll = (): void => void machine.engine.lcoreRun(lcore, 1, 0n);
    return { machine, hands, pool, tx, poll, sent: () => left(machine, egress).map(({ bytes }) => bytes) };
  }

  it("sends the frames that testpmd 22.11 sends, byte for byte", () => {
    const capture = readFileSync(new URL("txonly-22.11.pcap", import.meta.url));
    const it = generator({});
    it.poll();
    const sent = it.sent();
    expect(sent).toHaveLength(32);
    for (const frame of sent) expect(frame).toEqual(Uint8Array.from(capture.subarray(40, 104)));
    expect(Number(it.tx.counters[COUNTER_GENERATED])).toBe(32);
    it.machine.ledger();
    expect(it.machine.engine.mempoolAvailable(it.pool)).toBe(200);
  });

  it("never writes the payload: it is what the mbuf held", () => {
    const it = generator({ burst: 1, pool: 1 });
    const m = it.hands.packet(it.pool, new Uint8Array(64).fill(0xcd));
    it.hands.free([m]);
    it.poll();
    expect(new Set(it.sent()[0]!.subarray(42))).toEqual(new Set([0xcd]));
  });

  it("with fewer mbufs than a burst sends as many as there are", () => {
    const it = generator({ pool: 40 });
    const taken = it.hands.take(it.pool, 29);
    it.poll();
    expect(it.sent()).toHaveLength(11);
    it.hands.take(it.pool, 11);
    it.poll();
    expect(it.sent()).toHaveLength(11);
    it.hands.free(taken);
  });

  it("tx_first sends its rounds of generated bursts, then the engine starts", () => {
    const it = generator({ engine: ENGINE_IO, txFirst: 3, burst: 4, offered: [payload(60, 1), payload(60, 2)] });
    for (const expected of [4, 8, 12, 14, 14]) {
      it.poll();
      expect(it.sent()).toHaveLength(expected);
    }
    expect(it.sent().slice(12)).toEqual([payload(60, 1), payload(60, 2)]);
    it.machine.ledger();
  });
});
