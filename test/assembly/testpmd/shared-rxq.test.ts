import { describe, expect, it } from "vitest";
import { COUNTER_CONSUMED, COUNTER_DROPS } from "../../../assembly/abi/counters.ts";
import { DROP_NO_STREAM } from "../../../assembly/abi/drops.ts";
import { ENGINE_ICMPECHO, ENGINE_SHARED_RXQ } from "../../../assembly/abi/engines.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { inputOf } from "../../support/forwarded.ts";
import { lane } from "../../support/lane.ts";

/** Streams of ports 0 and 1 on one lcore; port 0's queue is where packets of any port come. */
function shared(ports: readonly number[]) {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const pool = machine.addPool(200, 0, 2);
  const lcore = machine.addLcore(false, 2, 0);
  const queues = [0, 1].map((port) => machine.addRing(256, [9, 0], [port, 0]));
  const made = queues.map((ring) =>
    machine.addStream(lcore, {
      engine: ENGINE_SHARED_RXQ,
      rx: ring.rx,
      tx: ring.tx,
      burst: 32,
      peerMac: 0n,
      sourceMac: 0n,
      retryNum: 0,
      retryDelayPs: 0n,
      waits: false,
      txFirst: 0,
    }),
  );
  const packets = ports.map((port) => {
    const m = hands.packet(pool, payload(60));
    machine.engine.mbufSetPort(m, port);
    return m;
  });
  hands.send(machine.engine.portTxBurst, queues[0]!.tx.address, packets);
  machine.engine.lcoreRun(lcore, 1, 0n);
  expect(machine.engine.mempoolAvailable(pool)).toBe(200);
  const of = (i: 0 | 1) => machine.forwarding.readStream(made[i]!);
  return {
    received: [of(0).rxPackets, of(1).rxPackets],
    dropped: of(0).dropped,
    consumed: Number(queues[0]!.rx.counters[COUNTER_CONSUMED]),
    noStream: Number(queues[0]!.tx.counters[COUNTER_DROPS + DROP_NO_STREAM]),
  };
}

describe("testpmd shared_rxq", () => {
  it.each([
    [[0], [1, 0], 0],
    [[1], [0, 1], 0],
    [[0, 0, 1, 1, 1, 0, 0], [4, 3], 0],
    // the last packet goes with the one before it, whatever its port
    [[0, 0, 0, 1], [4, 0], 0],
    [[0, 1], [2, 0], 0],
    [[1, 0], [0, 2], 0],
    [[0, 7, 7, 0, 0], [3, 0], 2],
    [[7, 7], [0, 0], 2],
  ])("packets of ports %j are credited %j, %i dropped", (ports, received, dropped) => {
    expect(shared(ports)).toEqual({ received, dropped, noStream: dropped, consumed: ports.length - dropped });
  });
});

describe("testpmd icmpecho", () => {
  it("comes back from a full burst of 512, which the real one never does", () => {
    const it = lane({ engine: ENGINE_ICMPECHO, burst: 512, places: 1023 });
    const [request] = inputOf("arpicmp").filter((f) => f[12] === 8 && f[23] === 1 && f[34] === 8);
    for (let i = 0; i < 8; i++) it.frames(Array.from({ length: 64 }, (_, j) => (j % 2 ? request! : payload(60))));
    it.poll();
    expect(it.counts).toEqual({ rx: 512, tx: 256, dropped: 0 });
    expect(it.pull()).toHaveLength(256);
    expect(Number(it.rx.counters[COUNTER_CONSUMED])).toBe(256);
  });
});
