// control-siege - the engine's device side of a control queue over either layout, besieged: a hand-written driver posts commands in any framing, and
// what the device was told is read back.
import * as abi from "../../assembly/abi/control.ts";
import { NetControl, type RxFilter } from "../../src/wasm/control-queue.ts";
import { WRITE } from "./driver-mock.ts";
import type { GuestBuffer } from "./rings.ts";
import { type Layout, Siege } from "./siege.ts";

export const OWN = 0x0100_0000_5452n;

export const le16 = (n: number): number[] => [n & 0xff, n >> 8];
export const le32 = (n: number): number[] => [...le16(n & 0xffff), ...le16(n >>> 16)];
/** An address as it stands in a frame. mac: byte 0 lowest */
export const macBytes = (mac: bigint): number[] =>
  Array.from({ length: 6 }, (_, i) => Number((mac >> BigInt(8 * i)) & 0xffn));
/** 02:00:00:00:00:n, and 01:00:5e:00:00:n. */
export const unicast = (n: number): bigint => 0x02n | (BigInt(n) << 40n);
export const multicast = (n: number): bigint => 0x5e0001n | (BigInt(n) << 40n);

/** TABLE_SET's data. */
export function tables(uni: readonly bigint[], multi: readonly bigint[]): number[] {
  return [uni, multi].flatMap((macs) => [...le32(macs.length), ...macs.flatMap(macBytes)]);
}

export class ControlSiege extends Siege {
  readonly control: NetControl;
  private readonly frame: number;

  constructor(layout: Layout, { pairs = 4, mq = true, vlans = true, size = 16, bytes = 1 << 19 } = {}) {
    super({ layout, size, header: 0, bytes });
    this.control = new NetControl(this.machine, OWN, pairs);
    this.control.reset(mq, vlans);
    this.frame = this.machine.arena.allocate(2048, "a frame");
  }

  /** Readable buffers with these bytes, cut into these lengths. */
  readable(bytes: readonly number[], cuts: readonly number[] = [bytes.length]): GuestBuffer[] {
    let from = 0;
    return cuts.map((len) => {
      const buffer = this.buffer(len, 0);
      this.bytes.set(bytes.slice(from, from + len), buffer.at);
      from += len;
      return buffer;
    });
  }

  writable(...lengths: readonly number[]): (GuestBuffer & { flags: number })[] {
    return lengths.map((len) => ({ ...this.buffer(len), flags: WRITE }));
  }

  /** The device is kicked. @returns chains that it took */
  serve(): number {
    const { hands, queue, control } = this;
    return this.bounded(() => hands.engine.controlServe(hands.lcore, queue, control.address)) >>> 0;
  }

  /** Posts a chain and has it served. @returns what the used entry says was written */
  chain(buffers: readonly (GuestBuffer & { flags?: number })[]): number | undefined {
    this.post(buffers);
    this.serve();
    return this.usedLength();
  }

  usedLength(): number | undefined {
    const used = this.layout === "packed" ? this.packed.takeUsed() : this.split.takeUsed();
    return used.at(-1)?.len;
  }

  /** A command as DPDK's driver frames it, unless cut otherwise. @returns its ack; undefined: nothing was written */
  command(kind: number, command: number, data: readonly number[] = [], cuts?: readonly number[]): number | undefined {
    const bytes = [kind, command, ...data];
    const [ack] = this.writable(1);
    const lengths = cuts ?? (data.length > 0 ? [2, data.length] : [2]);
    return this.chain([...this.readable(bytes, lengths), ack!]) === 1 ? this.bytes[ack!.at] : undefined;
  }

  mode(command: number, on: boolean): number | undefined {
    return this.command(abi.VIRTIO_NET_CTRL_RX, command, [on ? 1 : 0]);
  }

  setTable(uni: readonly bigint[], multi: readonly bigint[], cuts?: readonly number[]): number | undefined {
    return this.command(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_TABLE_SET, tables(uni, multi), cuts);
  }

  get told(): RxFilter {
    return this.control.filter;
  }

  /** Whether a frame is let in. tci: of a VLAN tag */
  accepts(destination: bigint, tci?: number, type = 0x8100): boolean {
    const tag = tci === undefined ? [] : [type >> 8, type & 0xff, tci >> 8, tci & 0xff];
    const bytes = [...macBytes(destination), ...macBytes(unicast(0xaa)), ...tag, 8, 0];
    this.bytes.fill(0, this.frame, this.frame + 64);
    this.bytes.set(bytes, this.frame);
    return Boolean(this.machine.engine.rxFilterAccepts(this.control.address, this.frame, 60));
  }
}
