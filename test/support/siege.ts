// siege - the engine's device side of one ring, besieged: its guest's memory lies between guard pages, every load and store is looked at, the
// host's other packets carry a mark that must not be found in the guest's memory, and a ring of another guest goes on.
import { expect } from "vitest";
import { GUEST_MEMORY_BYTES } from "../../assembly/abi/sizes.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { DROP_NAMES, type QueueCounters, readCounters } from "../../src/wasm/counters.ts";
import type { Machine } from "../../src/wasm/machine.ts";
import type { Queue } from "../../src/wasm/parts.ts";
import { agreedMask, connectQueue } from "../../src/wasm/virtqueue.ts";
import { type Checker, checkedMachine } from "./checked-engine.ts";
import { type Descriptor, DriverMock, INDIRECT, splitLayout } from "./driver-mock.ts";
import { Hands } from "./engine.ts";
import { PackedDriverMock, packedLayout } from "./packed-driver-mock.ts";
import type { DeviceState, GuestBuffer } from "./rings.ts";

const GUARD = 65536;
const PAGE = 4096;
const GUARD_BYTE = 0x5a;
const EMPTY_BYTE = 0xee;
const SECRET_BYTE = 0xc5;
/** No call may take longer, looked over as it is: milliseconds. */
const BOUND_MS = 10_000;

export type Layout = "split" | "packed";

export interface SiegeOptions {
  readonly layout: Layout;
  readonly size?: number;
  readonly header?: number;
  readonly mergeable?: boolean;
  readonly inOrder?: boolean;
  readonly indirect?: boolean;
  readonly pool?: number;
  /** Bytes of the guest's memory; from 256 KiB on the engine's fast loops serve its first part. */
  readonly bytes?: number;
}

/** A piece of the guest's memory. */
export interface Region {
  readonly at: number;
  readonly guest: bigint;
  readonly bytes: number;
}

export class Siege {
  readonly machine: Machine;
  readonly checker: Checker;
  readonly hands: Hands;
  readonly size: number;
  readonly pool: number;
  /** The guest's memory, the first with the ring. */
  readonly regions: Region[] = [];
  readonly split: DriverMock;
  readonly packed: PackedDriverMock;
  readonly rx: Queue;
  readonly tx: Queue;
  readonly layout: Layout;
  private readonly poolSize: number;
  private readonly memory: number;
  /** The engine's struct of its side. */
  readonly queue: number;
  private readonly state: number;
  private readonly guards: number[] = [];
  private readonly bystander: { readonly device: number; readonly driver: number };
  private room: number;
  private nextSlot = 0;
  private posted = 0;

  constructor(options: SiegeOptions) {
    const { layout, size = 8, header = 12, mergeable = true, inOrder = false, indirect = true } = options;
    const { machine, checker } = checkedMachine();
    const { engine, arena } = machine;
    this.machine = machine;
    this.checker = checker;
    this.layout = layout;
    this.size = size;
    this.poolSize = options.pool ?? 64;
    this.hands = new Hands(machine);
    this.bystander = this.addBystander();
    this.memory = arena.allocate(GUEST_MEMORY_BYTES, "a memory table");
    const { at } = this.region(options.bytes ?? 1 << 19);
    const ringBytes = layout === "packed" ? packedLayout(size).device + 4 : splitLayout(size).bytes;
    this.room = at + Math.ceil(ringBytes / PAGE) * PAGE;
    this.pool = this.addPool(this.poolSize);
    this.queue = arena.allocate(1024, "a device queue");
    this.state = arena.allocate(64, "a queue's state");
    const ids = arena.allocate(size * 4, "packet numbers");
    const agreed = agreedMask({ mergeable, packed: layout === "packed", inOrder, indirect });
    const result = engine.deviceQueueInit(this.queue, at, size, header, agreed, this.memory, ids, this.pool, 7);
    if (result !== STATUS_OK) throw new Error(`test: found status ${result}`);
    // Both mocks stand on the same ring; a test uses the one of its layout.
    this.split = new DriverMock(arena.bytes, at, size);
    this.packed = new PackedDriverMock(arena.bytes, at, size);
    ({ rx: this.rx, tx: this.tx } = machine.addRing(2, [7, 0], [7, 0], this.pool));
    for (const queue of [this.rx, this.tx]) connectQueue(engine, queue, "vhost", this.queue);
  }

  private addPool(size: number): number {
    const { arena } = this.machine;
    const from = arena.allocate(0, "the pool's first byte");
    const pool = this.machine.addPool(size, 0, 1);
    arena.bytes.fill(SECRET_BYTE, Math.ceil(from / PAGE) * PAGE, Math.ceil(from / PAGE) * PAGE + size * 2176);
    return pool;
  }

  private addBystander(): { device: number; driver: number } {
    const { machine } = this;
    const window = machine.addWindow(1 << 18);
    const end = { port: 9, number: 0 };
    const pool = machine.addPool(32, 0, 1);
    const guestPool = machine.addPool(32, 0, 1, window);
    return machine.layVirtqueue(
      true,
      { size: 8, headerBytes: 12, mergeable: true },
      { ...end, pool },
      { ...end, pool: guestPool, window, lcore: this.hands.lcore },
    );
  }

  /** Gives the guest another piece of memory, apart from all others, at a guest address. */
  region(bytes: number, guest?: bigint): Region {
    const { arena, engine } = this.machine;
    const guard = (): void => {
      const at = arena.allocate(GUARD, "a guard", PAGE);
      arena.bytes.fill(GUARD_BYTE, at, at + GUARD);
      this.checker.allow(at, GUARD, 0);
      this.guards.push(at);
    };
    guard();
    const at = arena.allocate(bytes, "a guest's memory", PAGE);
    guard();
    const region = { at, guest: guest ?? 0x1_0000_0000n + BigInt(at), bytes };
    engine.guestMemoryAdd(this.memory, region.guest, BigInt(bytes), at);
    this.regions.push(region);
    return region;
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.machine.arena.bytes;
  }

  /** A fresh buffer in the guest's first region. */
  buffer(len: number, fill = EMPTY_BYTE): GuestBuffer {
    const at = Math.ceil(this.room / 64) * 64;
    this.room = at + len;
    this.bytes.fill(fill, at, at + len);
    const home = this.regions[0]!;
    return { at, addr: home.guest + BigInt(at - home.at), len };
  }

  /** Guest address of a linear one. */
  guestOf(at: number): bigint {
    const region = this.regions.find((r) => at >= r.at && at <= r.at + r.bytes)!;
    return region.guest + BigInt(at - region.at);
  }

  /** An indirect table in the guest's memory. next of entries: the one behind it, unless told otherwise. */
  table(entries: readonly Descriptor[], at = this.buffer(16 * entries.length).at): GuestBuffer {
    const view = new DataView(this.bytes.buffer, at, 16 * entries.length);
    entries.forEach(({ addr, len, flags = 0, next }, i) => {
      const last = i + 1 === entries.length;
      view.setBigUint64(16 * i, addr, true);
      view.setUint32(16 * i + 8, len, true);
      // split: flags, next. packed: id, flags
      const link = this.layout === "split" && next === undefined && !last ? 1 : 0;
      view.setUint16(16 * i + 12, this.layout === "split" ? flags | link : 0, true);
      view.setUint16(16 * i + 14, this.layout === "split" ? (next ?? (last ? 0 : i + 1)) : flags, true);
    });
    return { at, addr: this.guestOf(at), len: 16 * entries.length };
  }

  /** Makes a chain available. @returns its head */
  post(buffers: readonly { addr: bigint; len: number; flags?: number }[]): number {
    if (this.layout === "packed") {
      const head = this.packed.slot;
      this.packed.post(this.posted++ % this.size, buffers);
      return head;
    }
    const head = this.nextSlot;
    buffers.forEach(({ addr, len, flags = 0 }, i) => {
      const slot = (head + i) % this.size;
      const more = i + 1 < buffers.length;
      this.split.describe(slot, { addr, len, flags: flags | (more ? 1 : 0), next: (slot + 1) % this.size });
    });
    this.nextSlot = (head + buffers.length) % this.size;
    this.split.post(head);
    return head;
  }

  /** Makes a table available. */
  postTable(table: { addr: bigint; len: number }, flags = 0): number {
    return this.post([{ ...table, flags: flags | INDIRECT }]);
  }

  /** Makes a packet available behind a net header, in one buffer. */
  postPacket(payload: Uint8Array, header: Uint8Array = new Uint8Array(12)): number {
    const buffer = this.buffer(header.length + payload.length, 0);
    this.bytes.set(header, buffer.at);
    this.bytes.set(payload, buffer.at + header.length);
    return this.post([buffer]);
  }

  /** As the switch does it, by the port. @returns what was received, as bytes; freed */
  receive(n = 32): Uint8Array[] {
    const { hands } = this;
    const handles = this.bounded(() => hands.receive(hands.engine.portRxBurst, this.rx.address, n));
    const packets = handles.map((m) => hands.bytes(m));
    hands.free(handles);
    return packets;
  }

  /** Likewise towards the guest. @returns how many it took */
  send(...packets: readonly (readonly [bytes: Uint8Array, cuts?: readonly number[]])[]): number {
    const { hands } = this;
    const handles = packets.map(([bytes, cuts]) => hands.packet(this.pool, bytes, 0, cuts));
    const sent = this.bounded(() => hands.send(hands.engine.portTxBurst, this.tx.address, handles));
    hands.free(handles.slice(sent));
    return sent;
  }

  bounded<T>(call: () => T): T {
    const began = performance.now();
    const result = call();
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    return result;
  }

  get status(): DeviceState {
    this.machine.engine.deviceQueueState(this.queue, this.state);
    const [stop = 0, broken = 0, calls = 0, burstBytes = 0] = [...this.machine.arena.u64(this.state, 4)].map(Number);
    return { stop, broken, calls, burstBytes };
  }

  /** Packets received, and drops by name. */
  get counted(): Record<string, number> {
    const { packets, errors, drops }: QueueCounters = readCounters(this.rx.counters);
    const named = drops.flatMap((n, id) => (n > 0 ? [[DROP_NAMES[id]!, n] as const] : []));
    return { packets, ...(errors > 0 ? { errors } : {}), ...Object.fromEntries(named) };
  }

  /** What must be so after any attack. spread: the guest's memory was given back what was sent to it */
  unharmed(): void {
    const { hands, machine, bytes } = this;
    for (const at of this.guards) {
      expect(bytes.subarray(at, at + GUARD).every((byte) => byte === GUARD_BYTE)).toBe(true);
    }
    const secret = Buffer.alloc(12, SECRET_BYTE);
    for (const { at, bytes: n } of this.regions) {
      expect(Buffer.from(bytes.subarray(at, at + n)).indexOf(secret), "the host's bytes in the guest's memory").toBe(
        -1,
      );
    }
    expect(machine.engine.mempoolAvailable(this.pool) >>> 0).toBe(this.poolSize);
    expect(new Set(hands.take(this.pool, this.poolSize)).size).toBe(this.poolSize);
    expect(this.goesOn(), "the other guest's ring").toBe(true);
  }

  private goesOn(): boolean {
    const { hands } = this;
    const { device, driver } = this.bystander;
    const pool = this.machine.pools[0]!.address;
    const sent = Uint8Array.from({ length: 60 }, (_, i) => i);
    const [packet = 0] = [hands.packet(pool, sent)];
    hands.send(hands.engine.deviceEnqueue, device, [packet]);
    hands.free([packet]);
    const got = hands.receive(hands.engine.driverRx, driver, 4);
    const same = got.length === 1 && Buffer.from(hands.bytes(got[0]!)).equals(sent);
    hands.free(got);
    return same;
  }
}
