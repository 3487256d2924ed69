// fuzz-peers - a driver and a device that do as they should most of the time, so that a ring gets far, and lie in any field the rest of it.
import type { Chance, FuzzBench } from "./fuzz-bench.ts";

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const LENGTHS = [72, 72, 72, 300, 1526, 2060, 12, 13, 0, 1, 65, 4096, 65535, 0x7fff_ffff, 0xffff_fff0, 0xffff_ffff];

abstract class Peer {
  protected readonly bench: FuzzBench;
  protected readonly chance: Chance;
  /** Descriptors, table entries and used entries written. */
  written = 0;

  constructor(bench: FuzzBench, chance: Chance) {
    this.bench = bench;
    this.chance = chance;
  }

  /** Where buffers and tables begin. */
  private get room(): number {
    return (this.bench.used + 16 + 8 * this.bench.config.size + 4095) & ~4095;
  }

  /** Writes an address: nearly always one in the first region. offset: of a u32 */
  private address(offset: number): void {
    const { bench, chance } = this;
    const { u32, at, bytes } = bench;
    const kind = chance.next() & 63;
    const near = at + this.room + chance.below(bytes - this.room - 65536);
    u32[offset] =
      kind === 0
        ? chance.next()
        : kind === 1
          ? at + bytes - chance.below(96)
          : kind === 2
            ? at + chance.below(this.room)
            : near;
    u32[offset + 1] = kind === 3 ? chance.next() : 1;
  }

  /** Writes a descriptor's address and length. base: byte offset */
  private buffer(base: number, kind: number): void {
    const { bench, chance } = this;
    this.address(base >> 2);
    bench.u32[(base >> 2) + 2] = kind > 3 ? 72 + (kind & 31) : LENGTHS[chance.below(LENGTHS.length)]!;
    this.written++;
  }

  /** Fills a table somewhere and lets a descriptor point there. */
  private table(base: number): void {
    const { bench, chance } = this;
    const entries = chance.rarely(64) ? chance.below(300) : 1 + chance.below(5);
    const at = this.room + 16 * chance.below(256) + (chance.rarely(16) ? 2 : 0);
    if ((at & 3) === 0) {
      for (let i = 0; i < Math.min(entries, 8); i++) {
        const entry = at + 16 * i;
        this.buffer(entry, chance.next() & 63);
        const last = i + 1 >= entries;
        const wrong = chance.rarely(64);
        bench.u16[(entry >> 1) + 6] = wrong ? chance.next() : last ? this.direction : NEXT | this.direction;
        bench.u16[(entry >> 1) + 7] = wrong ? chance.next() : i + 1;
      }
    }
    bench.u32[base >> 2] = bench.at + at;
    bench.u32[(base >> 2) + 1] = 1;
    bench.u32[(base >> 2) + 2] = chance.rarely(128) ? chance.next() : 16 * entries;
  }

  protected get direction(): number {
    return this.bench.config.way === "rx" ? 0 : WRITE;
  }

  /** Writes the descriptor in a slot but for its last two fields. @returns its flags */
  protected descriptor(slot: number, mayChain: boolean): number {
    const { chance, bench } = this;
    const kind = chance.next() & 127;
    if (kind > 118 && bench.config.indirect) {
      this.table(16 * slot);
      return INDIRECT | (kind === 119 ? NEXT : 0);
    }
    this.buffer(16 * slot, kind);
    if (kind === 4) return chance.next() & 0xff7f;
    return this.direction | (mayChain && kind < 24 ? NEXT : 0);
  }

  /** A descriptor's number that is none: behind the ring, by preference where a table makes it look like one. */
  protected get stray(): number {
    const { chance } = this;
    return chance.rarely(2) ? chance.next() : (this.room >> 4) + chance.below(256);
  }

  /** Writes noise over the ring: any byte of its areas. */
  protected noise(most: number): void {
    const { bench, chance } = this;
    const { u8, used, config } = bench;
    const end = used + 6 + 8 * config.size;
    for (let n = chance.below(most); n > 0; n--) u8[chance.below(end)] = chance.next();
  }

  /** Bursts of a peer's turn. */
  abstract turn(): void;
}

/** Fills the ring for the engine's device side. */
export class FuzzDriver extends Peer {
  private nextSlot = 0;

  turn(): void {
    if (this.bench.config.packed) this.packed();
    else this.split();
    if (this.chance.rarely(256)) this.noise(8);
  }

  private split(): void {
    const { bench, chance } = this;
    const { u16, config, avail } = bench;
    const { size } = config;
    const index = (avail >> 1) + 1;
    const posted = u16[index]!;
    const free = size - ((posted - bench.devicePosition) & 0xffff);
    let n = chance.below(Math.min(32, Math.max(free, 0)) + 1);
    let entry = posted;
    for (; n > 0; n--) {
      const head = this.nextSlot;
      for (let length = 1; ; length++) {
        const slot = this.nextSlot;
        this.nextSlot = (slot + 1) % size;
        const flags = this.descriptor(slot, length < 6 && length < size);
        u16[8 * slot + 6] = flags;
        u16[8 * slot + 7] = chance.rarely(512) ? this.stray : this.nextSlot;
        if ((flags & NEXT) === 0 || length >= 8) break;
      }
      u16[(avail >> 1) + 2 + (entry & (size - 1))] = chance.rarely(256) ? this.stray : head;
      entry++;
    }
    u16[index] = chance.rarely(4096) ? chance.next() : entry;
  }

  private packed(): void {
    const { bench, chance } = this;
    const { u16, config } = bench;
    const { size } = config;
    const position = bench.devicePosition;
    let slot = position & 0x7fff;
    let wrap = position >> 15;
    for (let n = chance.below(Math.min(32, size) + 1), left = size; n > 0 && left > 0; n--) {
      for (let length = 1; left > 0; length++, left--) {
        const flags = this.descriptor(slot, length < 6 && left > 1);
        u16[8 * slot + 6] = chance.rarely(64) ? chance.next() : slot;
        u16[8 * slot + 7] = chance.rarely(512) ? chance.next() : (flags & 0x7f7f) | (wrap ? 0x80 : 0x8000);
        if (++slot === size) {
          slot = 0;
          wrap ^= 1;
        }
        if ((flags & NEXT) === 0 || length >= 8) break;
      }
    }
  }
}

/** Uses what the engine's driver side made available. */
export class FuzzDevice extends Peer {
  private seen = 0;
  private slot = 0;
  private wrap = 1;

  turn(): void {
    if (this.bench.config.packed) this.packed();
    else this.split();
    if (this.chance.rarely(256)) this.noise(8);
  }

  private length(): number {
    const { chance } = this;
    return (chance.next() & 31) > 0 ? 26 + (chance.next() & 1023) : LENGTHS[chance.below(LENGTHS.length)]!;
  }

  /** Writes the net header of a buffer. at: offset of its first byte in the peer's memory */
  private header(at: number): void {
    const { bench, chance } = this;
    if (at < 0 || at + 12 > bench.bytes) return;
    const { u8 } = bench;
    u8[at] = chance.rarely(8) ? chance.next() : 0;
    u8[at + 1] = chance.rarely(16) ? chance.next() : 0;
    u8[at + 10] = chance.rarely(4) ? chance.below(6) : 1;
    u8[at + 11] = chance.rarely(512) ? chance.next() : 0;
  }

  private split(): void {
    const { bench, chance } = this;
    const { u16, u32, config, avail, used } = bench;
    const { size } = config;
    const waiting = (u16[(avail >> 1) + 1]! - this.seen) & 0xffff;
    let index = u16[(used >> 1) + 1]!;
    for (
      let n = chance.below(Math.min(waiting, size, 48) + 1);
      n > 0;
      n--, index++, this.seen = (this.seen + 1) & 0xffff
    ) {
      const head = u16[(avail >> 1) + 2 + (this.seen & (size - 1))]! & (size - 1);
      if (config.way === "rx") this.header(u32[4 * head]! - bench.at);
      const entry = (used >> 2) + 1 + 2 * (index & (size - 1));
      u32[entry] = chance.rarely(256) ? chance.next() : chance.rarely(64) ? chance.below(size) : head;
      u32[entry + 1] = this.length();
      this.written++;
    }
    u16[(used >> 1) + 1] = chance.rarely(2048) ? chance.next() : index;
  }

  private packed(): void {
    const { bench, chance } = this;
    const { u16, u32, config } = bench;
    const { size } = config;
    for (let n = chance.below(Math.min(size, 48) + 1); n > 0; n--) {
      const { slot } = this;
      const flags = u16[8 * slot + 7]!;
      if ((flags & 0x8080) !== (this.wrap ? 0x80 : 0x8000)) return;
      if (config.way === "rx") this.header(u32[4 * slot]! - bench.at);
      // A chain is given back by its first slot; how many it takes the driver knows.
      let taken = 1;
      for (let at = slot; (u16[8 * at + 7]! & (NEXT | INDIRECT)) === NEXT && taken < size; taken++)
        at = at + 1 === size ? 0 : at + 1;
      const id = u16[8 * ((slot + taken - 1) % size) + 6]!;
      u32[4 * slot + 2] = this.length();
      u16[8 * slot + 6] = chance.rarely(256) ? chance.next() : chance.rarely(64) ? chance.below(size) : id;
      u16[8 * slot + 7] = chance.rarely(256)
        ? chance.next()
        : (this.wrap ? 0x8080 : 0) | (config.way === "rx" ? WRITE : 0);
      this.written++;
      this.slot += taken;
      if (this.slot >= size) {
        this.slot -= size;
        this.wrap ^= 1;
      }
    }
  }
}

/** Between two sides of the engine: only noise. */
export class FuzzNoise extends Peer {
  turn(): void {
    const { chance, bench } = this;
    this.written += bench.config.way === "rx" ? 16 : 8;
    if (chance.rarely(16)) this.noise(4);
    if (chance.rarely(16)) {
      const slot = chance.below(bench.config.size);
      const flags = this.descriptor(slot, true);
      if (chance.rarely(4)) bench.u16[8 * slot + 6] = flags;
    }
  }
}
