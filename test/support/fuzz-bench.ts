// fuzz-bench - one side of the engine's ring, in memory that its peer may fill with whatever it likes, at the speed of millions of descriptors a
// second: typed arrays over the peer's memory, guards around it, and an account of every mbuf after each burst.
import { DEVICE_QUEUE_BYTES, GUEST_MEMORY_BYTES } from "../../assembly/abi/sizes.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { readCounters } from "../../src/wasm/counters.ts";
import type { Engine } from "../../src/wasm/engine.ts";
import type { Machine } from "../../src/wasm/machine.ts";
import type { Queue } from "../../src/wasm/parts.ts";
import { agreedMask, connectQueue } from "../../src/wasm/virtqueue.ts";
import { splitLayout } from "./driver-mock.ts";
import { packedLayout } from "./packed-driver-mock.ts";

export const POOL = 160;
const GUARD = 8192;
const GUARD_WORD = 0x5a5a5a5a;
const INDEXED = 4 << 16;
const LONGEST_PACKET = 2048;

export interface FuzzConfig {
  readonly side: "device" | "driver" | "both";
  /** Of packets, seen from the engine's side: both: towards the driver. */
  readonly way: "rx" | "tx";
  readonly packed: boolean;
  readonly size: number;
  readonly inOrder: boolean;
  readonly indirect: boolean;
  readonly mergeable: boolean;
  readonly eventIdx: boolean;
  readonly header: number;
  /** Its first ring's device has DPDK's quirks, and from there on every other. */
  readonly quirksFirst: boolean;
}

export function configName(c: FuzzConfig): string {
  const yes = (["inOrder", "indirect", "mergeable", "eventIdx"] as const).filter((name) => c[name]);
  return [c.side, c.way, c.packed ? "packed" : "split", c.size, `h${c.header}`, ...yes].join(" ");
}

/** xorshift32. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed, 0x9e3779b1) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(n: number): number {
    return this.next() % n;
  }

  /** One in n. */
  rarely(n: number): boolean {
    return this.next() % n === 0;
  }
}

/** Where the peer's memory is, and views of it. Guest addresses are 2^32 + linear ones in the first region. */
export class FuzzBench {
  readonly config: FuzzConfig;
  readonly machine: Machine;
  readonly engine: Engine;
  readonly lcore: number;
  /** Linear address and bytes of the memory that the ring and most buffers lie in. */
  readonly at: number;
  readonly bytes: number;
  /** A small region that follows it in guest memory, and nowhere else. */
  readonly second: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  /** Byte offsets of the ring's second and third part. */
  readonly avail: number;
  readonly used: number;
  readonly pool: number;
  readonly guestPool: number;
  private readonly rx: Queue;
  private readonly tx: Queue;
  private readonly device: number;
  private readonly driver: number;
  private readonly packets: number;
  /** The burst's handles; the last place is for one further segment. */
  private readonly burst: Uint32Array;
  private readonly scratch: number;
  private readonly memory: number;
  private readonly ids: number;
  private readonly headers: number;
  private readonly guards: Int32Array[] = [];
  private readonly state: number;
  private laid = false;
  /** Every other ring has DPDK's quirks, every third a dirty log, which ends in the middle of the peer's memory. */
  private quirks: boolean;
  private rings = 0;
  private readonly log: { readonly at: number; readonly bytes: number };
  received = 0;
  sent = 0;

  constructor(config: FuzzConfig, machine: Machine, forbid: (at: number, bytes: number) => void = () => {}) {
    const { engine, arena } = machine;
    const { size, packed } = config;
    this.config = config;
    this.machine = machine;
    this.quirks = config.quirksFirst;
    this.engine = engine;
    this.lcore = machine.addLcore(false, 8, 0);
    const guard = (length = GUARD, align = 4096): void => {
      const at = arena.allocate(length, "a guard", align);
      arena.bytes.fill(GUARD_WORD & 0xff, at, at + length);
      forbid(at, length);
      this.guards.push(new Int32Array(arena.bytes.buffer, at, length / 4));
    };
    const ringBytes = packed ? packedLayout(size).device + 4 : splitLayout(size).bytes;
    const room = Math.ceil(ringBytes / 4096) * 4096 + (1 << 16);
    const hasDriver = config.side !== "device";
    // Beyond FAST_SPAN, so that the fast loops serve its first part.
    this.bytes = room + (1 << 17) + (hasDriver ? POOL * 2176 + size * 144 + 8192 : 0);
    guard();
    this.at = arena.allocate(this.bytes, "a peer's memory", 4096);
    guard();
    this.second = arena.allocate(4096, "a second region", 4096);
    guard();
    this.u8 = arena.bytes.subarray(this.at, this.at + this.bytes);
    this.u16 = arena.u16(this.at, this.bytes >> 1);
    this.u32 = arena.u32(this.at, this.bytes >> 2);
    this.avail = packed ? packedLayout(size).driver : splitLayout(size).avail;
    this.used = packed ? packedLayout(size).device : splitLayout(size).used;
    const logBytes = 4 * Math.floor((2 ** 32 + this.at + this.bytes / 2) / 131_072);
    this.log = { at: arena.allocate(logBytes, "a dirty log", 64), bytes: logBytes };
    guard(GUARD, 4);
    this.memory = arena.allocate(GUEST_MEMORY_BYTES, "a memory table");
    engine.guestMemoryAdd(this.memory, 2n ** 32n + BigInt(this.at), BigInt(this.bytes), this.at);
    engine.guestMemoryAdd(this.memory, 2n ** 32n + BigInt(this.at + this.bytes), 4096n, this.second);
    // What each side keeps to itself, indexed by what the peer says: as far as 16 bits reach.
    this.device = arena.allocate(DEVICE_QUEUE_BYTES, "a device queue");
    guard(GUARD, 64);
    this.driver = arena.allocate(engine.driverQueueBytes(size) >>> 0, "a driver queue");
    guard(INDEXED, 64);
    this.ids = arena.allocate(size * 4, "packet numbers");
    guard(INDEXED, 4);
    this.packets = arena.allocate(512 * 4, "a burst");
    this.burst = arena.u32(this.packets, 512);
    this.scratch = arena.allocate(LONGEST_PACKET + 64, "scratch");
    this.state = arena.allocate(64, "a queue's state");
    this.pool = machine.addPool(POOL, 0, machine.lcores.length);
    let free = this.at + this.bytes - (hasDriver ? POOL * 2176 + size * 144 + 4096 : 0);
    this.headers = hasDriver ? Math.ceil(free / 64) * 64 : 0;
    free = Math.ceil((this.headers + size * 144) / 64) * 64;
    const takes = { allocate: () => free } as unknown as Parameters<Machine["addPool"]>[3];
    this.guestPool = hasDriver ? machine.addPool(POOL, 0, machine.lcores.length, takes) : 0;
    ({ rx: this.rx, tx: this.tx } = machine.addRing(2, [7, 0], [7, 0], this.poolOf("rx")));
    this.reset();
  }

  /** Where packets of a burst come from: the driver's lie in memory that the peer sees. */
  private poolOf(way: "rx" | "tx"): number {
    const { side } = this.config;
    if (side === "both") return way === "rx" ? this.guestPool : this.pool;
    return side === "driver" ? this.guestPool : this.pool;
  }

  /** A new ring, empty. */
  reset(): void {
    const { engine, config, machine, driver, device } = this;
    const { arena } = machine;
    if (this.laid && config.side !== "device") engine.driverRelease(this.lcore, driver);
    this.laid = true;
    this.u8.fill(0, 0, this.used + 16 + 8 * config.size);
    arena.bytes.fill(0, device, device + DEVICE_QUEUE_BYTES);
    arena.bytes.fill(0, driver, driver + engine.driverQueueBytes(config.size));
    const agreed = agreedMask({ ...config, dpdkQuirks: this.quirks });
    this.quirks = !this.quirks;
    const { size, header, side } = config;
    const check = (result: number): void => {
      if (result !== STATUS_OK) throw new Error(`fuzz: found status ${result}`);
    };
    if (side !== "device") {
      const { at, ids, headers, guestPool } = this;
      check(engine.driverQueueInit(driver, at, size, header, agreed, 2n ** 32n, ids, headers, guestPool, 1, 0));
    }
    if (side !== "driver") {
      check(engine.deviceQueueInit(device, this.at, size, header, agreed, this.memory, this.ids, this.pool, 1));
      if (this.rings++ % 3 === 2) engine.deviceQueueLog(device, this.log.at, this.log.bytes, 1);
    }
    connectQueue(engine, this.rx, side === "device" ? "vhost" : "virtio", side === "device" ? device : driver);
    connectQueue(engine, this.tx, side === "driver" ? "virtio" : "vhost", side === "driver" ? driver : device);
    if (side !== "device" && config.way === "rx") engine.driverRefill(this.lcore, driver);
  }

  /** Slot or index that the device side takes next; packed: wrap counter in bit 15. */
  get devicePosition(): number {
    return this.engine.deviceQueuePosition(this.device) >>> 0;
  }

  get broken(): boolean {
    const { engine, config, state } = this;
    if (config.side !== "driver") engine.deviceQueueState(this.device, state);
    const device = config.side !== "driver" && this.machine.arena.u64(state, 2)[1] !== 0n;
    if (config.side === "device") return device;
    engine.driverQueueState(this.driver, state);
    return device || this.machine.arena.u64(state, 6)[5] !== 0n;
  }

  private get further(): number {
    return this.packets + 4 * 511;
  }

  /** Receives and frees. @returns packets */
  receive(n: number): number {
    const { engine, lcore, packets } = this;
    const got = engine.portRxBurst(lcore, this.rx.address, packets, n) >>> 0;
    engine.mbufFreeBurst(lcore, packets, got);
    this.received += got;
    return got;
  }

  /** Makes n packets, as far as the pool has mbufs, and sends them; frees what was not taken. */
  send(n: number, chance: Chance): number {
    const { engine, lcore, packets, scratch, burst } = this;
    const pool = this.poolOf("tx");
    const made = engine.mempoolGet(lcore, pool, packets, n) >>> 0;
    for (let i = 0; i < made; i++) {
      const kind = chance.next() & 63;
      engine.mbufWrite(
        burst[i]!,
        scratch,
        kind > 15 ? 32 + kind : kind > 7 ? 100 * kind : kind > 1 ? 2048 : kind + 1,
        i,
      );
      if (kind > 3 || chance.next() & 3) continue;
      // Now and then several segments.
      for (let last = burst[i]!, left = 1 + chance.below(4); left > 0; left--) {
        if (engine.mempoolGet(lcore, pool, this.further, 1) >>> 0 === 0) break;
        const m = burst[511]!;
        engine.mbufWrite(m, scratch, 1 + chance.below(2048), i);
        engine.mbufChain(burst[i]!, last, m);
        last = m;
      }
    }
    const sent = engine.portTxBurst(lcore, this.tx.address, packets, made) >>> 0;
    if (sent > made) throw new Error(`sent ${sent} of ${made}`);
    engine.mbufFreeBurst(lcore, packets + 4 * sent, made - sent);
    this.sent += sent;
    return sent;
  }

  /** Looks at what else a poll loop asks for. */
  ask(): void {
    const { engine, config } = this;
    if (config.side !== "driver" && engine.deviceReady(this.device) >>> 0 > 0xffff)
      throw new Error("more ready than there can be");
    if (config.side === "device") return;
    engine.driverRxWaiting(this.driver);
    if (config.way === "tx" || config.side === "both") engine.portTxFree(this.lcore, this.tx.address);
  }

  /** Every mbuf is in its pool or in the driver's ring. */
  account(): void {
    const { engine, config } = this;
    const there = engine.mempoolAvailable(this.pool) >>> 0;
    if (there !== POOL) throw new Error(`found ${there} mbufs in the host's pool, expected ${POOL}`);
    if (config.side === "device") return;
    const free = engine.mempoolAvailable(this.guestPool) >>> 0;
    const held = engine.driverHeld(this.driver) >>> 0;
    if (free + held !== POOL)
      throw new Error(`found ${free} mbufs in the guest's pool and ${held} in its ring, expected ${POOL}`);
  }

  /** No byte beside the peer's memory, or behind what is indexed by its numbers, has changed. */
  guarded(): void {
    for (const words of this.guards) {
      for (let i = 0; i < words.length; i++) if (words[i] !== GUARD_WORD) throw new Error("a guard was written");
    }
  }

  /** Counters say what was seen, and each mbuf is there once. The ring is then a new one. */
  audit(): void {
    const [rx, tx] = [readCounters(this.rx.counters), readCounters(this.tx.counters)];
    if (rx.packets !== this.received) throw new Error(`counted ${rx.packets} received, found ${this.received}`);
    if (tx.packets !== this.sent) throw new Error(`counted ${tx.packets} sent, found ${this.sent}`);
    const dropped = rx.drops.reduce((a, b) => a + b, 0);
    if (dropped < rx.errors) throw new Error(`counted ${rx.errors} errors, ${dropped} drops by name`);
    this.account();
    if (this.config.side !== "device") this.engine.driverRelease(this.lcore, this.driver);
    for (const pool of [this.pool, ...(this.guestPool === 0 ? [] : [this.guestPool])]) {
      if (this.engine.mempoolGet(this.lcore, pool, this.scratch, POOL) >>> 0 !== POOL)
        throw new Error("an mbuf is missing");
      const all = this.machine.arena.u32(this.scratch, POOL);
      if (new Set(all).size !== POOL) throw new Error("an mbuf is in a pool twice");
      this.engine.mempoolPutBulk(this.lcore, pool, this.scratch, POOL);
    }
    this.reset();
  }

  /** Packets dropped, all names together. */
  get dropped(): number {
    return readCounters(this.rx.counters).drops.reduce((a, b) => a + b, 0);
  }
}
