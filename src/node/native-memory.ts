// native-memory - pages that two processes share: a window of ours in a memfd that a peer maps, and a peer's file mapped into ours.
// A peer may cut its file whenever it likes (its memfd carries no seal that could be asked for), and whoever then touches what is gone is
// killed with SIGBUS. So once `moveOut` was called peers' files are mapped by another process only, over the same linear memory, see
// lcore-process; what little is read of them here is read through the file.
// Invariants: P1 a range of a peer's file that does not exist is not mapped. P2 a real address, not a linear one, is a multiple of the
// file's page. P3 of each file mapped a descriptor is kept, to look at its size and to map it again.
import { fstatSync, readlinkSync, readSync, writeSync } from "node:fs";
import { hex } from "../vhost-user/fault.ts";
import type { Fd, Host, Mapping } from "../vhost-user/host.ts";
import { LinearSpace, type Range } from "../vhost-user/linear-space.ts";
import type { LinearRange } from "./lcore-messages.ts";
import type { NativePages } from "./native-pages.ts";

const PAGE = 4096;
/** Bytes that are looked at and moved together. */
const PIECE_BYTES = 65536;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** A file mapped at a place of the linear memory. */
export interface FilePages extends LinearRange {
  readonly fd: Fd;
  readonly offset: number;
}

/** Pages of a peer's. */
export interface PeerPages extends FilePages {
  /** Tells who uses them that the file was cut; resolves when nobody does any more. */
  lost(): Promise<void>;
}

/** Maps peers' pages in another process. */
export interface Elsewhere {
  map(pages: FilePages): void;
  clear(range: LinearRange): void;
}

export class NativeMemory {
  /** Ours that peers map. */
  readonly windows: FilePages[] = [];
  readonly peers = new Set<PeerPages>();
  private readonly pages: NativePages;
  private readonly space: LinearSpace;
  private readonly room: Range;
  private readonly view: DataView;
  private elsewhere: Elsewhere | undefined;

  /** room: the part of the linear memory where peers' files go */
  constructor(pages: NativePages, room: Range) {
    this.pages = pages;
    this.room = room;
    this.space = new LinearSpace(room.start, room.size);
    this.view = new DataView(pages.bytes.buffer);
  }

  /**
   * Moves [linear, linear + size) into a sealed memfd. Both are multiples of the page.
   * @returns the memfd, the caller's, who keeps it open as long as peers may come. @throws RunError
   */
  share(linear: number, size: number): Fd {
    const { pages } = this;
    const fd = pages.makeFile(size, true);
    try {
      this.copyTo(fd, linear, linear + size, linear);
      pages.place(linear, size, fd, 0);
      const window = { linear, size, fd, offset: 0 };
      this.windows.push(window);
      this.elsewhere?.map(window);
    } catch (error) {
      pages.close(fd);
      throw error;
    }
    return fd;
  }

  /**
   * Moves the linear memory into a file that another process can map. usedBytes: from its beginning; the rest is empty, as is the room of peers.
   * elsewhere: who maps peers' files from now on. @returns the file, the caller's
   */
  moveOut(usedBytes: number, elsewhere: Elsewhere): Fd {
    const { pages, windows, room } = this;
    const { bytes } = pages;
    const fd = pages.makeFile(bytes.length, false);
    const apart = [...windows].sort((a, b) => a.linear - b.linear);
    let start = 0;
    for (const { linear, size } of [...apart, { linear: bytes.length, size: 0 }]) {
      const used = Math.min(linear, usedBytes);
      this.copyTo(fd, start, Math.min(used, room.start), 0);
      this.copyTo(fd, Math.max(start, room.start + room.size), used, 0);
      if (linear > start) pages.place(start, linear - start, fd, start);
      start = linear + size;
    }
    this.elsewhere = elsewhere;
    return fd;
  }

  /** Writes what is not zero of [start, end) to the file, whose first byte is that at `origin`. */
  private copyTo(fd: Fd, start: number, end: number, origin: number): void {
    const { buffer } = this.pages.bytes;
    for (let at = start; at < end; at += PIECE_BYTES) {
      const piece = Buffer.from(buffer, at, Math.min(PIECE_BYTES, end - at));
      if (!piece.equals(ZEROS.subarray(0, piece.length))) writeSync(fd, piece, 0, piece.length, at - origin);
    }
  }

  /** Host.map. */
  map(fd: Fd, offset: bigint, size: bigint, lost: () => Promise<void>): Mapping | { readonly refusal: string } {
    const { pages, space } = this;
    const stat = fstatSync(fd, { bigint: true });
    if (offset + size > stat.size) {
      return { refusal: `found an end at ${hex(offset + size)}, expected it in a file of ${hex(stat.size)} bytes` };
    }
    const page = Math.max(PAGE, Number(stat.blksize));
    const lead = Number(offset % BigInt(page));
    const length = Math.ceil((Number(size) + lead) / page) * page;
    const at = space.take(length, page, Number(pages.base % BigInt(page)));
    if (at === undefined) {
      const { largest } = space;
      return { refusal: `found ${hex(length)} bytes, expected at most ${hex(largest)}: the room left in our memory` };
    }
    const start = Number(offset) - lead;
    const errno = pages.tryPlace(at, length, fd, start);
    if (errno !== undefined) {
      space.give(at, length);
      return { refusal: `found ${errno} of mmap, expected a file that can be mapped for reading and writing` };
    }
    const mapped: PeerPages = { linear: at, size: length, fd: pages.duplicate(fd), offset: start, lost };
    this.peers.add(mapped);
    if (this.elsewhere !== undefined) {
      pages.clear(at, length); // it can be mapped, and nobody has touched it
      this.elsewhere.map(mapped);
    }
    return { linear: at + lead, unmap: () => this.unmap(mapped) };
  }

  private unmap(mapped: PeerPages): void {
    const { linear, size, fd } = mapped;
    this.peers.delete(mapped);
    if (this.elsewhere === undefined) this.pages.clear(linear, size);
    else this.elsewhere.clear({ linear, size });
    this.pages.close(fd);
    this.space.give(linear, size);
  }

  /** Host.readU16. @returns 0 where a peer has cut its file */
  readU16(linear: number): number {
    if (this.elsewhere === undefined) return this.view.getUint16(linear, true);
    for (const peer of this.peers) {
      if (linear < peer.linear || linear >= peer.linear + peer.size) continue;
      const bytes = Buffer.alloc(2);
      readSync(peer.fd, bytes, 0, 2, peer.offset + linear - peer.linear);
      return bytes.readUInt16LE();
    }
    throw new Error(`linear memory: found ${hex(linear)} in no peer's pages, expected it in one`);
  }
}

/** Host.fdKind. */
export function fdKind(fd: Fd): ReturnType<Host["fdKind"]> {
  const stat = fstatSync(fd);
  if (stat.isFile()) return "file";
  if (stat.isSocket()) return "socket";
  return readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventfd]" ? "eventfd" : "other";
}
