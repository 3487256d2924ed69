// The driver side of a control queue over both layouts: how a command is framed (that of DPDK 22.11's driver), what counts as its answer, and that a device
// that lies is not believed.
import { describe, expect, it } from "vitest";
import * as abi from "../../../assembly/abi/control.ts";
import { ControlQueue, NetControl } from "../../../src/wasm/control-queue.ts";
import { freshMachine } from "../../support/engine.ts";
import { PackedDriverRig } from "../../support/packed-rings.ts";
import { DriverRig, type Rig } from "../../support/rings.ts";

const { CONTROL_PENDING: PENDING, VIRTIO_NET_ERR: ERR, VIRTIO_NET_OK: OK } = abi;
const SIZE = 8;
const LAYOUTS = ["split", "packed"] as const;

interface Part {
  readonly addr: bigint;
  readonly len: number;
  readonly flags: number;
}

/** The engine's driver side with the device a test's hand. */
class Hand {
  readonly rig: DriverRig | PackedDriverRig;
  readonly area: number;
  private readonly parts: number;
  private readonly view: DataView;
  private readonly isPacked: boolean;
  private slot = 0;
  private wrap = 1;
  private seen = 0;

  constructor(layout: "split" | "packed", size = SIZE) {
    this.isPacked = layout === "packed";
    this.rig = this.isPacked ? new PackedDriverRig({ size, header: 0 }) : new DriverRig({ size, header: 0 });
    const rig: Rig = this.rig;
    this.area = rig.buffer(abi.CONTROL_DATA + 64).at;
    this.parts = rig.machine.arena.allocate(4 * abi.CONTROL_PARTS_MAX, "a command's parts");
    this.view = new DataView(rig.bytes.buffer, rig.ring, 16384);
  }

  post(...lengths: readonly number[]): boolean {
    const { rig, area, parts } = this;
    rig.machine.arena.u32(parts, abi.CONTROL_PARTS_MAX).set(lengths);
    return Boolean(rig.machine.engine.controlPost(rig.hands.lcore, rig.queue, area, parts, lengths.length));
  }

  answer(): number {
    return this.rig.machine.engine.controlAnswer(this.rig.queue);
  }

  /** The chain that was made available last, by the specification's offsets. */
  get chain(): Part[] {
    const { view, isPacked } = this;
    const parts: Part[] = [];
    let at = isPacked ? this.slot : view.getUint16(16 * SIZE + 4 + 2 * (this.seen % SIZE), true);
    for (;;) {
      const flags = view.getUint16(16 * at + (isPacked ? 14 : 12), true);
      parts.push({ addr: view.getBigUint64(16 * at, true), len: view.getUint32(16 * at + 8, true), flags: flags & 7 });
      if ((flags & 1) === 0) return parts;
      at = isPacked ? (at + 1) % SIZE : view.getUint16(16 * at + 14, true);
    }
  }

  /** Uses it. id: as a device that lies has it */
  use(ack: number | undefined, id?: number): void {
    const { view, isPacked, rig } = this;
    if (ack !== undefined) rig.bytes[Number(this.chain.at(-1)!.addr - rig.window.gpa)] = ack;
    if (isPacked) {
      const { slot, wrap } = this;
      const slots = this.chain.length;
      view.setUint16(16 * slot + 12, id ?? view.getUint16(16 * ((slot + slots - 1) % SIZE) + 12, true), true);
      view.setUint16(16 * slot + 14, (wrap ? 0x8080 : 0) | 2, true);
      this.slot = (slot + slots) % SIZE;
      if (slot + slots >= SIZE) this.wrap ^= 1;
    } else {
      view.setUint32(
        4096 + 4 + 8 * (this.seen % SIZE),
        id ?? view.getUint16(16 * SIZE + 4 + 2 * (this.seen % SIZE), true),
        true,
      );
      view.setUint16(4096 + 2, ++this.seen, true);
    }
  }
}

describe.each(LAYOUTS)("%s", (layout) => {
  it("a command is class and command, a descriptor for each part, and a writable ack byte", () => {
    const hand = new Hand(layout);
    const { area, rig } = hand;
    expect(hand.post(10, 4)).toBe(true);
    const at = (offset: number): bigint => BigInt(area + offset) + rig.window.gpa;
    expect(hand.chain).toEqual([
      { addr: at(0), len: 2, flags: 1 },
      { addr: at(3), len: 10, flags: 1 },
      { addr: at(13), len: 4, flags: 1 },
      { addr: at(2), len: 1, flags: 2 },
    ]);
    expect(rig.status.kicks).toBe(1);
  });

  it("a command without data takes two; the ring serves any number of commands", () => {
    const hand = new Hand(layout);
    for (let turn = 0; turn < 70; turn++) {
      expect(hand.post(...(turn % 2 ? [6] : []))).toBe(true);
      expect(hand.chain.map(({ len }) => len)).toEqual(turn % 2 ? [2, 6, 1] : [2, 1]);
      expect(hand.answer()).toBe(PENDING);
      hand.use(turn % 3);
      expect([hand.answer(), hand.answer()]).toEqual([turn % 3, PENDING]);
    }
  });

  it("one is in flight at a time, and none has more descriptors than the ring", () => {
    const hand = new Hand(layout);
    expect([hand.post(1, 1, 1, 1, 1, 1, 1), hand.post(1), hand.post(1)]).toEqual([false, true, false]);
  });

  it("a command that is given back with no ack has failed", () => {
    const hand = new Hand(layout);
    hand.post(1);
    hand.use(undefined);
    expect(hand.answer()).toBe(0xff);
    expect(hand.post(1)).toBe(true);
  });

  it.each([1, 7, 8, 0xffff])("an answer under id %i breaks the ring", (id) => {
    const hand = new Hand(layout);
    hand.post(1);
    hand.use(OK, id);
    expect([hand.answer(), hand.post(1), hand.rig.status.broken, hand.rig.status.strays]).toEqual([ERR, false, 1, 1]);
  });

  it("the engine's own device answers it", () => {
    const machine = freshMachine();
    const control = new NetControl(machine, 0x5254n, 2);
    const window = machine.addWindow(1 << 20);
    const queue = new ControlQueue(machine, control, window, machine.addLcore(true, 8, 0), layout === "packed");
    control.reset(true, true);
    for (let vid = 0; vid < 200; vid++) expect(queue.setVlan(256 + vid, true)).toBe(OK);
    expect(control.filter.vlans).toEqual(Array.from({ length: 200 }, (_, i) => 256 + i));
    expect(queue.send(9, 9)).toBe(ERR);
    expect(control.counts).toEqual({ changes: 200, served: 201, refused: 0 });
  });
});
