// control-queue - a virtio-net device's control queue: a ring with both its sides, and what the device has been told by it. Commands are
// virtio's (assembly/abi/control); addresses are 48 bits, byte 0 lowest.
import * as abi from "../../assembly/abi/control.ts";
import { NET_CONTROL_BYTES } from "../../assembly/abi/sizes.ts";
import { RunError, UsageError } from "../errors.ts";
import type { GuestWindow } from "./guest-window.ts";
import type { Machine } from "./machine.ts";
import type { Queue } from "./parts.ts";

/** What the device lets in. */
export interface RxFilter {
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  readonly allUnicast: boolean;
  readonly noMulticast: boolean;
  readonly noUnicast: boolean;
  readonly noBroadcast: boolean;
  readonly mac: bigint;
  readonly unicast: readonly bigint[];
  readonly multicast: readonly bigint[];
  readonly unicastOverflow: boolean;
  readonly multicastOverflow: boolean;
  /** Those that are let in, and whether the driver decides about them: CTRL_VLAN. */
  readonly vlans: readonly number[];
  readonly filtersVlans: boolean;
}

/** The device's end. */
export class NetControl {
  readonly address: number;
  private readonly machine: Machine;
  private readonly mac: bigint;
  private filtersVlans = false;

  constructor(machine: Machine, mac: bigint, maxPairs: number) {
    this.machine = machine;
    this.mac = mac;
    this.address = machine.arena.allocate(NET_CONTROL_BYTES, "a control queue's tables");
    machine.engine.netControlInit(this.address, mac, maxPairs);
  }

  /** The driver has reset the device. mq, vlans: whether MQ and CTRL_VLAN were agreed on */
  reset(mq: boolean, vlans: boolean): void {
    this.filtersVlans = vlans;
    this.machine.engine.netControlReset(this.address, this.mac, mq, vlans);
  }

  /** The configuration space's status: VIRTIO_NET_S_*. */
  get status(): number {
    return Number(this.ask(abi.CONTROL_STATE_STATUS));
  }

  setStatus(bit: number, on: boolean): void {
    this.machine.engine.netControlSetStatus(this.address, on ? bit : 0, on ? 0 : bit);
  }

  /** Queue pairs in use. */
  get pairs(): number {
    return Number(this.ask(abi.CONTROL_STATE_PAIRS));
  }

  /** Commands that changed the receive filter; commands answered; chains given back without an answer. */
  get counts(): { readonly changes: number; readonly served: number; readonly refused: number } {
    return {
      changes: Number(this.ask(abi.CONTROL_STATE_CHANGES)),
      served: Number(this.ask(abi.CONTROL_STATE_SERVED)),
      refused: Number(this.ask(abi.CONTROL_STATE_REFUSED)),
    };
  }

  get filter(): RxFilter {
    const { engine } = this.machine;
    const is = (what: number): boolean => this.ask(what) !== 0n;
    const macs = Array.from({ length: Number(this.ask(abi.CONTROL_STATE_IN_USE)) }, (_, i) =>
      BigInt.asUintN(48, engine.netControlMac(this.address, i)),
    );
    const first = Number(this.ask(abi.CONTROL_STATE_FIRST_MULTI));
    const vlans = Array.from({ length: abi.VLAN_IDS }, (_, vid) => vid);
    return {
      promiscuous: is(abi.VIRTIO_NET_CTRL_RX_PROMISC),
      allMulticast: is(abi.VIRTIO_NET_CTRL_RX_ALLMULTI),
      allUnicast: is(abi.VIRTIO_NET_CTRL_RX_ALLUNI),
      noMulticast: is(abi.VIRTIO_NET_CTRL_RX_NOMULTI),
      noUnicast: is(abi.VIRTIO_NET_CTRL_RX_NOUNI),
      noBroadcast: is(abi.VIRTIO_NET_CTRL_RX_NOBCAST),
      mac: BigInt.asUintN(48, this.ask(abi.CONTROL_STATE_MAC)),
      unicast: macs.slice(0, first),
      multicast: macs.slice(first),
      unicastOverflow: is(abi.CONTROL_STATE_UNI_OVERFLOW),
      multicastOverflow: is(abi.CONTROL_STATE_MULTI_OVERFLOW),
      filtersVlans: this.filtersVlans,
      vlans: vlans.filter((vid) => engine.netControlVlan(this.address, vid)),
    };
  }

  /** Has a queue that delivers to this device's driver let in only what the device was told. */
  filterQueue({ address }: Queue): void {
    this.machine.engine.portQueueFilter(address, this.address);
  }

  private ask(what: number): bigint {
    return this.machine.engine.netControlState(this.address, what);
  }
}

/** Little-endian. */
function le(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 0xff);
}

function macBytes(mac: bigint): number[] {
  return Array.from({ length: 6 }, (_, i) => Number((mac >> BigInt(8 * i)) & 0xffn));
}

/** The driver's end, and the ring between both. Commands are answered with the device's ack, as send says. */
export class ControlQueue {
  private readonly machine: Machine;
  private readonly control: NetControl;
  private readonly lcore: number;
  private readonly device: number;
  private readonly driver: number;
  /** The command area, in the window. */
  private readonly area: number;
  private readonly parts: Uint32Array;

  /** window: the driver's memory. lcore: who publishes for either side. packed: the ring's layout */
  constructor(machine: Machine, control: NetControl, window: GuestWindow, lcore: number, packed: boolean) {
    const size = abi.CONTROL_QUEUE_SIZE;
    const end = { port: 0, number: 0, pool: 0 };
    const ring = { size, headerBytes: 0, mergeable: false, indirect: true, packed };
    const { device, driver } = machine.layVirtqueue(false, ring, end, { ...end, window, lcore });
    this.machine = machine;
    this.control = control;
    this.lcore = lcore;
    this.device = device;
    this.driver = driver;
    this.area = window.allocate(abi.CONTROL_DATA + abi.CONTROL_DATA_MAX, "a control command", 64);
    this.parts = machine.arena.u32(
      machine.arena.allocate(4 * abi.CONTROL_PARTS_MAX, "a command's parts"),
      abi.CONTROL_PARTS_MAX,
    );
  }

  /**
   * Sends a command and has the device serve it, as its process does when it is kicked. data: its parts
   * @returns the ack: VIRTIO_NET_OK or _ERR; any other: the device gave it back without one
   * @throws UsageError for more data than the area holds; RunError when the ring takes or gives nothing
   */
  send(kind: number, command: number, ...data: readonly (readonly number[])[]): number {
    const { machine, area, parts, lcore, driver } = this;
    const { engine, arena } = machine;
    const bytes = data.reduce((sum, part) => sum + part.length, 0);
    if (bytes > abi.CONTROL_DATA_MAX)
      throw new UsageError(`control command: found ${bytes} bytes, expected at most ${abi.CONTROL_DATA_MAX}`);
    arena.bytes.set([kind, command], area);
    let at = area + abi.CONTROL_DATA;
    for (const [i, part] of data.entries()) {
      arena.bytes.set(part, at);
      parts[i] = part.length;
      at += part.length;
    }
    if (!engine.controlPost(lcore, driver, area, parts.byteOffset, data.length))
      throw new RunError("control queue: found it broken or full, expected room for a command");
    engine.publishDeferred(lcore);
    engine.controlServe(lcore, this.device, this.control.address);
    engine.publishDeferred(lcore);
    const ack = engine.controlAnswer(driver) >>> 0;
    if (ack === abi.CONTROL_PENDING) throw new RunError("control queue: found no answer, expected the device's");
    return ack;
  }

  /** RX. mode: VIRTIO_NET_CTRL_RX_* */
  setMode(mode: number, on: boolean): number {
    return this.send(abi.VIRTIO_NET_CTRL_RX, mode, [on ? 1 : 0]);
  }

  /** MAC TABLE_SET: addresses that are let in besides the device's own. */
  setTables(unicast: readonly bigint[], multicast: readonly bigint[]): number {
    const table = (macs: readonly bigint[]): number[] => [...le(macs.length, 4), ...macs.flatMap(macBytes)];
    return this.send(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_TABLE_SET, table(unicast), table(multicast));
  }

  /** MAC ADDR_SET. */
  setAddress(mac: bigint): number {
    return this.send(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_ADDR_SET, macBytes(mac));
  }

  /** VLAN ADD or DEL. */
  setVlan(vid: number, on: boolean): number {
    const command = on ? abi.VIRTIO_NET_CTRL_VLAN_ADD : abi.VIRTIO_NET_CTRL_VLAN_DEL;
    return this.send(abi.VIRTIO_NET_CTRL_VLAN, command, le(vid, 2));
  }

  /** MQ VQ_PAIRS_SET. */
  setPairs(pairs: number): number {
    return this.send(abi.VIRTIO_NET_CTRL_MQ, abi.VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, le(pairs, 2));
  }
}
