// ports - one port of each kind with both its ends in the test's hands: what goes in by rx, and what came out by tx.
import {
  INGRESS_BYTES,
  INGRESS_DATA,
  INGRESS_ID,
  INGRESS_LENGTH,
  INGRESS_PORT,
  INGRESS_QUEUE,
  INGRESS_TIME,
} from "../../assembly/abi/ingress.ts";
import type { Machine, Queue } from "../../src/wasm/machine.ts";
import { freshMachine, Hands } from "./engine.ts";

export interface Arrival {
  readonly bytes: Uint8Array;
  /** ps */
  readonly time?: bigint;
  readonly port?: number;
  readonly queue?: number;
}

/** Writes an ingress index with the packets behind it and feeds it to a source. */
export function feed(
  machine: Machine,
  source: number,
  arrivals: readonly Arrival[],
  loops = 1n,
  loopSpan = 0n,
  more = false,
): void {
  const { arena, engine } = machine;
  const entries = arena.allocate(arrivals.length * INGRESS_BYTES + 64, "an ingress index");
  const data = arena.allocate(arrivals.reduce((n, { bytes }) => n + bytes.length, 0) + 64, "captured packets");
  const view = new DataView(arena.bytes.buffer);
  let at = data;
  for (const [i, { bytes, time = 0n, port = 0, queue = 0 }] of arrivals.entries()) {
    const entry = entries + i * INGRESS_BYTES;
    arena.bytes.set(bytes, at);
    view.setUint32(entry + INGRESS_DATA, at, true);
    view.setUint32(entry + INGRESS_LENGTH, bytes.length, true);
    view.setBigUint64(entry + INGRESS_TIME, time, true);
    view.setUint16(entry + INGRESS_PORT, port, true);
    view.setUint16(entry + INGRESS_QUEUE, queue, true);
    view.setUint32(entry + INGRESS_ID, i, true);
    at += bytes.length;
  }
  engine.ingressSourceFeed(source, entries, arrivals.length, more ? 1 : 0, loops, loopSpan);
}

export interface Left {
  readonly bytes: Uint8Array;
  /** ps */
  readonly time: bigint;
}

/** What left by an egress since it was last cleared. */
export function left(machine: Machine, egress: { at: number; buffer: number; times: number }): Left[] {
  const { arena, engine } = machine;
  const view = new DataView(arena.bytes.buffer);
  const count = engine.egressCount(egress.at) >>> 0;
  const found: Left[] = [];
  let at = egress.buffer;
  for (let i = 0; i < count; i++) {
    const n = view.getUint32(at, true);
    found.push({
      bytes: Uint8Array.from(arena.bytes.subarray(at + 4, at + 4 + n)),
      time: view.getBigUint64(egress.times + i * 8, true),
    });
    at += 4 + n;
  }
  if (at - egress.buffer !== engine.egressUsed(egress.at) >>> 0)
    throw new Error("test: found an egress whose bytes and count differ");
  return found;
}

/** A port as the conformance suite sees it. `hands` are those of the port's lcore. */
export interface PortUnderTest {
  readonly hands: Hands;
  readonly rx: Queue;
  readonly tx: Queue;
  /** Where the port's own mbufs come from, and all mbufs of it. */
  readonly pool: number;
  readonly poolSize: number;
  /** Places of the tx queue; undefined: it takes all. */
  readonly places: number | undefined;
  /** Packets that one rx call gives at most. */
  readonly rxMost: number;
  /** Makes frames available to rx. */
  offer(frames: readonly Uint8Array[]): void;
  /** Takes what tx sent out at the other end, so that its places are free again. */
  collect(): Uint8Array[];
}

const POOL = 3000;

function ringPort(): PortUnderTest {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const pool = machine.addPool(POOL, 32, 1);
  const inward = machine.addRing(256, [1, 0], [0, 0]);
  const outward = machine.addRing(256, [0, 0], [1, 0]);
  const { portRxBurst, portTxBurst } = machine.engine;
  return {
    hands,
    rx: inward.rx,
    tx: outward.tx,
    pool,
    poolSize: POOL,
    places: 255,
    rxMost: 512,
    offer: (frames) =>
      void hands.send(
        portTxBurst,
        inward.tx.address,
        frames.map((bytes) => hands.packet(pool, bytes)),
      ),
    collect() {
      const packets = hands.receive(portRxBurst, outward.rx.address, 512);
      const frames = packets.map((m) => hands.bytes(m));
      hands.free(packets);
      return frames;
    },
  };
}

function ringed(guestSide: boolean): PortUnderTest {
  const machine = freshMachine();
  const host = new Hands(machine);
  const guest = new Hands(machine);
  const ring = { size: 256, headerBytes: 12, mergeable: true };
  const window = machine.addWindow(4 * machine.ringWindowBytes(256) + 16384 + POOL * 2176);
  const hostPool = machine.addPool(POOL, 32, 2);
  const guestPool = machine.addPool(POOL, 32, 2, window);
  const sides = [
    { port: 0, number: 0, pool: hostPool },
    { port: 1, number: 0, pool: guestPool, window, lcore: guest.lcore },
  ] as const;
  const down = machine.addVirtqueue(true, ring, ...sides);
  const up = machine.addVirtqueue(false, ring, ...sides);
  const [mine, other] = guestSide ? [guest, host] : [host, guest];
  const [rx, otherTx] = guestSide ? [down.guest, down.host] : [up.host, up.guest];
  const [tx, otherRx] = guestSide ? [up.guest, up.host] : [down.host, down.guest];
  const { portRxBurst, portTxBurst, portTxFree } = machine.engine;
  return {
    hands: mine,
    rx,
    tx,
    pool: guestSide ? guestPool : hostPool,
    poolSize: guestSide ? POOL - 256 : POOL, // the rx ring holds mbufs from the start
    places: 256,
    rxMost: guestSide ? 64 : 512,
    offer: (frames) =>
      void other.send(
        portTxBurst,
        otherTx.address,
        frames.map((bytes) => other.packet(guestSide ? hostPool : guestPool, bytes)),
      ),
    collect() {
      const frames: Uint8Array[] = [];
      for (;;) {
        const packets = other.receive(portRxBurst, otherRx.address, 64);
        if (packets.length === 0) break;
        frames.push(...packets.map((m) => other.bytes(m)));
        other.free(packets);
      }
      if (guestSide) portTxFree(mine.lcore, tx.address); // takes back what the device used
      return frames;
    },
  };
}

function captured(pcap: boolean): PortUnderTest {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const pool = machine.addPool(POOL, 32, 1);
  const source = machine.addIngress(!pcap, false, undefined);
  const egress = machine.addEgress(true, 1 << 22, 4096, 1 << 20, 512);
  const line = machine.addNicTxPort(800);
  const [rx, tx] = pcap
    ? [machine.addPcapRx(0, 0, pool, source, 0), machine.addPcapTx(0, 0, egress.at)]
    : [machine.addNicRx(0, 0, 1024, pool, source, 0), machine.addNicTx(0, 0, 256, line, egress.at)];
  let clock = 0n;
  return {
    hands,
    rx,
    tx,
    pool,
    poolSize: POOL,
    places: pcap ? undefined : 256,
    rxMost: 512,
    offer(frames) {
      feed(
        machine,
        source,
        frames.map((bytes) => ({ bytes })),
      );
      if (pcap) return;
      machine.engine.nicRxRestart(rx.address);
      machine.engine.nicRxCatchUp(hands.lcore, rx.address, clock);
    },
    collect() {
      clock += 10n ** 12n; // a second: the line has carried everything
      machine.engine.lcoreRun(hands.lcore, 0, clock);
      const frames = left(machine, egress).map(({ bytes }) => bytes);
      machine.engine.egressClear(egress.at);
      return frames;
    },
  };
}

function nullPort(): PortUnderTest {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const pool = machine.addPool(POOL, 32, 1);
  return {
    hands,
    rx: machine.addNullRx(0, 0, pool, 64, 500n),
    tx: machine.addNullTx(0, 0),
    pool,
    poolSize: POOL,
    places: undefined,
    rxMost: 512,
    offer: () => {},
    collect: () => [],
  };
}

/** A port by the name of its kind, as in abi/ports. */
export const MAKE_PORT: Readonly<Record<string, () => PortUnderTest>> = {
  NULL: nullPort,
  NIC: () => captured(false),
  PCAP: () => captured(true),
  RING: ringPort,
  VHOST: () => ringed(false),
  VIRTIO: () => ringed(true),
};
