// packed-rings - one side of the engine's packed ring with the other side a mock, in a guest's window of its own.
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { WRITE } from "./driver-mock.ts";
import { PackedDeviceMock } from "./packed-device-mock.ts";
import { PackedDriverMock } from "./packed-driver-mock.ts";
import { agreedOn, type DeviceState, type DriverState, type GuestBuffer, Rig, type RigOptions } from "./rings.ts";

export type PackedOptions = RigOptions;

const agreed = (options: PackedOptions): number => agreedOn({ ...options, packed: true });

/** The engine's device side, a hand-written driver. */
export class PackedDeviceRig extends Rig {
  readonly driver: PackedDriverMock;

  constructor(options: PackedOptions = {}) {
    super(options, false);
    const { machine, queue, ring, size, header, window, pool } = this;
    this.driver = new PackedDriverMock(this.bytes, ring, size);
    const ids = machine.arena.allocate(size * 4, "packet numbers");
    const { memory } = window;
    const result = machine.engine.deviceQueueInit(queue, ring, size, header, agreed(options), memory, ids, pool, 7);
    if (result !== STATUS_OK) throw new Error(`test: found status ${result}`);
  }

  postWritable(id: number, ...lengths: number[]): GuestBuffer[] {
    const buffers = lengths.map((len) => this.buffer(len));
    this.driver.post(
      id,
      buffers.map((buffer) => ({ ...buffer, flags: WRITE })),
    );
    return buffers;
  }

  /** Bytes in buffers of these lengths. */
  readable(bytes: Uint8Array, cuts: readonly number[] = [bytes.length]): GuestBuffer[] {
    let from = 0;
    return cuts.map((len) => {
      const buffer = this.buffer(len);
      this.bytes.set(bytes.subarray(from, from + len), buffer.at);
      from += len;
      return buffer;
    });
  }

  postReadable(id: number, bytes: Uint8Array, cuts?: readonly number[]): number[] {
    return this.driver.post(id, this.readable(bytes, cuts));
  }

  /** A table of these entries. align: of its address */
  table(entries: readonly { addr: bigint; len: number; flags?: number }[], align = 16): GuestBuffer {
    const table = this.buffer(entries.length * 16, align);
    const view = new DataView(this.bytes.buffer, table.at, table.len);
    entries.forEach(({ addr, len, flags = 0 }, i) => {
      view.setBigUint64(i * 16, addr, true);
      view.setUint32(i * 16 + 8, len, true);
      view.setUint32(i * 16 + 12, flags << 16, true);
    });
    return table;
  }

  enqueue(packets: readonly number[]): number {
    return this.hands.send(this.machine.engine.deviceEnqueue, this.queue, packets);
  }

  dequeue(n = 32): number[] {
    return this.hands.receive(this.machine.engine.deviceDequeue, this.queue, n);
  }

  get ready(): number {
    return this.machine.engine.deviceReady(this.queue) >>> 0;
  }

  get status(): DeviceState {
    return this.deviceState();
  }
}

/** The engine's driver side, a hand-written device. */
export class PackedDriverRig extends Rig {
  readonly device: PackedDeviceMock;

  constructor(options: PackedOptions = {}) {
    super(options, true);
    const { machine, queue, ring, size, header, window, pool } = this;
    const mask = agreed(options);
    const { engine } = machine;
    this.device = new PackedDeviceMock(this.bytes, ring, size, window.gpa);
    const ids = machine.arena.allocate(size * 4, "packet numbers");
    const headers = window.allocate(size * (engine.txRegionBytes(mask) >>> 0), "net headers", 64);
    const { gpa } = window;
    const result = engine.driverQueueInit(
      queue,
      ring,
      size,
      header,
      mask,
      gpa,
      ids,
      headers,
      pool,
      5,
      options.freeThreshold ?? 0,
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

  /** Takes back all that is used. @returns free descriptors */
  clean(): number {
    return this.machine.engine.driverTxFree(this.hands.lcore, this.queue) >>> 0;
  }

  get held(): number {
    return this.machine.engine.driverHeld(this.queue) >>> 0;
  }

  get status(): DriverState {
    return this.driverState();
  }
}
