// dirty-log - the area in which a front-end that copies its guest's memory elsewhere wants to be told of pages that were written. Follows:
// vhost-user protocol, "Migration".
// Invariant: D1 an area is given back only when ring code has got another one, or none.
import type { DirtyLog } from "./device.ts";
import { PeerFault } from "./fault.ts";
import type { Fd, Host, Mapping } from "./host.ts";
import type { LogArea } from "./payload.ts";

/** Pages of 2^32 bytes of a guest would take 128 KiB; no guest has more than these. */
const MAX_BYTES = 1n << 28n;

export class LogMapping {
  private readonly host: Host;
  private readonly lost: () => Promise<void>;
  private mapping: Mapping | undefined;
  private bytes = 0;
  /** LOG_ALL is agreed on. */
  wanted = false;

  /** lost: the front-end has cut the file; resolves when nobody uses it any more */
  constructor(host: Host, lost: () => Promise<void>) {
    this.host = host;
    this.lost = lost;
  }

  /** What ring code is to write to. */
  get current(): DirtyLog | undefined {
    return this.wanted && this.mapping !== undefined ? { linear: this.mapping.linear, bytes: this.bytes } : undefined;
  }

  /** Maps another area. fd: borrowed. @returns gives back the one before. @throws PeerFault; all is as before then */
  replace({ size, offset }: LogArea, fd: Fd): () => void {
    if (size < 1n || size > MAX_BYTES)
      throw new PeerFault(`dirty log: found ${size} bytes, expected 1 to ${MAX_BYTES}`);
    if (offset + size >= 1n << 63n) throw new PeerFault(`dirty log: found offset ${offset}, expected one in a file`);
    const mapping = this.host.map(fd, offset, size, this.lost);
    if ("refusal" in mapping) throw new PeerFault(`dirty log: ${mapping.refusal}`);
    const old = this.mapping;
    this.mapping = mapping;
    this.bytes = Number(size);
    return () => old?.unmap();
  }

  /** No ring runs. */
  clear(): void {
    this.mapping?.unmap();
    this.mapping = undefined;
    this.wanted = false;
  }
}
