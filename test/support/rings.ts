// rings - one side of the engine's split ring with the other side a mock, in a guest's window of its own.
import { STATUS_OK } from "../../assembly/abi/status.ts";
import type { GuestWindow } from "../../src/wasm/machine.ts";
import { agreedMask } from "../../src/wasm/virtqueue.ts";
import { DeviceMock } from "./device-mock.ts";
import { DriverMock, splitLayout, WRITE } from "./driver-mock.ts";
import { freshMachine, Hands } from "./engine.ts";

/** Why a device side's burst stopped: STOP_* of assembly/virtio/virtqueue. */
export const STOP = { none: 0, full: 1, tooBig: 2, broken: 3, noMbuf: 4, short: 5, lost: 6, malformed: 7 } as const;

export interface RigOptions {
  readonly size?: number;
  readonly header?: number;
  readonly mergeable?: boolean;
  /** mbufs of the engine's pool */
  readonly pool?: number;
  readonly cache?: number;
  /** bytes of the window for the mock's buffers */
  readonly room?: number;
  /** driver side: tx_free_thresh */
  readonly freeThreshold?: number;
  readonly inOrder?: boolean;
  readonly indirect?: boolean;
  readonly eventIdx?: boolean;
  /** driver side: by its vector burst function */
  readonly vector?: boolean;
  readonly offloads?: boolean;
  readonly legacyFlags?: boolean;
  readonly dpdkQuirks?: boolean;
}

/** What the sides of a test's ring agree on, mergeable buffers unless told otherwise. */
export function agreedOn({ mergeable = true, ...more }: RigOptions & { readonly packed?: boolean }): number {
  return agreedMask({ mergeable, ...more });
}

/** A buffer of the guest's: its linear and guest address. */
export interface GuestBuffer {
  readonly at: number;
  readonly addr: bigint;
  readonly len: number;
}

export interface DeviceState {
  readonly stop: number;
  readonly broken: number;
  readonly calls: number;
  readonly burstBytes: number;
}

export interface DriverState {
  readonly free: number;
  readonly errors: number;
  readonly kicks: number;
  readonly burstBytes: number;
  readonly strays: number;
  readonly broken: number;
}

export class Rig {
  readonly hands: Hands;
  readonly window: GuestWindow;
  readonly ring: number;
  readonly size: number;
  readonly header: number;
  readonly pool: number;
  /** The engine's struct of its side. */
  readonly queue: number;
  protected readonly state: number;
  private readonly room: number;
  private nextBuffer = 0;
  /** Bytes of the window from the ring on: all that a peer may see. */
  readonly windowBytes: number;

  protected constructor(options: RigOptions, inWindow: boolean) {
    const { size = 8, header = 12, pool = 64, cache = 0, room = 1 << 20 } = options;
    const machine = freshMachine();
    this.hands = new Hands(machine);
    this.size = size;
    this.header = header;
    this.windowBytes = splitLayout(size).bytes + size * 144 + 3 * 4096 + room + pool * 2176;
    this.window = machine.addWindow(this.windowBytes);
    this.ring = this.window.allocate(splitLayout(size).bytes, "a test's ring");
    this.pool = machine.addPool(pool, cache, 1, inWindow ? this.window : undefined);
    this.queue = machine.arena.allocate(65536 * 12 + 1024, "a test's queue");
    this.state = machine.arena.allocate(64, "a test's queue state");
    this.room = this.window.allocate(room, "a test's buffers");
  }

  /** A fresh buffer of the guest's, filled with 0xee: its linear and guest address. */
  buffer(len: number, align = 64): GuestBuffer {
    const at = this.room + Math.ceil(this.nextBuffer / align) * align;
    this.nextBuffer = at - this.room + len;
    this.bytes.fill(0xee, at, at + len);
    return { at, addr: BigInt(at) + this.window.gpa, len };
  }

  protected deviceState(): DeviceState {
    this.machine.engine.deviceQueueState(this.queue, this.state);
    const [stop = 0, broken = 0, calls = 0, burstBytes = 0] = [...this.machine.arena.u64(this.state, 4)].map(Number);
    return { stop, broken, calls, burstBytes };
  }

  protected driverState(): DriverState {
    this.machine.engine.driverQueueState(this.queue, this.state);
    const [free = 0, errors = 0, kicks = 0, burstBytes = 0, strays = 0, broken = 0] = [
      ...this.machine.arena.u64(this.state, 6),
    ].map(Number);
    return { free, errors, kicks, burstBytes, strays, broken };
  }

  get machine(): Hands["machine"] {
    return this.hands.machine;
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.machine.arena.bytes;
  }

  /** mbufs that the pool has. */
  get available(): number {
    return this.machine.engine.mempoolAvailable(this.pool) >>> 0;
  }
}

/** The engine's device side, a hand-written driver. */
export class DeviceRig extends Rig {
  readonly driver: DriverMock;

  constructor(options: RigOptions = {}) {
    super(options, false);
    const { machine, queue, ring, size, header, window, pool } = this;
    this.driver = new DriverMock(this.bytes, ring, size);
    const ids = machine.arena.allocate(size * 4, "packet numbers");
    const { memory } = window;
    const result = machine.engine.deviceQueueInit(queue, ring, size, header, agreedOn(options), memory, ids, pool, 7);
    if (result !== STATUS_OK) throw new Error(`test: found status ${result}`);
  }

  /** Makes a chain of buffers available to be written by the device. @returns the buffers */
  postWritable(first: number, ...lengths: number[]): GuestBuffer[] {
    const buffers = lengths.map((len) => this.buffer(len));
    this.driver.chain(first, buffers, WRITE);
    this.driver.post(first);
    return buffers;
  }

  /** Makes bytes available as a chain cut into these lengths. */
  postReadable(first: number, bytes: Uint8Array, cuts: readonly number[] = [bytes.length]): void {
    let from = 0;
    const buffers = cuts.map((len) => {
      const buffer = this.buffer(len);
      this.bytes.set(bytes.subarray(from, from + len), buffer.at);
      from += len;
      return buffer;
    });
    this.driver.chain(first, buffers);
    this.driver.post(first);
  }

  enqueue(packets: readonly number[]): number {
    return this.hands.send(this.machine.engine.deviceEnqueue, this.queue, packets);
  }

  dequeue(n = 32): number[] {
    return this.hands.receive(this.machine.engine.deviceDequeue, this.queue, n);
  }

  get status(): DeviceState {
    return this.deviceState();
  }
}

/** The engine's driver side, a hand-written device. */
export class DriverRig extends Rig {
  readonly device: DeviceMock;

  constructor(options: RigOptions = {}) {
    super(options, true);
    const { machine, queue, ring, size, header, window, pool } = this;
    this.device = new DeviceMock(this.bytes, ring, size, window.gpa);
    const ids = machine.arena.allocate(size * 4, "packet numbers");
    const headers = window.allocate(size * 144, "net headers", 64);
    const threshold = options.freeThreshold ?? 0;
    const result = machine.engine.driverQueueInit(
      queue,
      ring,
      size,
      header,
      agreedOn(options),
      window.gpa,
      ids,
      headers,
      pool,
      5,
      threshold,
    );
    if (result !== STATUS_OK) throw new Error(`test: found status ${result}`);
  }

  refill(): number {
    return this.machine.engine.driverRefill(this.hands.lcore, this.queue) >>> 0;
  }

  rx(n = 32): number[] {
    return this.hands.receive(this.machine.engine.driverRx, this.queue, n);
  }

  tx(packets: readonly number[]): number {
    return this.hands.send(this.machine.engine.driverTx, this.queue, packets);
  }

  /** mbufs the ring holds. */
  get held(): number {
    return this.machine.engine.driverHeld(this.queue) >>> 0;
  }

  get status(): DriverState {
    return this.driverState();
  }
}
