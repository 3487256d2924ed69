// native-pages - pages of files at a place in the linear memory of this process. Follows: mmap(2), memfd_create(2), fcntl(2) "File Sealing".
// Invariants: M1 nothing is ever mapped outside the linear memory. M2 what is cleared is empty memory again.
import { RunError } from "../errors.ts";
import { hex } from "../vhost-user/fault.ts";
import type { Fd } from "../vhost-user/host.ts";
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
const F_DUPFD_CLOEXEC = 1030;
/** Nobody may shrink it, let it grow, or add a seal. */
const SEALS = 1 | 2 | 4;

export class NativePages {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** Address of the linear memory's first byte. */
  readonly base: bigint;
  private readonly libc: Libc;

  /** bytes: all of the linear memory */
  constructor(libc: Libc, bytes: Uint8Array<SharedArrayBuffer>) {
    this.libc = libc;
    this.bytes = bytes;
    this.base = libc.address(bytes);
  }

  /** Puts a file's bytes from `offset` on in place of [linear, linear + size), shared. @returns the errno; undefined: done */
  tryPlace(linear: number, size: number, fd: Fd, offset: number): string | undefined {
    return this.mmap(linear, size, MAP_SHARED, fd, offset);
  }

  /** Likewise. @throws RunError */
  place(linear: number, size: number, fd: Fd, offset: number): void {
    const errno = this.tryPlace(linear, size, fd, offset);
    if (errno !== undefined) throw new RunError(`shared memory: found ${errno} of mmap, expected ${size} bytes`);
  }

  /** Empty private pages in place of whatever lies there. */
  clear(linear: number, size: number): void {
    const errno = this.mmap(linear, size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (errno !== undefined)
      throw new RunError(`linear memory: found ${errno} of mmap, expected ${hex(linear)} emptied`);
  }

  private mmap(linear: number, size: number, flags: number, fd: Fd, offset: number): string | undefined {
    const { bytes, libc } = this;
    if (linear < 0 || size <= 0 || linear + size > bytes.length) {
      throw new Error(
        `linear memory: found [${hex(linear)}, ${hex(linear + size)}), expected it below ${hex(bytes.length)}`,
      );
    }
    const at = bytes.subarray(linear, linear + size);
    const result = libc.call("mmap", at, size, PROT_READ_WRITE, flags | MAP_FIXED, fd, offset);
    return "errno" in result ? result.errno : undefined;
  }

  /** A new memfd of `size` bytes, the caller's; sealed: for peers, who can trust its size. @throws RunError */
  makeFile(size: number, sealed: boolean): Fd {
    const must = (name: "memfd_create" | "ftruncate" | "fcntl", ...args: readonly unknown[]): number => {
      const result = this.libc.call(name, ...args);
      if ("errno" in result) {
        throw new RunError(`shared memory: found ${result.errno} of ${name}, expected ${size} bytes`);
      }
      return result.value;
    };
    const fd = must("memfd_create", "ringbed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    try {
      must("ftruncate", fd, size);
      if (sealed) must("fcntl", fd, F_ADD_SEALS, SEALS);
    } catch (error) {
      this.close(fd);
      throw error;
    }
    return fd;
  }

  /** Another descriptor of the same file, the caller's. @throws RunError */
  duplicate(fd: Fd): Fd {
    const made = this.libc.call("fcntl", fd, F_DUPFD_CLOEXEC, 0);
    if ("errno" in made) throw new RunError(`descriptor: found ${made.errno}, expected another of the same file`);
    return made.value;
  }

  close(fd: Fd): void {
    this.libc.call("close", fd);
  }
}
