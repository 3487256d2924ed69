// vhost-user-rings - the engine's ring code run by hand on one thread, over what the protocol hands out: the proof that its outcome is enough.
import { setImmediate as rest } from "node:timers/promises";
import { DEVICE_QUEUE_BYTES, GUEST_MEMORY_BYTES } from "../../assembly/abi/sizes.ts";
import { type NativeVhostUserHost, openVhostUserHost } from "../../src/node/vhost-user-host.ts";
import type {
  Agreed,
  Device,
  DeviceRing,
  DeviceUser,
  DirtyLog,
  DriverRing,
  DriverUser,
  RingPosition,
} from "../../src/vhost-user/device.ts";
import type { SharedWindow } from "../../src/vhost-user/front-end-session.ts";
import type { GuestWindow } from "../../src/wasm/guest-window.ts";
import { WINDOW_SLACK } from "../../src/wasm/guest-window.ts";
import { freshMachine, Hands } from "../support/engine.ts";

const BURST = 32;
const RING = 256;
const ROOM = 2 ** 30;

/** A machine with room for a peer's memory. */
export async function liveMachine(): Promise<{ hands: Hands; host: NativeVhostUserHost }> {
  const machine = freshMachine();
  const hands = new Hands(machine);
  const linear = machine.arena.allocate(ROOM, "a peer's memory", 4096);
  return { hands, host: await openVhostUserHost(machine.arena.bytes, { linear, size: ROOM }) };
}

/** Moves packets between us and a ring: one burst in, or out. */
abstract class Mover {
  protected readonly hands: Hands;
  readonly pool: number;
  received = 0;
  private readonly seen: Uint8Array[] = [];

  constructor(hands: Hands, pool: number) {
    this.hands = hands;
    this.pool = pool;
  }

  protected abstract takeBurst(): number[];
  protected abstract giveBurst(packets: readonly number[]): number;

  /** Receives, counts and frees while `more` says so, and then what is left. The first few are kept. */
  async receiveWhile(more: () => boolean): Promise<void> {
    for (;;) {
      const last = !more();
      let moved = 0;
      for (let i = 0; i < 64; i++) {
        const packets = this.takeBurst();
        if (packets.length === 0) break;
        if (this.seen.length < 3) this.seen.push(this.hands.bytes(packets[0]!));
        this.hands.free(packets);
        moved += packets.length;
      }
      this.received += moved;
      if (last && moved === 0) return;
      await rest();
    }
  }

  get samples(): readonly Uint8Array[] {
    return this.seen;
  }

  /** Sends these frames over and over until `count` were taken. */
  async send(frames: readonly Uint8Array[], count: number): Promise<void> {
    const deadline = performance.now() + 20_000;
    let waiting: number[] = [];
    for (let taken = 0, made = 0; taken < count; ) {
      while (waiting.length < BURST && made < count) {
        waiting.push(this.hands.packet(this.pool, frames[made % frames.length]!));
        made++;
      }
      const n = this.giveBurst(waiting);
      waiting = waiting.slice(n);
      taken += n;
      if (performance.now() > deadline) throw new Error(`found ${taken} packets taken, expected ${count}`);
      if (n === 0) await rest();
    }
  }
}

/** The driver's side of queue pair 0, in a window that is shared. */
export class DriverRings extends Mover implements DriverUser {
  readonly window: SharedWindow;
  private readonly guest: GuestWindow;
  private queues: number[] = [];
  agreed: Agreed | undefined;
  running = false;

  private constructor(hands: Hands, pool: number, guest: GuestWindow, window: SharedWindow) {
    super(hands, pool);
    this.guest = guest;
    this.window = window;
  }

  static make(hands: Hands, host: NativeVhostUserHost): DriverRings {
    const { machine } = hands;
    const mbufs = 2048;
    const size = 4 * machine.ringWindowBytes(RING) * 4 + mbufs * 2176 + 65536;
    const guest = machine.addWindow(Math.ceil(size / 4096) * 4096);
    const linear = guest.allocate(0, "its start");
    const bytes = Math.ceil(size / 4096) * 4096 + WINDOW_SLACK;
    const fd = host.shareWindow(linear, bytes); // before anything in it is made
    const pool = machine.addPool(mbufs, 0, 4, guest);
    return new DriverRings(hands, pool, guest, { fd, linear, size: bytes, guest: guest.gpa + BigInt(linear) });
  }

  rings(agreed: Agreed): readonly DriverRing[] {
    this.agreed = agreed;
    const { engine, machine } = this.hands;
    this.queues = [];
    return Array.from({ length: 2 * agreed.queuePairs }, () => {
      const at = this.guest.allocate(engine.splitRingBytes(RING) >>> 0, "a ring");
      const headers = this.guest.allocate(RING * 16, "net headers", 64);
      const ids = machine.arena.allocate(RING * 4, "packet numbers");
      const queue = machine.arena.allocate(engine.driverQueueBytes(RING) >>> 0, "a driver queue");
      engine.driverQueueInit(
        ...([queue, at, RING, agreed.headerBytes, agreed.mergeable ? 1 : 0, this.guest.gpa, ids, headers] as const),
        ...([this.pool, 0, 0] as const),
      );
      this.queues.push(queue);
      const avail = at + (engine.splitRingAvailOffset(RING) >>> 0);
      return { size: RING, desc: at, avail, used: at + (engine.splitRingUsedOffset(RING) >>> 0), base: 0 };
    });
  }

  start(): void {
    this.hands.engine.driverRefill(this.hands.lcore, this.queues[0]!);
    this.running = true;
  }

  stop(): void {
    this.running = false;
  }

  protected takeBurst(): number[] {
    return this.hands.receive(this.hands.engine.driverRx, this.queues[0]!, BURST);
  }

  protected giveBurst(packets: readonly number[]): number {
    return this.hands.send(this.hands.engine.driverTx, this.queues[1]!, packets);
  }
}

/** The device's side of queue pair 0. */
export class DeviceQueues extends Mover implements DeviceUser {
  device: Device | undefined;
  readonly rings = new Map<number, DeviceRing>();
  private readonly queues = new Map<number, number>();

  static make(hands: Hands): DeviceQueues {
    return new DeviceQueues(hands, hands.machine.addPool(1024, 0, 4));
  }

  start(device: Device, rings: readonly DeviceRing[]): void {
    const { engine, machine } = this.hands;
    this.device = device;
    const memory = machine.arena.allocate(GUEST_MEMORY_BYTES, "a memory table");
    for (const { guest, size, linear } of device.regions) engine.guestMemoryAdd(memory, guest, size, linear);
    for (const ring of rings) {
      const { index, size, desc, avail, used, position } = ring;
      const queue = machine.arena.allocate(DEVICE_QUEUE_BYTES, "a device queue");
      const ids = machine.arena.allocate(size * 4, "packet numbers");
      const pool = index % 2 === 1 ? this.pool : 0;
      engine.deviceQueueAttach(
        ...([queue, desc, avail, used, position.avail, size, device.headerBytes, device.mergeable ? 1 : 0] as const),
        ...([memory, ids, pool, 0] as const),
      );
      this.rings.set(index, ring);
      this.queues.set(index, queue);
    }
    this.relog(device.log, rings);
  }

  relog(log: DirtyLog | undefined, rings: readonly Pick<DeviceRing, "index" | "logged">[]): void {
    const { linear, bytes } = log ?? { linear: 0, bytes: 0 };
    for (const { index, logged } of rings)
      this.hands.engine.deviceQueueLog(this.queues.get(index)!, linear, bytes, logged ? 1 : 0);
  }

  announce(): void {
    throw new Error("found SEND_RARP, expected a port for it");
  }

  stop(indexes: readonly number[]): ReadonlyMap<number, RingPosition> {
    return new Map(
      indexes.map((index) => {
        const avail = this.hands.engine.deviceQueuePosition(this.queues.get(index)!) >>> 0;
        this.rings.delete(index);
        this.queues.delete(index);
        return [index, { avail, used: avail }];
      }),
    );
  }

  protected takeBurst(): number[] {
    const queue = this.queues.get(1);
    return queue === undefined ? [] : this.hands.receive(this.hands.engine.deviceDequeue, queue, BURST);
  }

  protected giveBurst(packets: readonly number[]): number {
    const queue = this.queues.get(0);
    if (queue === undefined) return 0;
    const n = this.hands.send(this.hands.engine.deviceEnqueue, queue, packets);
    this.hands.free(packets.slice(0, n));
    return n;
  }
}
