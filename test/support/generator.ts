// generator - a stream that makes its packets (or, of a null port, is given them) and sends them into a port ring that the test empties.
import { freshMachine, Hands } from "./engine.ts";
import { mac, PEER, SOURCE, US } from "./lane.ts";

export interface GeneratorOptions {
  /** ENGINE_* */
  readonly engine: number;
  readonly burst?: number;
  /** Places of the ring. */
  readonly places?: number;
  /** mbufs of the pool, and its cache. */
  readonly pool?: number;
  readonly cache?: number;
  /** Frames that rx gives. */
  readonly offered?: bigint;
  readonly retryNum?: number;
  readonly txFirst?: number;
}

/** One stream from a null port into a port ring. */
export function generator(options: GeneratorOptions) {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const pool = machine.addPool(options.pool ?? 3000, options.cache ?? 0, 2);
  const lcore = machine.addLcore(false, 1, 0);
  const ring = machine.addRing((options.places ?? 511) + 1, [1, 0], [2, 0]);
  const rx = machine.addNullRx(0, 0, pool, 60, options.offered ?? 0n);
  const made = {
    engine: options.engine,
    rx,
    tx: ring.tx,
    burst: options.burst ?? 32,
    peerMac: mac(PEER),
    sourceMac: mac(SOURCE),
    retryNum: options.retryNum ?? 0,
    retryDelayPs: US,
    waits: false,
    txFirst: options.txFirst ?? 0,
  };
  const stream = machine.addStream(lcore, made);
  return {
    machine,
    hands,
    pool,
    lcore,
    rx,
    tx: ring.tx,
    stream,
    made,
    /** Makes settings count for the stream: they are worked out when it is configured. */
    configure: () => machine.forwarding.configureStream(stream, 0, 1),
    poll: (now = 0n) => machine.engine.lcoreRun(lcore, 1, now) >>> 0,
    pull: (n = 512) => hands.receive(machine.engine.portRxBurst, ring.rx.address, n),
    get counters() {
      return machine.forwarding.readStream(stream);
    },
  };
}
