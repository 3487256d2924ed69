// memory-host - the Host of vhost-user without a machine: sockets, descriptors and mappings as objects, counted, so that a test can say that
// nothing is left. Hosts on one Network reach each other; a descriptor that is sent becomes another number at the receiver, as SCM_RIGHTS does.
import { UsageError } from "../../src/errors.ts";
import { PeerFault } from "../../src/vhost-user/fault.ts";
import type { Absent, Chunk, Fd, Host, Listener, Mapping, Stream } from "../../src/vhost-user/host.ts";
import { LinearSpace } from "../../src/vhost-user/linear-space.ts";

const PAGE = 4096;

/** What descriptors stand for. */
export interface OpenFile {
  readonly kind: ReturnType<Host["fdKind"]>;
  readonly bytes: Uint8Array;
}

interface Segment {
  readonly bytes: Uint8Array;
  readonly files: readonly OpenFile[];
}

/** Cuts a stream of bytes: how many of `n` a receive gets. */
export type Cut = (n: number) => number;

export class Network {
  readonly listeners = new Map<string, MemoryListener>();
  cut: Cut = (n) => n;
}

/** One end of a connection. */
export class MemoryStream implements Stream {
  private readonly host: MemoryHost;
  private readonly cut: Cut;
  private readonly inbox: Segment[] = [];
  private waiting: (() => void) | undefined;
  peer: MemoryStream | undefined;
  private closed = false;
  private ended = false;

  constructor(host: MemoryHost, cut: Cut) {
    this.host = host;
    this.cut = cut;
    host.streams.add(this);
  }

  async receive(max: number): Promise<Chunk | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const segment = this.inbox.shift();
      if (segment !== undefined) {
        const n = Math.max(1, Math.min(segment.bytes.length, max, this.cut(max)));
        if (n < segment.bytes.length) this.inbox.unshift({ bytes: segment.bytes.subarray(n), files: [] });
        return { bytes: segment.bytes.slice(0, n), fds: segment.files.map((file) => this.host.install(file)) };
      }
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  send(bytes: Uint8Array, fds: readonly Fd[]): void {
    if (this.closed || this.peer === undefined)
      throw new PeerFault("connection: found it closed, expected a peer that reads");
    this.peer.deliver({ bytes: bytes.slice(), files: fds.map((fd) => this.host.file(fd)) });
  }

  private deliver(segment: Segment): void {
    if (this.closed) return;
    this.inbox.push(segment);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.host.streams.delete(this);
    const { peer } = this;
    this.peer = undefined;
    if (peer !== undefined) {
      peer.ended = true;
      peer.peer = undefined;
      peer.wake();
    }
    this.wake();
  }
}

export class MemoryListener implements Listener {
  readonly host: MemoryHost;
  private readonly path: string;
  private readonly arrived: Stream[] = [];
  private waiting: (() => void) | undefined;
  private closed = false;

  constructor(host: MemoryHost, path: string) {
    this.host = host;
    this.path = path;
  }

  push(stream: Stream): void {
    this.arrived.push(stream);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  }

  async accept(): Promise<Stream | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const stream = this.arrived.shift();
      if (stream !== undefined) return stream;
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  close(): void {
    this.closed = true;
    this.host.network.listeners.delete(this.path);
    for (const stream of this.arrived.splice(0)) stream.close();
    this.wake();
  }
}

export class MemoryHost implements Host {
  readonly network: Network;
  readonly fds = new Map<Fd, OpenFile>();
  readonly streams = new Set<MemoryStream>();
  readonly timers = new Set<{ readonly due: number; readonly then: () => void }>();
  /** Mappings by linear address of their first byte. */
  readonly mappings = new Map<number, Uint8Array>();
  private readonly space: LinearSpace;
  private nextFd = 100;
  private clock = 0;

  /** room: bytes of peers' memory that fit */
  constructor(network: Network, room = 1 << 24) {
    this.network = network;
    this.space = new LinearSpace(1 << 20, room);
  }

  /** What is held. */
  get holdings(): { fds: number; mappings: number; streams: number; timers: number; free: number } {
    const { fds, mappings, streams, timers, space } = this;
    return { fds: fds.size, mappings: mappings.size, streams: streams.size, timers: timers.size, free: space.largest };
  }

  install(file: OpenFile): Fd {
    const fd = this.nextFd++;
    this.fds.set(fd, file);
    return fd;
  }

  file(fd: Fd): OpenFile {
    const file = this.fds.get(fd);
    if (file === undefined) throw new Error(`fd ${fd}: found it closed, expected it open`);
    return file;
  }

  makeFile(size: number): Fd {
    return this.install({ kind: "file", bytes: new Uint8Array(size) });
  }

  makeEventfd(): Fd {
    return this.install({ kind: "eventfd", bytes: new Uint8Array(8) });
  }

  closeFd(fd: Fd): void {
    if (!this.fds.delete(fd)) throw new Error(`fd ${fd}: found it closed twice, expected once`);
  }

  fdKind(fd: Fd): ReturnType<Host["fdKind"]> {
    return this.file(fd).kind;
  }

  connect(path: string): Stream | Absent {
    const listener = this.network.listeners.get(path);
    if (listener === undefined)
      return { absent: "found nobody listening, expected a peer", reason: "Connection refused" };
    const here = new MemoryStream(this, this.network.cut);
    const there = new MemoryStream(listener.host, this.network.cut);
    here.peer = there;
    there.peer = here;
    listener.push(there);
    return here;
  }

  listen(path: string): Listener {
    if (this.network.listeners.has(path)) {
      throw new UsageError(`socket ${path}: found it in use, expected a path that can be created`);
    }
    const listener = new MemoryListener(this, path);
    this.network.listeners.set(path, listener);
    return listener;
  }

  map(fd: Fd, offset: bigint, size: bigint): Mapping | { readonly refusal: string } {
    const { bytes } = this.file(fd);
    const end = Number(offset + size);
    if (end > bytes.length)
      return { refusal: `found an end at ${end}, expected it in a file of ${bytes.length} bytes` };
    const length = Math.ceil(Number(size) / PAGE) * PAGE;
    const linear = this.space.take(length, PAGE, 0);
    if (linear === undefined) return { refusal: `found ${length} bytes, expected at most ${this.space.largest}` };
    this.mappings.set(linear, bytes.subarray(Number(offset), end));
    return {
      linear,
      unmap: () => {
        if (!this.mappings.delete(linear)) throw new Error(`mapping ${linear}: found it gone, expected it mapped`);
        this.space.give(linear, length);
      },
    };
  }

  readU16(linear: number): number {
    for (const [at, bytes] of this.mappings) {
      if (linear >= at && linear + 2 <= at + bytes.length) {
        return new DataView(bytes.buffer, bytes.byteOffset).getUint16(linear - at, true);
      }
    }
    throw new Error(`linear ${linear}: found nothing mapped, expected a ring`);
  }

  after(ms: number, then: () => void): () => void {
    const timer = { due: this.clock + ms, then };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock += ms;
    for (const timer of [...this.timers]) {
      if (timer.due > this.clock) continue;
      this.timers.delete(timer);
      timer.then();
    }
  }
}

/** Lets everything that is under way in memory come to rest. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
}
