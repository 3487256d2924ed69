// How a port sends: a guest's ring that is full, a guest that is not there, tx queues that threads share. After lib/netdev-dpdk.c of OVS 3.1 and 2.7.
import { describe, expect, it } from "vitest";
import type { Queue } from "../../src/wasm/machine.ts";
import { OvsDatapath, type OvsPort, type OvsVersion } from "../../src/wasm/ovs-datapath.ts";
import { freshMachine, Hands } from "../support/engine.ts";
import { udpFrame } from "../support/frames.ts";
import { always, OvsBench } from "../support/ovs-bench.ts";

const OUT = [{ type: "output", port: 2 }] as const;
const frames = (n: number): Uint8Array[] => Array.from({ length: n }, (_, i) => udpFrame(64, i));

/** A vhost port behind a ring of that size, whose guest takes nothing, and a port to give packets to. */
function vhost(ringSize: number, version: OvsVersion = "3.1") {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const window = machine.addWindow(machine.ringWindowBytes(ringSize) + 8192 + 1024 * 2176);
  const pool = machine.addPool(1000, 0, 4);
  const guestPool = machine.addPool(1024, 0, 4, window);
  const lcore = machine.addLcore(false, 4, 0);
  const ring = { size: ringSize, headerBytes: 12, mergeable: true };
  const { host } = machine.addVirtqueue(
    true,
    ring,
    { port: 2, number: 0, pool },
    { port: 3, number: 0, pool: guestPool, window, lcore: hands.lcore },
  );
  const inward = machine.addRing(1024, [101, 0], [1, 0]);
  const datapath = new OvsDatapath(machine, { lcores: 4, version });
  const pmd = datapath.addPmd(lcore);
  const first = datapath.addPort({ number: 1, kind: "dpdk", rx: [inward.rx], tx: [host] });
  const guest = datapath.addPort({ number: 2, kind: "vhost", rx: [], tx: [host] });
  pmd.poll(first.rxqs);
  const receive = (n: number): void => {
    const packets = frames(n).map((frame) => hands.packet(pool, frame));
    hands.send(machine.engine.portTxBurst, inward.tx.address, packets);
    for (let i = 0; i < 8; i++) {
      machine.engine.lcoreRun(lcore, 1, 0n);
      pmd.handleUpcalls(always(OUT));
    }
  };
  return { machine, guest, receive, host };
}

const shown = (port: OvsPort) => {
  const { txPackets, txDropped, txRetries, txFailureDrops } = port.counters();
  return { txPackets, txDropped, txRetries, txFailureDrops };
};

describe("ovs-port: vhost", () => {
  it("a ring that takes a part of a batch is asked once more, one that takes nothing is not", () => {
    const { guest, receive } = vhost(16);
    receive(1); // the upcall's
    receive(32);
    // 15 go in, then nothing: one retry
    expect(shown(guest)).toEqual({ txPackets: 16, txDropped: 17, txRetries: 1, txFailureDrops: 17 });
    receive(32);
    expect(shown(guest)).toEqual({ txPackets: 16, txDropped: 49, txRetries: 1, txFailureDrops: 49 });
  });

  it("with tx-retries-max 0 it is not asked again; out of range means 8", () => {
    const { guest, receive } = vhost(16);
    guest.setTxRetriesMax(0);
    receive(1);
    receive(32);
    expect(shown(guest).txRetries).toBe(0);
    const other = vhost(16);
    other.guest.setTxRetriesMax(33);
    other.receive(1);
    other.receive(32);
    expect(shown(other.guest).txRetries).toBe(1);
  });

  it("without its guest all are dropped, and no counter says why", () => {
    const { guest, receive, host, machine } = vhost(256);
    guest.setConnected(false);
    receive(5);
    expect(shown(guest)).toEqual({ txPackets: 0, txDropped: 5, txRetries: 0, txFailureDrops: 0 });
    guest.setConnected(true);
    receive(5);
    expect(shown(guest).txPackets).toBe(5);
    expect(machine.readQueues().find(({ queue }) => queue === host)?.counters.packets).toBe(5);
  });
});

describe("ovs-port: tx queues", () => {
  /** Packets of each queue after each of three threads has sent from a port of its own to port 9. */
  function queuesUsed(txQueues: number, us: readonly number[]): number[] {
    const machine = freshMachine();
    const hands = new Hands(machine);
    const pool = machine.addPool(500, 0, 5);
    const datapath = new OvsDatapath(machine, { lcores: 5 });
    const tx: Queue[] = Array.from({ length: txQueues }, (_, i) => machine.addNullTx(9, i));
    const lcores = [1, 2, 3].map(() => machine.addLcore(false, 4, 0));
    const pmds = lcores.map((lcore) => datapath.addPmd(lcore));
    const own = machine.addNullTx(0, 0);
    const lanes = pmds.map((pmd, i) => {
      const ring = machine.addRing(64, [100 + i, 0], [i + 1, 0]);
      const port = datapath.addPort({ number: i + 1, kind: "dpdk", rx: [ring.rx], tx: [own, own, own, own] });
      pmd.poll(port.rxqs);
      return ring;
    });
    datapath.addPort({ number: 9, kind: "dpdk", rx: [], tx });
    for (const at of us)
      lanes.forEach((ring, i) => {
        hands.send(machine.engine.portTxBurst, ring.tx.address, [hands.packet(pool, frames(1)[0]!)]);
        machine.engine.lcoreRun(lcores[i]!, 1, BigInt(at) * 1_000_000n);
        pmds[i]!.handleUpcalls(always([{ type: "output", port: 9 }]));
        machine.engine.lcoreRun(lcores[i]!, 1, BigInt(at) * 1_000_000n);
      });
    return machine.readQueues().flatMap(({ queue, counters }) => (tx.includes(queue) ? [counters.packets] : []));
  }

  it("a port with one for each thread and the main one gives each its own", () => {
    expect(queuesUsed(4, [0, 1])).toEqual([0, 2, 2, 2]);
  });

  it("with fewer, each thread takes the one that the fewest use, and keeps it", () => {
    expect(queuesUsed(2, [0, 1, 2])).toEqual([6, 3]);
    expect(queuesUsed(3, [0, 1])).toEqual([2, 2, 2]);
  });

  it("who has not sent for half a second chooses again", () => {
    // the first leaves queue 0 to the third, and finds queue 1 with as few
    expect(queuesUsed(2, [0, 600_000]).reduce((sum, n) => sum + n, 0)).toBe(6);
  });
});

describe("ovs-port: dummy", () => {
  it("a frame beyond the MTU ends its batch; a VLAN tag is allowed beside", () => {
    const bench = new OvsBench({ kind: "dummy" });
    bench.decide = always(OUT);
    bench.receive(1, [frames(1)[0]!]);
    bench.sent(2);
    const long = (n: number): Uint8Array => Uint8Array.from([...frames(1)[0]!, ...new Uint8Array(n - 64)]);
    bench.receive(1, [long(1514), long(1515), long(100)]);
    expect(bench.sent(2).map(({ length }) => length)).toEqual([1514]);
    expect(bench.counts.drops).toEqual({ tx_dropped: 2 });
  });

  it("a port that is removed is sent to no more", () => {
    const bench = new OvsBench();
    bench.decide = always(OUT);
    bench.receive(1, frames(2));
    bench.datapath.removePort(2);
    bench.receive(1, frames(2));
    expect([bench.sent(2).length, bench.counts.drops]).toEqual([2, { datapath_drop_invalid_port: 2 }]);
    bench.datapath.removePort(1);
    bench.receive(1, frames(2));
    expect(bench.pmd.readStats().received).toBe(4);
  });
});
