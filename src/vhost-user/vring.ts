// vring - one ring as a back-end knows it: what the front-end has said so far, and where that lies. Follows: vhost-user protocol, "Ring
// states"; a ring is ready as vq_is_ready of DPDK has it: addresses found, kick and call given (or refused by NOFD), enabled.
// Invariants: V1 the kick, call and err descriptors here are this object's to close. V2 `place` is only of the memory table in force.
import type { DeviceRing, RingPlace, RingPosition } from "./device.ts";
import { hex, PeerFault } from "./fault.ts";
import type { RingFormat } from "./features.ts";
import type { Fd, Host } from "./host.ts";
import type { VringAddr } from "./payload.ts";
import type { Regions } from "./regions.ts";

const MAX_SIZE = 32768;
/** Slot 0, wrap counter 1. */
const PACKED_START = 0x8000;

/** An event's descriptor; fd undefined: the front-end wants none. */
interface EventSlot {
  readonly fd: Fd | undefined;
}

export type RingEvent = "kick" | "call" | "err";

/** Bytes and alignment of a ring's areas; virtio 1.3, 2.7 and 2.8. */
function areas(
  size: number,
  packed: boolean,
): Readonly<Record<keyof RingPlace, readonly [bytes: number, align: number]>> {
  return packed
    ? { desc: [16 * size, 16], avail: [4, 4], used: [4, 4] }
    : { desc: [16 * size, 16], avail: [6 + 2 * size, 2], used: [6 + 8 * size, 4] };
}

export class Vring {
  readonly index: number;
  size = 0;
  position: RingPosition = { avail: 0, used: 0 };
  enabled = false;
  /** The front-end disabled it, rather than not having enabled it yet. */
  disabled = false;
  /** Kicked since it was last stopped. */
  started = false;
  /** Ring code has it. */
  running = false;
  /** Something in it was used since it was new, or since its base was asked for. */
  called = false;
  /** dpdkQuirks: not served, however ready it is, before it has been not ready. Source: state->cur of net_vhost 22.11 */
  passedOver = false;
  addr: VringAddr | undefined;
  private place: RingPlace | undefined;
  private readonly host: Host;
  private readonly events = new Map<RingEvent, EventSlot>();

  constructor(host: Host, index: number) {
    this.host = host;
    this.index = index;
  }

  /** @throws PeerFault when no ring of the kind can have this size */
  resize(size: number, packed: boolean): void {
    const powerOfTwo = (size & (size - 1)) === 0;
    if (size < 1 || size > MAX_SIZE || (!packed && !powerOfTwo)) {
      throw new PeerFault(
        `ring ${this.index}: found size ${size}, expected ${packed ? "" : "a power of two "}up to ${MAX_SIZE}`,
      );
    }
    this.size = size;
  }

  /** A base as SET_VRING_BASE has it. Packed: 16 bits for each side; an upper half of 0 means as the lower. */
  setBase(base: number, packed: boolean): void {
    const low = base & 0xffff;
    const high = base >>> 16;
    this.position = { avail: low, used: packed && high !== 0 ? high : low };
  }

  /** @throws PeerFault when a packed ring has no such slots */
  private checkBase(): void {
    const { index, size, position } = this;
    for (const at of [position.avail, position.used]) {
      if ((at & 0x7fff) >= size)
        throw new PeerFault(`ring ${index}: found base ${hex(BigInt(at))}, expected a slot below ${size}`);
    }
  }

  base(packed: boolean): number {
    const { avail, used } = this.position;
    return packed ? (avail | (used << 16)) >>> 0 : avail;
  }

  /**
   * Finds the ring in the memory table, if its address and size are known. A split ring goes on at what its used ring says, whatever base
   * was given; a packed one, if the base says that it is new, at what its descriptors say.
   * @returns a warning when that differs. @throws PeerFault when an area is misaligned or in no region, or no ring is like that
   */
  locate(regions: Regions, format: RingFormat): string | undefined {
    this.place = undefined;
    const { packed } = format;
    const { addr, size, index } = this;
    if (addr === undefined || size === 0) return undefined;
    this.resize(size, packed); // it may have been given while the other layout was agreed on
    if (packed) this.checkBase();
    const shapes = areas(size, packed);
    const find = (area: keyof RingPlace): number => {
      const [bytes, align] = shapes[area];
      const linear = regions.fromUser(addr[area], bytes);
      if (linear === undefined) {
        throw new PeerFault(
          `ring ${index}: found ${area} at ${hex(addr[area])}, expected its ${bytes} bytes in one memory region`,
        );
      }
      if (addr[area] % BigInt(align) !== 0n || linear % align !== 0) {
        throw new PeerFault(`ring ${index}: found ${area} at ${hex(addr[area])}, expected a multiple of ${align}`);
      }
      return linear;
    };
    this.place = { desc: find("desc"), avail: find("avail"), used: find("used") };
    if (packed) return this.goOn(this.place.desc, format);
    const used = this.host.readU16(this.place.used + 2);
    const { avail } = this.position;
    this.position = { avail: used, used };
    return avail === used
      ? undefined
      : `ring ${index}: found base ${avail} and used index ${used}, goes on at the latter`;
  }

  /**
   * A front-end whose back-end was killed does not know where it stood in a packed ring, and says it is new (QEMU does). Behind the place up to
   * which descriptors are used, USED is this lap's wrap counter, and from there on it is not: so it can be read off, as long as each buffer
   * has taken one descriptor and has been given back by itself.
   */
  private goOn(desc: number, { inOrder, indirect }: RingFormat): string | undefined {
    const { index, size, position } = this;
    if (position.avail !== PACKED_START) return undefined;
    const used = (slot: number): number => this.host.readU16(desc + 16 * slot + 14) >> 15;
    const first = used(0);
    let turn = 1;
    while (turn < size && used(turn) === first) turn++;
    if (first === 0 && turn === size) return undefined; // it is
    let last = turn;
    while (last < size && used(last) !== first) last++;
    const begins = `ring ${index}: found used descriptors in a ring said to be new`;
    if (inOrder || !indirect || last < size) return `${begins}, expected its driver to reset the device`;
    const at = turn === size ? 0 : turn;
    const wrap = turn === size ? 1 - first : first;
    this.position = { avail: at | (wrap << 15), used: at | (wrap << 15) };
    return `${begins}, goes on at ${at}, wrap counter ${wrap}`;
  }

  /** Forgets where it lies. */
  unplace(): void {
    this.place = undefined;
  }

  /** fd: undefined where the front-end gave none; ours from now on. */
  setEvent(event: RingEvent, fd: Fd | undefined): void {
    this.closeEvent(event);
    this.events.set(event, { fd });
  }

  closeEvent(event: RingEvent): void {
    const fd = this.events.get(event)?.fd;
    if (fd !== undefined) this.host.closeFd(fd);
    this.events.delete(event);
  }

  get ready(): boolean {
    return this.enabled && this.usable;
  }

  /** Disabled, and from the driver: what it sends is to be processed without effect. Source: vhost-user protocol, "Ring states" */
  get discards(): boolean {
    return this.disabled && this.index % 2 === 1 && this.usable;
  }

  private get usable(): boolean {
    return this.place !== undefined && this.started && this.events.has("kick") && this.events.has("call");
  }

  /** VHOST_VRING_F_LOG: what the device writes into the ring is to be logged. */
  get logged(): boolean {
    return ((this.addr?.flags ?? 0) & 1) !== 0;
  }

  /** It as ring code gets it; it is ready. */
  snapshot(): DeviceRing {
    const { index, size, position, place, events, called, discards } = this;
    if (place === undefined) throw new Error(`ring ${index}: found no place, expected a ready ring`);
    return {
      index,
      size,
      position,
      ...place,
      kick: events.get("kick")?.fd,
      call: events.get("call")?.fd,
      discards,
      called,
      logged: this.logged,
    };
  }

  /** As it was before anything was said of it. */
  reset(): void {
    for (const event of [...this.events.keys()]) this.closeEvent(event);
    this.size = 0;
    this.position = { avail: 0, used: 0 };
    this.enabled = false;
    this.disabled = false;
    this.started = false;
    this.called = false;
    this.passedOver = false;
    this.addr = undefined;
    this.place = undefined;
  }
}
