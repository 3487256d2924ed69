// regions - a front-end's memory as the back-end has it mapped. Follows: vhost-user protocol, "Memory regions description"; the limit
// of eight is VHOST_MEMORY_MAX_NREGIONS of DPDK and QEMU.
// Invariants: R1 a table is whole or empty: what cannot be mapped as a whole is not mapped at all. R2 an address is translated only when
// all of its bytes lie in one region. R3 rings are looked up by user address, buffers by guest address.
import { hex, PeerFault } from "./fault.ts";
import type { Fd, Host, Mapping } from "./host.ts";
import type { MemoryRegion } from "./payload.ts";

const MAX_REGIONS = 8;
const ADDRESS_END = 1n << 64n;
/** Offsets are the kernel's off_t. */
const OFFSET_END = 1n << 63n;

/** What a device side needs of a region: guest addresses [guest, guest + size) lie at `linear`. */
export interface DeviceRegion {
  readonly guest: bigint;
  readonly size: bigint;
  readonly linear: number;
}

interface Mapped {
  readonly region: MemoryRegion;
  readonly mapping: Mapping;
}

export class Regions {
  private readonly host: Host;
  private readonly lost: (region: number) => Promise<void>;
  private mapped: readonly Mapped[] = [];

  /** lost: the front-end has cut a region's file; resolves when nobody uses the regions any more */
  constructor(host: Host, lost: (region: number) => Promise<void>) {
    this.host = host;
    this.lost = lost;
  }

  /** Guest addresses and where they lie. */
  get list(): readonly DeviceRegion[] {
    return this.mapped.map(({ region: { guest, size }, mapping: { linear } }) => ({ guest, size, linear }));
  }

  /** Maps a new table in place of the old one. fds: one a region, borrowed. @throws PeerFault; there is no table then */
  replace(table: readonly MemoryRegion[], fds: readonly Fd[]): void {
    checkTable(table);
    this.clear();
    const mapped: Mapped[] = [];
    for (const [i, region] of table.entries()) {
      const mapping = this.host.map(fds[i]!, region.offset, region.size, () => this.lost(i));
      if ("refusal" in mapping) {
        for (const done of mapped) done.mapping.unmap();
        throw new PeerFault(`memory region ${i}: ${mapping.refusal}`);
      }
      mapped.push({ region, mapping });
    }
    this.mapped = mapped;
  }

  clear(): void {
    for (const { mapping } of this.mapped) mapping.unmap();
    this.mapped = [];
  }

  /** Linear address of `length` bytes at a front-end's own address; undefined: no region has them all. */
  fromUser(address: bigint, length: number): number | undefined {
    for (const { region, mapping } of this.mapped) {
      const offset = address - region.user;
      if (offset >= 0n && offset + BigInt(length) <= region.size) return mapping.linear + Number(offset);
    }
    return undefined;
  }
}

/** @throws PeerFault when regions are missing, too many, empty, past the end of an address space, or on top of each other */
function checkTable(table: readonly MemoryRegion[]): void {
  if (table.length < 1 || table.length > MAX_REGIONS) {
    throw new PeerFault(`memory table: found ${table.length} regions, expected 1 to ${MAX_REGIONS}`);
  }
  for (const [i, { guest, size, user, offset }] of table.entries()) {
    const refuse = (found: string, expected: string): never => {
      throw new PeerFault(`memory region ${i}: found ${found}, expected ${expected}`);
    };
    if (size === 0n) refuse("size 0", "at least a byte");
    if (guest + size > ADDRESS_END) refuse(`guest ${hex(guest)} + ${hex(size)}`, "an end below 2^64");
    if (user + size > ADDRESS_END) refuse(`user ${hex(user)} + ${hex(size)}`, "an end below 2^64");
    if (offset + size > OFFSET_END) refuse(`offset ${hex(offset)} + ${hex(size)}`, "an end below 2^63");
    for (const [j, other] of table.slice(0, i).entries()) {
      if (overlap(guest, size, other.guest, other.size))
        refuse(`guest ${hex(guest)} inside region ${j}`, "regions apart");
      if (overlap(user, size, other.user, other.size)) refuse(`user ${hex(user)} inside region ${j}`, "regions apart");
    }
  }
}

function overlap(a: bigint, aSize: bigint, b: bigint, bSize: bigint): boolean {
  return a < b + bSize && b < a + aSize;
}
