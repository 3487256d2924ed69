// pvp-array - the array twin: the PVP loop of pvp.c in plain TypeScript, on typed arrays over one SharedArrayBuffer.
//   source -> vhost enqueue -> virtio rx -> mac -> virtio tx -> vhost dequeue -> sink
// What a careful JavaScript data plane reaches without WebAssembly. Burst 32, ring 256, two pools of 4096 mbufs with a cache
// of 256, 12-byte net header. Bytes are compared before each measurement, and again once the code is optimised.
// Follows: pvp.c, and models what it models.
// Not modelled: a second thread.
import type { Pool, Side } from "./array-types.ts";
import {
  clearRing,
  frameOf,
  freeBulk,
  macForward,
  makePool,
  makeSide,
  sourceRx,
  vhostDequeue,
  vhostEnqueue,
  virtioRx,
  virtioRxRefill,
  virtioTx,
} from "./array-virtqueue.ts";

const BURST = 32;
/** The two addresses that mac forwarding writes. */
const FORWARDED = [2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1];

interface Loop {
  readonly hostPool: Pool;
  readonly guestPool: Pool;
  readonly hostTx: Side;
  readonly hostRx: Side;
  readonly guestRx: Side;
  readonly guestTx: Side;
  readonly host: Int32Array;
  readonly guest: Int32Array;
  readonly sink: Int32Array;
}

function makeLoop(): Loop {
  clearRing(0);
  clearRing(1);
  const hostPool = makePool(0);
  const guestPool = makePool(1);
  const loop: Loop = {
    hostPool,
    guestPool,
    hostTx: makeSide(0, hostPool),
    hostRx: makeSide(1, hostPool),
    guestRx: makeSide(0, guestPool),
    guestTx: makeSide(1, guestPool),
    host: new Int32Array(BURST),
    guest: new Int32Array(BURST),
    sink: new Int32Array(BURST),
  };
  while (loop.guestRx.freeCount > 0) virtioRxRefill(loop.guestRx);
  return loop;
}

function guestTurn(loop: Loop): void {
  const n = virtioRx(loop.guestRx, loop.guest, BURST);
  macForward(loop.guest, n);
  virtioTx(loop.guestTx, loop.guest, n);
}

function turn(loop: Loop, length: number): number {
  const made = sourceRx(loop.hostPool, loop.host, BURST, length);
  vhostEnqueue(loop.hostTx, loop.host, made);
  freeBulk(loop.hostPool, loop.host, made);
  guestTurn(loop);
  const n = vhostDequeue(loop.hostRx, loop.sink, BURST);
  freeBulk(loop.hostPool, loop.sink, n);
  return n;
}

/** 64 bursts of varied bytes through the loop; an Error when one comes out other than mac forwarding makes it. */
function checkBytes(loop: Loop, length: number): void {
  let seed = 1;
  for (let burst = 0; burst < 64; burst++) {
    sourceRx(loop.hostPool, loop.host, BURST, length);
    const expected: Uint8Array[] = [];
    for (const m of loop.host) {
      const frame = frameOf(m, length);
      for (let k = 14; k < length; k++) {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        frame[k] = burst % 2 === 0 ? seed >>> 24 : 0xff; // 0xff: words that are NaN as floats
      }
      expected.push(Uint8Array.from([...FORWARDED, ...frame.subarray(FORWARDED.length)]));
    }
    vhostEnqueue(loop.hostTx, loop.host, BURST);
    guestTurn(loop);
    const n = vhostDequeue(loop.hostRx, loop.sink, BURST);
    for (const [i, frame] of expected.entries()) {
      const found = i < n ? frameOf(loop.sink[i]!, length) : [];
      if (!frame.every((byte, k) => found[k] === byte)) {
        throw new Error(
          `pvp-array: found packet ${i} of burst ${burst} changed, expected mac forwarding (${length} bytes)`,
        );
      }
    }
    freeBulk(loop.hostPool, loop.host, BURST);
    freeBulk(loop.hostPool, loop.sink, n);
  }
}

/** Millions of packets a second through the whole loop, frames of 60 to 1984 bytes. */
export function runArrayTwin(lengthBytes: number, seconds: number): number {
  const loop = makeLoop();
  checkBytes(loop, lengthBytes);
  for (const warmUntil = performance.now() + 300; performance.now() < warmUntil; ) {
    for (let i = 0; i < 200; i++) turn(loop, lengthBytes);
  }
  checkBytes(loop, lengthBytes); // and as the optimising compiler has made it
  let packets = 0;
  const t0 = performance.now();
  let elapsed = 0;
  do {
    for (let i = 0; i < 500; i++) packets += turn(loop, lengthBytes);
    elapsed = performance.now() - t0;
  } while (elapsed < seconds * 1000);
  return packets / elapsed / 1000;
}
