// engine - a fresh Machine a test: its own memory, the one compiled module of build/engine.wasm, an lcore of its own that publishes
// at once. What a test asks of packets goes by the engine's own functions; no offset of an engine struct is known here.
import { readFileSync } from "node:fs";
import { compileEngine, createMemory, instantiateEngine } from "../../src/wasm/engine.ts";
import { Machine } from "../../src/wasm/machine.ts";

let compiled: WebAssembly.Module | undefined;

/** build/engine.wasm, as the tests' build step left it. */
export function engineBytes(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL("../../build/engine.wasm", import.meta.url)));
}

/** A machine with nothing in it. */
export function freshMachine(): Machine {
  compiled ??= compileEngine(engineBytes());
  const memory = createMemory();
  return new Machine(instantiateEngine(compiled, memory), memory);
}

/** What an mbuf's header says. */
export interface MbufFields {
  readonly pktLen: number;
  readonly dataLen: number;
  readonly segments: number;
  readonly refcnt: number;
  readonly port: number;
  readonly id: number;
  readonly dataOff: number;
  readonly buffer: number;
  readonly next: number;
  readonly olFlags: bigint;
  readonly txOffload: bigint;
  readonly vlanTci: number;
  readonly vlanTciOuter: number;
}

/** One lcore's hands: takes mbufs, makes packets of them, reads and frees them, calls bursts. */
export class Hands {
  readonly machine: Machine;
  readonly lcore: number;
  /** u32[512] for bursts. */
  readonly packets: number;
  private readonly scratch: number;

  constructor(machine: Machine, lcore: number = machine.addLcore(false, 8, 0)) {
    this.machine = machine;
    this.lcore = lcore;
    this.packets = machine.arena.allocate(512 * 4, "a test's burst");
    this.scratch = machine.arena.allocate(0x50000, "a test's scratch");
  }

  get engine(): Machine["engine"] {
    return this.machine.engine;
  }

  /** Takes n mbufs, all or none. */
  take(pool: number, n: number): number[] {
    const got = this.engine.mempoolGet(this.lcore, pool, this.scratch, n) >>> 0;
    return [...this.machine.arena.u32(this.scratch, got)];
  }

  private written(handles: readonly number[]): number {
    this.machine.arena.u32(this.scratch, handles.length).set(handles);
    return this.scratch;
  }

  /** Gives mbufs back as one rte_mempool_put_bulk. */
  putBulk(pool: number, handles: readonly number[]): void {
    this.engine.mempoolPutBulk(this.lcore, pool, this.written(handles), handles.length);
  }

  /** Gives mbufs back one after the other, in one call. */
  put(pool: number, handles: readonly number[]): void {
    this.engine.mempoolPut(this.lcore, pool, this.written(handles), handles.length);
  }

  free(handles: readonly number[]): void {
    this.engine.mbufFreeBurst(this.lcore, this.written(handles), handles.length);
  }

  /** A packet of these bytes, cut into segments of these lengths (all in one when none are given). */
  packet(pool: number, bytes: Uint8Array, id = 0, cuts: readonly number[] = [bytes.length]): number {
    const { engine, machine } = this;
    let from = 0;
    const segments = cuts.map((n) => {
      const [m = 0] = this.take(pool, 1);
      if (m === 0) throw new Error("test: found an empty mempool");
      machine.arena.bytes.set(bytes.subarray(from, from + n), this.scratch);
      engine.mbufWrite(m, this.scratch, n, id);
      from += n;
      return m;
    });
    const [head = 0, ...rest] = segments;
    let last = head;
    for (const m of rest) {
      engine.mbufChain(head, last, m);
      last = m;
    }
    return head;
  }

  /** The packet's bytes, all segments. */
  bytes(m: number): Uint8Array {
    const n = this.engine.mbufRead(m, this.scratch) >>> 0;
    return Uint8Array.from(this.machine.arena.bytes.subarray(this.scratch, this.scratch + n));
  }

  fields(m: number): MbufFields {
    this.engine.mbufFields(m, this.scratch);
    const [
      pktLen = 0,
      dataLen = 0,
      segments = 0,
      refcnt = 0,
      port = 0,
      id = 0,
      dataOff = 0,
      buffer = 0,
      next = 0,
      tcis = 0,
    ] = this.machine.arena.u32(this.scratch, 10);
    const [olFlags = 0n, txOffload = 0n] = this.machine.arena.u64(this.scratch + 40, 2);
    return {
      pktLen,
      dataLen,
      segments,
      refcnt,
      port,
      id,
      dataOff,
      buffer,
      next,
      olFlags,
      txOffload,
      vlanTci: tcis & 0xffff,
      vlanTciOuter: tcis >>> 16,
    };
  }

  /** Calls a burst function that fills an array. @returns the packets */
  receive(
    burst: (lcore: number, queue: number, packets: number, n: number) => number,
    queue: number,
    n: number,
  ): number[] {
    const got = burst(this.lcore, queue, this.packets, n) >>> 0;
    return [...this.machine.arena.u32(this.packets, got)];
  }

  /** Calls a burst function that takes from an array. @returns how many it took */
  send(
    burst: (lcore: number, queue: number, packets: number, n: number) => number,
    queue: number,
    packets: readonly number[],
  ): number {
    this.machine.arena.u32(this.packets, packets.length).set(packets);
    return burst(this.lcore, queue, this.packets, packets.length) >>> 0;
  }
}
