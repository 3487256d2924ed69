// host - what the protocol asks of the machine: stream sockets that carry file descriptors, memory that two processes share, events, time.
// src/node implements it over libc; the tests implement it in memory.
// Invariants: H1 whoever is handed an Fd closes it, once; what a call borrows stays the caller's. H2 no call waits: what takes time is a
// promise. H3 after `close` of a stream or listener its pending promise resolves with undefined.

/** A file descriptor of this process. */
export type Fd = number;

/** Bytes off a stream, and the descriptors that rode on them: the receiver's to close. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly fds: readonly Fd[];
}

export interface Stream {
  /** Waits for 1 to `max` bytes. @returns undefined: the peer is gone, or the stream was closed here */
  receive(max: number): Promise<Chunk | undefined>;
  /** Sends all bytes, the descriptors (borrowed) on the first of them. @throws PeerFault when the peer is gone or takes nothing more */
  send(bytes: Uint8Array, fds: readonly Fd[]): void;
  close(): void;
}

export interface Listener {
  /** @returns undefined: closed here. @throws RunError when no more can be accepted */
  accept(): Promise<Stream | undefined>;
  /** Also takes the path away. */
  close(): void;
}

/** Part of a peer's file in our linear memory. */
export interface Mapping {
  /** Linear address of the first byte asked for. */
  readonly linear: number;
  /** Puts empty memory in its place. */
  unmap(): void;
}

/** Nobody is at a path, yet: `found X, expected Y`, and what strerror says of it. */
export interface Absent {
  readonly absent: string;
  readonly reason: string;
}

export interface Host {
  /** @throws SocketError where that can never be: too long, no permission, no socket */
  connect(path: string): Stream | Absent;
  /** @throws SocketError in words: in use, too long, no permission */
  listen(path: string): Listener;
  closeFd(fd: Fd): void;
  /** What an fd is: an event source has to be an eventfd (or a pipe), memory a file. */
  fdKind(fd: Fd): "eventfd" | "file" | "socket" | "other";
  /**
   * Maps bytes [offset, offset + size) of a file (borrowed). lost: the peer has cut its file since; resolves when nobody uses the mapping any
   * more. A refusal is `found X, expected Y`.
   */
  map(fd: Fd, offset: bigint, size: bigint, lost: () => Promise<void>): Mapping | { readonly refusal: string };
  /** A u16 of linear memory. */
  readU16(linear: number): number;
  /** A new eventfd with count 0: the caller's. */
  makeEventfd(): Fd;
  /** Calls `then` after `ms`. @returns what calls it off */
  after(ms: number, then: () => void): () => void;
}
