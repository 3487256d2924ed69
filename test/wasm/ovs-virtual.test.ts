// The datapath in virtual time: upcalls in the middle of a poll, batches that wait to be flushed, threads that share a tx queue, and that no packet
// is lost from the ledger whatever the actions are.
import { describe, expect, it } from "vitest";
import type { DatapathAction } from "../../src/wasm/ovs-actions.ts";
import { always } from "../support/ovs-bench.ts";
import { OvsLab } from "../support/ovs-lab.ts";
import { frameFrom } from "../support/ovs-pmd.ts";
import type { Arrival } from "../support/ports.ts";
import { type Random, withSeed } from "../support/random.ts";

const US = 1_000_000n;
const to = (port: number): DatapathAction => ({ type: "output", port });
const BY_SOURCE = { nw_src: 0xffff_ffff };
const arrival = (source: number, us: number, port = 1, queue = 0): Arrival => ({
  bytes: frameFrom(source),
  time: BigInt(us) * US,
  port,
  queue,
});
const spread = (n: number, port = 1): Arrival[] => Array.from({ length: n }, (_, i) => arrival(i % 20, i, port));

describe("ovs in virtual time: upcalls", () => {
  it("a run has the same results however it is sliced", () => {
    const result = (polls: number) => {
      const lab = new OvsLab({
        ports: 3,
        threads: 2,
        queues: 2,
        arrivals: [...spread(200), ...spread(200, 2)].sort(byTime),
      });
      lab.run(always([to(3), to(2)], BY_SOURCE), polls);
      const times = [2, 3].map((port) => lab.left(port).map(({ time }) => time));
      return {
        times,
        stats: lab.pmds.map((pmd) => pmd.readStats()),
        ledger: lab.machine.ledger(),
        upcalls: lab.upcalls,
      };
    };
    const whole = result(100_000);
    expect([result(1), result(7)]).toEqual([whole, whole]);
    expect(whole.upcalls).toBe(40);
  });

  it("an upcall takes its time, and nothing else of the lcore meanwhile", () => {
    const lab = new OvsLab({
      ports: 2,
      threads: 1,
      arrivals: [arrival(1, 0), arrival(1, 50)],
      cost: [1000, 0, 2_000_000, 0],
    });
    lab.run(always([to(2)]));
    const [first, second] = lab.left(2).map(({ time }) => time);
    // two microseconds each: rx, the datapath's own, the classifier, the upcall; then rx, the datapath's own, the simple match table
    expect([first! / US, second! / US - 50n]).toEqual([8n, 6n]);
    expect(lab.pmds[0]!.readStats()).toMatchObject({ upcalls: 1, upcallPs: 2n * US + 1000n });
  });

  it("the time of a poll is its queue's, but for sending what another queue received", () => {
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals: spread(100) });
    lab.run(always([to(2)]));
    const [busy, idle] = lab.ports.map(({ rxqs }) => rxqs[0]!.busyPs());
    const { busyPs, busyIterations } = lab.pmds[0]!.readStats();
    expect(idle).toBe(0n);
    // the poll of the other port's empty queue belongs to a busy round
    expect(busyPs - busy!).toBe(BigInt(busyIterations) * 1000n);
    expect(lab.pmds[0]!.iterations).toBeGreaterThan(busyIterations);
  });
});

const byTime = (a: Arrival, b: Arrival): number => Number((a.time ?? 0n) - (b.time ?? 0n));

describe("ovs in virtual time: housekeeping", () => {
  it("subtables are sorted by hits once a second has passed and 1026 rounds, those included that were skipped", () => {
    // source 1 matches in the second subtable; the packets come before the second is over, and after it
    const times = [0, 1, 2, 3, 4, 1_500_000, 1_500_001];
    const arrivals = times.map((us, i) => arrival(i === 0 ? 2 : 1, us));
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals });
    lab.datapath.setEmcInsertInvProb(0);
    lab.run((upcall) =>
      always([to(2)], upcall.packet[29] === 2 ? { nw_dst: 0xffff_ffff, nw_src: 0xff } : BY_SOURCE)(upcall),
    );
    // four hits: three behind the first subtable, then two at the front
    expect(lab.pmds[0]!.readStats()).toMatchObject({ missed: 2, megaflowHits: 5, subtableLookups: 3 * 2 + 2 * 1 });
  });

  it("the main thread sorts nothing", () => {
    const lab = new OvsLab({
      ports: 2,
      threads: 1,
      main: true,
      arrivals: [0, 1, 2, 1_500_000].map((us, i) => arrival(i === 0 ? 2 : 1, us)),
    });
    lab.datapath.setEmcInsertInvProb(0);
    lab.run((upcall) =>
      always([to(2)], upcall.packet[29] === 2 ? { nw_dst: 0xffff_ffff, nw_src: 0xff } : BY_SOURCE)(upcall),
    );
    expect(lab.pmds[0]!.readStats()).toMatchObject({ megaflowHits: 2, subtableLookups: 4 });
  });
});

describe("ovs in virtual time: output batches", () => {
  it("without tx-flush-interval each burst is sent at its end", () => {
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals: spread(5) });
    lab.run(always([to(2)]));
    expect(lab.pmds[0]!.readStats()).toMatchObject({ sentPackets: 5, sentBatches: 5 });
  });

  it("with it packets wait for each other, at most so long, though nothing arrives any more", () => {
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals: spread(5) });
    lab.datapath.setTxFlushInterval(100);
    lab.run(always([to(2)]));
    expect(lab.pmds[0]!.readStats()).toMatchObject({ sentPackets: 5, sentBatches: 2 });
    const times = lab.left(2).map(({ time }) => Number(time / US));
    // the first finds no interval begun; the others wait for its end
    expect(times[0]).toBeLessThan(2);
    expect(times.slice(1).every((us) => us >= 100 && us < 102)).toBe(true);
    expect(lab.machine.ledger()).toMatchObject({ received: 5, sent: 5, queued: 0 });
  });

  it("more than 32 packets are two batches", () => {
    const burst = Array.from({ length: 32 }, (_, i) => arrival(i % 2, 0));
    const lab = new OvsLab({ ports: 2, threads: 1, arrivals: burst });
    lab.run(always([to(2), to(2)], BY_SOURCE));
    expect(lab.left(2).length).toBe(64);
    expect(lab.pmds[0]!.readStats().sentPackets).toBe(64);
  });

  it("copies and originals are not in one batch", () => {
    const lab = new OvsLab({
      ports: 3,
      threads: 1,
      arrivals: [arrival(1, 0), arrival(1, 0), arrival(2, 0), arrival(2, 0)],
    });
    // source 1 gives port 2 copies, source 2 its own packets
    lab.run((upcall) => always(upcall.packet[29] === 1 ? [to(2), to(3)] : [to(2)], BY_SOURCE)(upcall));
    expect(lab.left(2).length).toBe(4);
    expect(lab.pmds[0]!.readStats().sentBatches).toBeGreaterThan(2);
  });
});

describe("ovs in virtual time: tx queues", () => {
  it("threads that share a ring lose nothing, whoever's poll ends first", () => {
    const arrivals = Array.from({ length: 400 }, (_, i) => arrival(i % 20, Math.floor(i / 4), 1, i % 2));
    const lab = new OvsLab({ ports: 2, threads: 2, queues: 2, txQueues: 1, arrivals });
    lab.run(always([to(2)], BY_SOURCE));
    expect(lab.left(2).length).toBe(400);
    expect(lab.machine.ledger()).toMatchObject({ received: 400, sent: 400, dropped: 0 });
  });

  it("tx-steering=hash keeps the packets of a flow in order", () => {
    const lab = new OvsLab({ ports: 2, threads: 1, txQueues: 4, arrivals: spread(300) });
    lab.datapath.setTxSteering("hash");
    lab.run(always([to(2)], BY_SOURCE));
    expect(lab.left(2).length).toBe(300);
    expect(lab.machine.mbufsAway()).toBe(0);
  });
});

/** Any list that the engine takes, at most so deep. */
function anyActions(random: Random, depth: number): DatapathAction[] {
  const field = (name: string, bits: number) => {
    const value = BigInt(random.below(2 ** 16)) & ((1n << BigInt(bits)) - 1n);
    return { field: name, value, mask: (1n << BigInt(bits)) - 1n };
  };
  const one = (): DatapathAction => {
    const nested = (): DatapathAction[] => (depth > 0 ? anyActions(random, depth - 1) : []);
    const makers: readonly (() => DatapathAction)[] = [
      () => to(random.between(1, 4)),
      () => to(random.between(1, 4)),
      () => ({ type: "push_vlan", tpid: 0x8100, tci: 0x1000 + random.below(4096) }),
      () => ({ type: "pop_vlan" }),
      () => ({ type: "trunc", maxLen: random.between(14, 80) }),
      () => ({ type: "push_mpls", lse: random.below(2 ** 31), ethertype: 0x8847 }),
      () => ({ type: "pop_mpls", ethertype: 0x0800 }),
      () => ({ type: "set", key: "eth", fields: [field("dl_src", 48)] }),
      () => ({ type: "set", key: "ipv4", fields: [field("nw_dst", 32), field("nw_ttl", 8)] }),
      () => ({ type: "set", key: "udp", fields: [field("tp_dst", 16)] }),
      () => ({ type: "hash", algorithm: random.pick(["l4", "sym_l4"] as const), basis: random.below(9) }),
      () => ({ type: "recirc", id: random.between(1, 3) }),
      () => ({ type: "meter", id: 1 }),
      () => ({ type: "sample", probability: random.pick([0, 2 ** 31, 2 ** 32 - 1]), actions: nested() }),
      () => ({ type: "clone", actions: nested() }),
      () => ({ type: "check_pkt_len", size: random.between(40, 90), greater: nested(), lessOrEqual: nested() }),
      () => ({ type: "userspace", text: "", reason: random.pick(["a", "b"]) }),
      () => ({ type: "drop", why: "of_pipeline" }),
    ];
    return random.pick(makers)();
  };
  return Array.from({ length: random.between(0, 4) }, one);
}

describe("ovs in virtual time: the ledger", () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed + 1))("nothing is lost by any actions: seed %i", (seed) => {
    withSeed(seed, (random) => {
      const version = random.pick(["3.1", "2.7"] as const);
      const threads = random.between(1, 3);
      const arrivals = Array.from({ length: 300 }, (_, i) =>
        arrival(random.below(30), Math.floor(i / 8), random.between(1, 3), i % threads),
      );
      const lab = new OvsLab({
        ports: 3,
        threads,
        queues: threads,
        txQueues: random.between(1, 4),
        arrivals,
        version,
        copies: random.pick([64, 4096]),
      });
      lab.datapath.setTxFlushInterval(random.pick([0, 0, 50]));
      lab.datapath.setEmcInsertInvProb(random.pick([0, 1, 4]));
      lab.datapath.setSmcEnable(version === "3.1" && random.below(2) === 0);
      lab.datapath.setMeter(1, "pktps", [{ rate: 1000, burst: 5 }]);
      lab.run((upcall) => {
        const chance = random.below(10);
        if (chance === 0) return undefined;
        const decision = always(anyActions(random, 2), random.pick([BY_SOURCE, {}]))(upcall);
        return { ...decision!, install: upcall.kind === "miss" && chance < 8 };
      });
      expect(lab.machine.ledger()).toMatchObject({ received: 300, queued: 0 });
      expect(lab.machine.mbufsAway()).toBe(0);
    });
  });
});
