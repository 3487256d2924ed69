// native-memory - pages that two processes share, at a place in the linear memory of the engine: a window of ours in a memfd that a peer
// maps, and a peer's file mapped into ours. Follows: mmap(2), memfd_create(2), fcntl(2) "File Sealing".
// Invariants: M1 nothing is ever mapped outside the linear memory. M2 a range of a peer's file that does not exist is not mapped: using it
// would be SIGBUS. M3 what is unmapped is empty memory again. M4 a real address, not a linear one, is a multiple of the file's page.
// A peer that cuts its file later still kills us with SIGBUS (its memfd carries no seal that could be asked for): a live device's data plane
// therefore runs in a process of its own.
import { fstatSync, readlinkSync } from "node:fs";
import { RunError } from "../errors.ts";
import { hex } from "../vhost-user/fault.ts";
import type { Fd, Host, Mapping } from "../vhost-user/host.ts";
import type { LinearSpace } from "../vhost-user/linear-space.ts";
import type { Libc } from "./native-libc.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
/** Nobody may shrink it, let it grow, or add a seal. */
const SEALS = 1 | 2 | 4;
const EFD_NONBLOCK_CLOEXEC = 0x80800;
const PAGE = 4096;

export class NativeMemory {
  private readonly libc: Libc;
  private readonly bytes: Uint8Array<SharedArrayBuffer>;
  private readonly space: LinearSpace;
  private readonly base: bigint;

  /** bytes: all of the linear memory. space: the part of it where peers' files go */
  constructor(libc: Libc, bytes: Uint8Array<SharedArrayBuffer>, space: LinearSpace) {
    this.libc = libc;
    this.bytes = bytes;
    this.space = space;
    this.base = libc.address(bytes);
  }

  /**
   * Puts [linear, linear + size) into a sealed memfd; what was there is lost. Both are multiples of the page.
   * @returns the memfd, the caller's. @throws RunError
   */
  share(linear: number, size: number): Fd {
    const must = (name: "memfd_create" | "ftruncate" | "fcntl", ...args: readonly unknown[]): number => {
      const result = this.libc.call(name, ...args);
      if ("errno" in result)
        throw new RunError(`shared memory: found ${result.errno} of ${name}, expected ${size} bytes`);
      return result.value;
    };
    const fd = must("memfd_create", "ringbed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    try {
      must("ftruncate", fd, size);
      must("fcntl", fd, F_ADD_SEALS, SEALS);
      const errno = this.place(linear, size, MAP_SHARED, fd, 0);
      if (errno !== undefined) throw new RunError(`shared memory: found ${errno} of mmap, expected ${size} bytes`);
    } catch (error) {
      this.libc.call("close", fd);
      throw error;
    }
    return fd;
  }

  /** Empty private pages in place of whatever lies there. */
  clear(linear: number, size: number): void {
    const errno = this.place(linear, size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (errno !== undefined)
      throw new RunError(`linear memory: found ${errno} of mmap, expected ${hex(linear)} emptied`);
  }

  /** Host.map. */
  map(fd: Fd, offset: bigint, size: bigint): Mapping | { readonly refusal: string } {
    const stat = fstatSync(fd, { bigint: true });
    if (offset + size > stat.size) {
      return { refusal: `found an end at ${hex(offset + size)}, expected it in a file of ${hex(stat.size)} bytes` };
    }
    const page = Math.max(PAGE, Number(stat.blksize));
    const lead = Number(offset % BigInt(page));
    const length = Math.ceil((Number(size) + lead) / page) * page;
    const at = this.space.take(length, page, Number(this.base % BigInt(page)));
    if (at === undefined) {
      const { largest } = this.space;
      return { refusal: `found ${hex(length)} bytes, expected at most ${hex(largest)}: the room left in our memory` };
    }
    const errno = this.place(at, length, MAP_SHARED, fd, Number(offset) - lead);
    if (errno !== undefined) {
      this.space.give(at, length);
      return { refusal: `found ${errno} of mmap, expected a file that can be mapped for reading and writing` };
    }
    return {
      linear: at + lead,
      unmap: () => {
        this.clear(at, length);
        this.space.give(at, length);
      },
    };
  }

  /** @returns the errno; undefined: done */
  private place(linear: number, size: number, flags: number, fd: Fd, offset: number): string | undefined {
    const { bytes, libc } = this;
    if (linear < 0 || size <= 0 || linear + size > bytes.length) {
      throw new Error(
        `linear memory: found [${hex(linear)}, ${hex(linear + size)}), expected it below ${hex(bytes.length)}`,
      );
    }
    const result = libc.call(
      "mmap",
      bytes.subarray(linear, linear + size),
      size,
      PROT_READ_WRITE,
      flags | MAP_FIXED,
      fd,
      offset,
    );
    return "errno" in result ? result.errno : undefined;
  }

  makeEventfd(): Fd {
    const made = this.libc.call("eventfd", 0, EFD_NONBLOCK_CLOEXEC);
    if ("errno" in made) throw new RunError(`eventfd: found ${made.errno}, expected a new one`);
    return made.value;
  }
}

/** Host.fdKind. */
export function fdKind(fd: Fd): ReturnType<Host["fdKind"]> {
  const stat = fstatSync(fd);
  if (stat.isFile()) return "file";
  if (stat.isSocket()) return "socket";
  return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventfd]" ? "eventfd" : "other";
}
