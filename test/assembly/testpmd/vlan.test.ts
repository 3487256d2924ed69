// VLAN insertion: what guests and hosts received from real testpmd with `tx_vlan set` (pcaps/testpmd/vlan_*), and what refuses a tag.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COUNTER_DROPS } from "../../../assembly/abi/counters.ts";
import { DROP_RETRY_EXHAUSTED, DROP_TX_VLAN } from "../../../assembly/abi/drops.ts";
import * as engines from "../../../assembly/abi/engines.ts";
import { TX_OFFLOAD_QINQ_INSERT, TX_OFFLOAD_VLAN_INSERT } from "../../../assembly/abi/forwarding.ts";
import type { PortSettings } from "../../../src/wasm/forwarding.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { inputOf } from "../../support/forwarded.ts";
import { lane } from "../../support/lane.ts";
import { packetsOf, pcapPath } from "../../support/recordings.ts";

const INSERT: PortSettings = { txOffloads: BigInt(TX_OFFLOAD_VLAN_INSERT), txVlanId: 100 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A stream from a port ring into a virtqueue, the test at both ends. fromGuest: it sends by virtio */
function towards(engine: number, settings: PortSettings, { fromGuest = false, retryNum = 0, ringSize = 256 } = {}) {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const guest = new Hands(machine);
  const window = machine.addWindow(2 * machine.ringWindowBytes(ringSize) + 16384 + 600 * 2176);
  const pool = machine.addPool(600, 0, 3);
  const guestPool = machine.addPool(600, 0, 3, window);
  const down = machine.addVirtqueue(
    !fromGuest,
    { size: ringSize, headerBytes: 12, mergeable: true },
    { port: fromGuest ? 0 : 1, number: 0, pool },
    { port: fromGuest ? 1 : 0, number: 0, pool: guestPool, window, lcore: guest.lcore },
  );
  const [tx, rx] = fromGuest ? [down.guest, down.host] : [down.host, down.guest];
  const inward = machine.addRing(512, [2, 0], [0, 0]);
  const lcore = machine.addLcore(false, 1, 0);
  machine.forwarding.setPortConfig(1, settings);
  const stream = machine.addStream(lcore, {
    engine,
    rx: inward.rx,
    tx,
    burst: 32,
    peerMac: fromGuest ? 0x02n : 0x01_00_00_00_00_02n,
    sourceMac: fromGuest ? 0x10_44_33_22_11_00n : 0n,
    retryNum,
    retryDelayPs: 1n,
    waits: false,
    txFirst: 0,
  });
  const other = fromGuest ? hands : guest;
  return {
    machine,
    hands,
    tx,
    stream,
    mbufs: () => machine.mbufsAway(),
    frames: (frames: readonly Uint8Array[]) =>
      hands.send(
        machine.engine.portTxBurst,
        inward.tx.address,
        frames.map((f, i) => hands.packet(fromGuest ? guestPool : pool, f, i)),
      ),
    poll: (now = 0n) => void machine.engine.lcoreRun(lcore, 1, now),
    received(): Uint8Array[] {
      const got = other.receive(machine.engine.portRxBurst, rx.address, 64);
      const frames = got.map((m) => other.bytes(m));
      other.free(got);
      return frames;
    },
    drops: (reason: number) => Number(tx.counters[COUNTER_DROPS + reason]),
  };
}

describe("VLAN insertion recorded with real testpmd", () => {
  it.each([
    ["io", engines.ENGINE_IO],
    ["mac", engines.ENGINE_MAC],
    ["macswap", engines.ENGINE_MACSWAP],
    ["csum", engines.ENGINE_CSUM],
    ["5tswap", engines.ENGINE_5TSWAP],
    ["noisy", engines.ENGINE_NOISY],
  ])("%s into vhost: the guest receives the same", (mode, engine) => {
    const run = towards(engine, INSERT);
    run.frames(inputOf("tags"));
    run.poll();
    const real = packetsOf(pcapPath(`testpmd/vlan_${mode}__tags/guest_rx.pcap`));
    // the host's vhost port has an address of its own that is not the test's
    const address = real.map((frame) => frame.subarray(6, 12));
    const ours = run.received().map((frame, i) => {
      if (mode === "mac" || mode === "csum") frame.set(address[i]!, 6);
      return frame;
    });
    expect(ours.map(hex)).toEqual(real.map(hex));
    expect(run.mbufs()).toBe(0);
  });

  it("frames shorter than two addresses take no tag: dropped, and the rest goes on", () => {
    const run = towards(engines.ENGINE_MAC, INSERT);
    run.frames(inputOf("runts"));
    run.poll();
    const real = packetsOf(pcapPath("testpmd/vlan_mac__runts/guest_rx.pcap"));
    const stats = JSON.parse(readFileSync(pcapPath("testpmd/vlan_mac__runts/stats.json"), "utf8"));
    const ours = run.received();
    for (const [i, frame] of ours.entries()) frame.set(real[i]!.subarray(6, 12), 6);
    expect(ours.map(hex)).toEqual(real.map(hex));
    const { txPackets, dropped } = run.machine.forwarding.readStream(run.stream);
    expect([txPackets, dropped]).toEqual([stats.p1["TX-packets"], stats.p1["TX-dropped"]]);
    expect(run.drops(DROP_TX_VLAN)).toBe(stats.p1["TX-dropped"]);
    expect(run.mbufs()).toBe(0);
  });

  it("virtio offers the insertion and mac makes none: the PMD does it in tx_prepare", () => {
    expect(existsSync(pcapPath("testpmd/vlan_virtio_mac__tags/host_rx.pcap"))).toBe(true);
    const run = towards(engines.ENGINE_MAC, INSERT, { fromGuest: true });
    run.frames(inputOf("tags"));
    run.poll();
    expect(run.received().map(hex)).toEqual(packetsOf(pcapPath("testpmd/vlan_virtio_mac__tags/host_rx.pcap")).map(hex));
  });
});

describe("VLAN insertion", () => {
  it("a clone takes no tag, for it is shared", () => {
    const run = towards(engines.ENGINE_IO, INSERT);
    const machine = run.machine;
    machine.forwarding.setForwardConfig({ flowgenClones: 1 });
    const lcore = machine.addLcore(false, 1, 0);
    const pool = machine.addPool(64, 0, 4);
    const rx = machine.addNullRx(5, 0, pool, 60, 0n);
    machine.addStream(lcore, {
      engine: engines.ENGINE_FLOWGEN,
      rx,
      tx: run.tx,
      burst: 4,
      peerMac: 0n,
      sourceMac: 0n,
      retryNum: 0,
      retryDelayPs: 0n,
      waits: false,
      txFirst: 0,
    });
    machine.engine.lcoreRun(lcore, 1, 0n);
    expect(run.drops(DROP_TX_VLAN)).toBe(4);
    machine.ledger();
    expect(run.mbufs()).toBe(0);
  });

  it("what waits for the ring is tagged once", () => {
    const run = towards(engines.ENGINE_MAC, INSERT, { retryNum: 3, ringSize: 4 });
    run.frames([
      payload(60, 1),
      payload(5, 2),
      payload(61, 3),
      payload(62, 4),
      payload(63, 5),
      payload(64, 6),
      payload(65, 7),
    ]);
    const got: Uint8Array[] = [];
    for (let now = 0n; now < 4n; now++) {
      run.poll(now);
      got.push(...run.received());
    }
    expect(got.map((f) => f.length)).toEqual([64, 65, 66, 67, 68, 69]);
    for (const frame of got) expect(hex(frame.subarray(12, 16))).toBe("81000064");
    expect([run.drops(DROP_TX_VLAN), run.drops(DROP_RETRY_EXHAUSTED)]).toEqual([1, 0]);
    expect(run.machine.forwarding.readStream(run.stream)).toMatchObject({ txPackets: 6, dropped: 1 });
    expect(run.mbufs()).toBe(0);
  });

  const both = BigInt(TX_OFFLOAD_VLAN_INSERT | TX_OFFLOAD_QINQ_INSERT);
  it.each([
    ["mac", engines.ENGINE_MAC, both, (1n << 57n) | (1n << 49n), 7, 9],
    ["mac", engines.ENGINE_MAC, 0n, 0n, 7, 9],
    ["macswap", engines.ENGINE_MACSWAP, both, (1n << 57n) | (1n << 49n), 7, 9],
    ["macswap", engines.ENGINE_MACSWAP, 0n, 0n, 0, 0],
    ["5tswap", engines.ENGINE_5TSWAP, BigInt(TX_OFFLOAD_VLAN_INSERT), 1n << 57n, 7, 0],
    ["csum", engines.ENGINE_CSUM, both, 0n, 0, 0],
  ] as const)(
    "%s writes flags and TCIs as testpmd does (offloads %#)",
    (_, engine, txOffloads, olFlags, vlanTci, outer) => {
      const it = lane({ engine });
      it.machine.forwarding.setPortConfig(0, { txOffloads, txVlanId: 7, txVlanIdOuter: 9 });
      it.frames([payload(60)]);
      it.poll();
      expect(it.pull().map((m) => it.hands.fields(m))).toMatchObject([{ olFlags, vlanTci, vlanTciOuter: outer }]);
    },
  );
});
