// vhost-user-host - what vhost-user asks of the machine, over Linux: raw sockets, shared pages in the engine's memory, eventfds, timers.
import { readSync, writeSync } from "node:fs";
import { RunError } from "../errors.ts";
import type { Fd, Host } from "../vhost-user/host.ts";
import { Libc } from "./native-libc.ts";
import { fdKind, NativeMemory } from "./native-memory.ts";
import { NativePages } from "./native-pages.ts";
import { connectSocket, listenSocket } from "./native-socket.ts";

export interface NativeVhostUserHost extends Host {
  readonly libc: Libc;
  readonly memory: NativeMemory;
  /** Moves pages of ours into a sealed memfd for peers to map. @returns the memfd, the caller's */
  shareWindow(linear: number, size: number): Fd;
  /** Adds one to an eventfd: a kick or a call. */
  signal(fd: Fd): void;
  /** Takes an eventfd's count. @returns 0: nothing was signalled */
  drain(fd: Fd): bigint;
  /** Calls `then` whenever an eventfd is signalled; its count is taken before. Costs nothing while it is quiet. @returns what ends it */
  watch(fd: Fd, then: (count: bigint) => void): () => void;
}

const EFD_NONBLOCK_CLOEXEC = 0x80800;
const ONE = Buffer.from(BigUint64Array.of(1n).buffer);

/**
 * bytes: the engine's whole memory. room: the part of it, nobody else's, where peers' memory is mapped
 * @throws UsageError where koffi is missing, or this is not Linux
 */
export async function openVhostUserHost(
  bytes: Uint8Array<SharedArrayBuffer>,
  room: { readonly linear: number; readonly size: number },
): Promise<NativeVhostUserHost> {
  const libc = await Libc.load();
  const memory = new NativeMemory(new NativePages(libc, bytes), { start: room.linear, size: room.size });
  const drain = (fd: Fd): bigint => {
    const count = Buffer.alloc(8);
    try {
      readSync(fd, count);
    } catch {
      return 0n; // EAGAIN: a count of 0
    }
    return count.readBigUInt64LE();
  };
  return {
    libc,
    memory,
    connect: (path) => connectSocket(libc, path),
    listen: (path) => listenSocket(libc, path),
    closeFd: (fd) => void libc.call("close", fd),
    fdKind,
    map: (fd, offset, size, lost) => memory.map(fd, offset, size, lost),
    readU16: (linear) => memory.readU16(linear),
    makeEventfd: () => {
      const made = libc.call("eventfd", 0, EFD_NONBLOCK_CLOEXEC);
      if ("errno" in made) throw new RunError(`eventfd: found ${made.errno}, expected a new one`);
      return made.value;
    },
    after: (ms, then) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    shareWindow: (linear, size) => memory.share(linear, size),
    signal: (fd) => {
      try {
        writeSync(fd, ONE);
      } catch {
        // EAGAIN: its count is full, so whoever waits for it wakes anyway
      }
    },
    drain,
    watch: (fd, then) => {
      const handle = libc.poll(fd, () => {
        const count = drain(fd);
        if (count > 0n) then(count);
      });
      return () => handle.close();
    },
  };
}
