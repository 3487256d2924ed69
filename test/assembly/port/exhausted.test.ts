// What each kind does when its mempool is empty (facts: testpmd c3).
import { describe, expect, it } from "vitest";
import { COUNTER_DROPS, COUNTER_NOMBUF, COUNTER_PACKETS, COUNTER_RECEIVED } from "../../../assembly/abi/counters.ts";
import { DROP_RX_NOMBUF } from "../../../assembly/abi/drops.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { feed, MAKE_PORT } from "../../support/ports.ts";

describe("an empty mempool", () => {
  it("pcap loses just the record it has read, one a poll, and counts it", () => {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const pool = machine.addPool(4, 0, 1);
    const source = machine.addIngress(false, false, undefined);
    const rx = machine.addPcapRx(0, 0, pool, source, 0);
    feed(
      machine,
      source,
      Array.from({ length: 10 }, (_, i) => ({ bytes: payload(60, i) })),
    );
    const burst = (): number[] => hands.receive(hands.engine.portRxBurst, rx.address, 32);
    const first = burst(); // four, then the fifth is lost
    expect(first.map((m) => hands.bytes(m))).toEqual([0, 1, 2, 3].map((i) => payload(60, i)));
    expect(burst()).toEqual([]); // the sixth
    hands.free(first);
    expect(burst().map((m) => hands.bytes(m))).toEqual([6, 7, 8, 9].map((i) => payload(60, i)));
    const counter = (id: number): number => Number(rx.counters[id]);
    expect([COUNTER_RECEIVED, COUNTER_PACKETS, COUNTER_NOMBUF, COUNTER_DROPS + DROP_RX_NOMBUF].map(counter)).toEqual([
      10, 8, 2, 2,
    ]);
  });

  it("pcap frees what it had of a chained record and counts it lost", () => {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const pool = machine.addPool(4, 0, 1);
    const source = machine.addIngress(false, false, undefined);
    const rx = machine.addPcapRx(0, 0, pool, source, 0);
    feed(
      machine,
      source,
      [60, 9000, 4000].map((n, i) => ({ bytes: payload(n, i) })),
    );
    const first = hands.receive(hands.engine.portRxBurst, rx.address, 32);
    expect(first.map((m) => hands.bytes(m))).toEqual([payload(60, 0)]);
    expect(hands.engine.mempoolAvailable(pool)).toBe(3);
    const second = hands.receive(hands.engine.portRxBurst, rx.address, 32);
    expect(second.map((m) => hands.bytes(m))).toEqual([payload(4000, 2)]);
    expect(hands.fields(second[0]!)).toMatchObject({ dataLen: 2048, segments: 2 });
  });

  it.each([
    [2048, [2048]],
    [2049, [2048, 1]],
    [4224, [2048, 2176]],
    [4225, [2048, 2176, 1]],
  ])("pcap chains a record of %i bytes as %j: later segments have no headroom", (length, parts) => {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const source = machine.addIngress(false, false, undefined);
    const rx = machine.addPcapRx(0, 0, machine.addPool(4, 0, 1), source, 0);
    feed(machine, source, [{ bytes: payload(length, 2) }]);
    const [m = 0] = hands.receive(hands.engine.portRxBurst, rx.address, 32);
    const found: [number, number][] = [];
    for (let s = m; s; s = hands.fields(s).next) found.push([hands.fields(s).dataLen, hands.fields(s).dataOff]);
    expect(found).toEqual(parts.map((n, i) => [n, i === 0 ? 128 : 0]));
    expect(hands.bytes(m)).toEqual(payload(length, 2));
  });

  it.each(["NULL", "VHOST"])("%s returns nothing and counts nothing; what waits still comes", (kind) => {
    const port = MAKE_PORT[kind]!();
    port.offer([0, 1, 2].map((i) => payload(64, i)));
    const all = port.hands.take(port.pool, port.hands.engine.mempoolAvailable(port.pool) >>> 0);
    const burst = (): number[] => port.hands.receive(port.hands.engine.portRxBurst, port.rx.address, 3);
    for (let i = 0; i < 3; i++) expect(burst()).toEqual([]);
    expect([...port.rx.counters].filter((n) => n !== 0n)).toEqual([]);
    for (const m of all) port.hands.free([m]);
    expect(burst()).toHaveLength(3);
  });

  it("virtio counts rx_nombuf by the buffers it could not post, each poll", () => {
    const machine = freshMachine();
    const [host, guest] = [new Hands(machine), new Hands(machine)];
    const window = machine.addWindow(2 * machine.ringWindowBytes(8) + 8192 + 9 * 2176);
    const hostPool = machine.addPool(16, 0, 2);
    const guestPool = machine.addPool(9, 0, 2, window);
    const ring = { size: 8, headerBytes: 12, mergeable: true };
    const down = machine.addVirtqueue(
      true,
      ring,
      { port: 0, number: 0, pool: hostPool },
      { port: 1, number: 0, pool: guestPool, window, lcore: guest.lcore },
    );
    host.send(
      machine.engine.portTxBurst,
      down.host.address,
      [0, 1, 2].map((i) => host.packet(hostPool, payload(60, i))),
    );
    const got = guest.receive(machine.engine.portRxBurst, down.guest.address, 32);
    expect(got).toHaveLength(3);
    expect(Number(down.guest.counters[COUNTER_NOMBUF])).toBe(3); // one mbuf was left, three were wanted
    guest.receive(machine.engine.portRxBurst, down.guest.address, 32);
    expect(Number(down.guest.counters[COUNTER_NOMBUF])).toBe(6);
    guest.free(got);
    guest.receive(machine.engine.portRxBurst, down.guest.address, 32);
    expect(Number(down.guest.counters[COUNTER_NOMBUF])).toBe(6);
    expect(machine.mbufsAway()).toBe(0);
  });
});
