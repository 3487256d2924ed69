// lane - one testpmd stream between two port rings with the test at both ends, in the time that each poll is told.
import { freshMachine, Hands } from "./engine.ts";

export const PEER = [0x02, 0, 0, 0, 0, 1];
export const SOURCE = [0x02, 0x70, 0x63, 0x61, 0x70, 0x01];
export const US = 1_000_000n;

/** An address as the engine takes it: byte 0 lowest. */
export const mac = (bytes: readonly number[]): bigint => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);

export interface LaneOptions {
  readonly engine: number;
  readonly places?: number;
  readonly burst?: number;
  readonly retryNum?: number;
  readonly retryDelayPs?: bigint;
  readonly txFirst?: number;
  readonly waits?: boolean;
  readonly hands?: Hands;
}

/** One stream between two port rings, the test at both ends; time is what a poll is told. */
export function lane({
  engine,
  places = 255,
  burst = 32,
  retryNum = 0,
  retryDelayPs = US,
  txFirst = 0,
  waits = false,
  hands: given,
}: LaneOptions) {
  const hands = given ?? new Hands(freshMachine());
  const { machine } = hands;
  const pool = machine.addPool(2000, 0, 4);
  const lcore = machine.addLcore(false, 1, 0);
  const inward = machine.addRing(1024, [1, 0], [0, 0]);
  const outward = machine.addRing(places + 1, [0, 0], [1, 0]);
  const stream = machine.addStream(lcore, {
    engine,
    rx: inward.rx,
    tx: outward.tx,
    burst,
    peerMac: mac(PEER),
    sourceMac: mac(SOURCE),
    retryNum,
    retryDelayPs,
    waits,
    txFirst,
  });
  const counters = machine.arena.allocate(64, "stream counters");
  return {
    machine,
    hands,
    pool,
    lcore,
    stream,
    rx: inward.rx,
    tx: outward.tx,
    push: (packets: readonly number[]) => hands.send(hands.engine.portTxBurst, inward.tx.address, packets),
    frames: (frames: readonly Uint8Array[]) =>
      hands.send(
        hands.engine.portTxBurst,
        inward.tx.address,
        frames.map((bytes, i) => hands.packet(pool, bytes, i)),
      ),
    /** One poll at a time, ps. @returns whether it was made: a burst that waits is not polled before its time */
    poll(now = 0n): boolean {
      const before = machine.usage(lcore).polls;
      machine.engine.lcoreRun(lcore, 1, now);
      return machine.usage(lcore).polls > before;
    },
    pull: (n = 512) => hands.receive(hands.engine.portRxBurst, outward.rx.address, n),
    get counts() {
      machine.engine.streamCounters(stream, counters);
      const [rx = 0, tx = 0, dropped = 0] = [...machine.arena.u64(counters, 3)].map(Number);
      return { rx, tx, dropped };
    },
    get queued() {
      return machine.engine.streamQueued(stream) >>> 0;
    },
  };
}
