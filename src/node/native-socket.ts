// native-socket - Unix stream sockets that carry descriptors: sendmsg and recvmsg with SCM_RIGHTS, because Node's net.Socket drops what rides
// on its bytes. Follows: unix(7), cmsg(3), recvmsg(2); layouts of msghdr and cmsghdr are those of 64-bit Linux.
// Invariants: N1 a call returns at once; who waits is woken by koffi's poll (libuv's), which costs nothing while it is quiet. N2 a peer that
// sends without end does not keep timers from running: after RUN receives in a row the next one goes by the event loop. N3 descriptors are
// received with CLOEXEC.
import { unlinkSync } from "node:fs";
import { RunError } from "../errors.ts";
import { PeerFault, SocketError } from "../vhost-user/fault.ts";
import type { Absent, Chunk, Fd, Listener, Stream } from "../vhost-user/host.ts";
import { type Libc, nativeBuffer, type PollHandle } from "./native-libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0x800;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
/** SCM_MAX_FD of the kernel: no message carries more. */
const MAX_FDS = 253;
const CMSG_HEADER = 16;
const CONTROL_BYTES = CMSG_HEADER + 4 * MAX_FDS + 4;
const DATA_BYTES = 8192;
/** sun_path holds 108 bytes with the 0 behind the path. */
const PATH_MAX = 107;
const ADDRESS_BYTES = 110;
const BACKLOG = 128;
const RUN = 64;

/** By errno: our words, and strerror's. */
const WORDS: Readonly<Record<string, readonly [ours: string, reason: string]>> = {
  EADDRINUSE: ["found it in use, expected a path that can be created", "Address already in use"],
  EACCES: ["found no permission, expected a path that we may use", "Permission denied"],
  EPERM: ["found no permission, expected a path that we may use", "Operation not permitted"],
  ENOENT: ["found no such file, expected a socket", "No such file or directory"],
  ENOTDIR: ["found no such file, expected a socket", "Not a directory"],
  ECONNREFUSED: ["found nobody listening, expected a peer", "Connection refused"],
  EAGAIN: ["found its queue full, expected a peer that accepts", "Resource temporarily unavailable"],
  EMFILE: ["found too many open files, expected room for one more", "Too many open files"],
  EPROTOTYPE: ["found another type of socket, expected a stream", "Protocol wrong type for socket"],
};
/** Nobody is there yet; all else will not get better by waiting. */
const ABSENT = new Set(["ENOENT", "ECONNREFUSED", "EAGAIN"]);

function words(errno: string): readonly [ours: string, reason: string] {
  return WORDS[errno] ?? [`found ${errno}, expected a socket`, errno];
}

/** struct sockaddr_un. @throws SocketError */
function addressOf(path: string): Buffer {
  const length = Buffer.byteLength(path);
  if (length > PATH_MAX) {
    const message = `socket ${path}: found a path of ${length} bytes, expected at most ${PATH_MAX}`;
    throw new SocketError(message, "File name too long");
  }
  const address = nativeBuffer(ADDRESS_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  return address;
}

function openSocket(libc: Libc, path: string): Fd {
  const opened = libc.call("socket", AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if ("errno" in opened) throw new RunError(`socket ${path}: ${words(opened.errno)[0]}`);
  return opened.value;
}

/** Two ends of a connection: ours, and a descriptor for another process. @throws RunError */
export function socketPair(libc: Libc): { readonly stream: Stream; readonly fd: Fd } {
  const pair = Buffer.alloc(8);
  const made = libc.call("socketpair", AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair);
  if ("errno" in made) throw new RunError(`socketpair: ${words(made.errno)[0]}`);
  return { stream: new NativeStream(libc, pair.readInt32LE(0)), fd: pair.readInt32LE(4) };
}

/** The connection behind a descriptor that another process gave: ours from now on. */
export function streamOf(libc: Libc, fd: Fd): Stream {
  return new NativeStream(libc, fd);
}

/** @throws SocketError where waiting for a peer is no use */
export function connectSocket(libc: Libc, path: string): Stream | Absent {
  const address = addressOf(path);
  const fd = openSocket(libc, path);
  const connected = libc.call("connect", fd, address, ADDRESS_BYTES);
  if (!("errno" in connected)) return new NativeStream(libc, fd);
  libc.call("close", fd);
  const [found, reason] = words(connected.errno);
  if (ABSENT.has(connected.errno)) return { absent: found, reason };
  throw new SocketError(`socket ${path}: ${found}`, reason);
}

/** @throws SocketError */
export function listenSocket(libc: Libc, path: string): Listener {
  const address = addressOf(path);
  const fd = openSocket(libc, path);
  const bound = libc.call("bind", fd, address, ADDRESS_BYTES);
  if ("errno" in bound) {
    libc.call("close", fd);
    const missing = bound.errno === "ENOENT" || bound.errno === "ENOTDIR";
    const [found, reason] = words(bound.errno);
    const what = missing ? "found no such folder, expected one to create it in" : found;
    throw new SocketError(`socket ${path}: ${what}`, reason);
  }
  libc.call("listen", fd, BACKLOG);
  return new NativeListener(libc, fd, path);
}

/** Waits for a descriptor to be readable, one waiter at a time. */
class Waiter {
  private readonly libc: Libc;
  private readonly fd: Fd;
  private handle: PollHandle | undefined;
  private wake: (() => void) | undefined;

  constructor(libc: Libc, fd: Fd) {
    this.libc = libc;
    this.fd = fd;
  }

  wait(): Promise<void> {
    if (this.wake !== undefined) throw new Error("socket: found someone waiting, expected one at a time");
    return new Promise((resolve) => {
      this.wake = resolve;
      this.handle = this.libc.poll(this.fd, () => this.end());
    });
  }

  /** Lets who waits go on. */
  end(): void {
    const { wake } = this;
    this.handle?.close();
    this.handle = undefined;
    this.wake = undefined;
    wake?.();
  }
}

class NativeStream implements Stream {
  private readonly libc: Libc;
  private readonly fd: Fd;
  private readonly waiter: Waiter;
  private readonly data = nativeBuffer(DATA_BYTES);
  private readonly control = nativeBuffer(CONTROL_BYTES);
  private readonly vector = nativeBuffer(16);
  private readonly header = nativeBuffer(56);
  private closed = false;
  private run = 0;

  constructor(libc: Libc, fd: Fd) {
    this.libc = libc;
    this.fd = fd;
    this.waiter = new Waiter(libc, fd);
    this.vector.writeBigUInt64LE(libc.address(this.data), 0);
  }

  async receive(max: number): Promise<Chunk | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const found = this.run < RUN ? this.take(max) : "nothing";
      if (found !== "nothing") {
        this.run++;
        return found;
      }
      this.run = 0;
      await this.waiter.wait();
    }
  }

  /** Receives what is there. */
  private take(max: number): Chunk | undefined | "nothing" {
    this.prepare(Math.min(max, DATA_BYTES), CONTROL_BYTES);
    const got = this.libc.call("recvmsg", this.fd, this.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if ("errno" in got) return got.errno === "EAGAIN" || got.errno === "EINTR" ? "nothing" : undefined;
    if (got.value === 0) return undefined;
    return { bytes: Uint8Array.from(this.data.subarray(0, got.value)), fds: this.takeFds() };
  }

  /** struct msghdr for the data and control buffers. */
  private prepare(dataBytes: number, controlBytes: number): void {
    const { header, vector, libc } = this;
    vector.writeBigUInt64LE(BigInt(dataBytes), 8);
    header.fill(0);
    header.writeBigUInt64LE(libc.address(vector), 16);
    header.writeBigUInt64LE(1n, 24);
    header.writeBigUInt64LE(controlBytes === 0 ? 0n : libc.address(this.control), 32);
    header.writeBigUInt64LE(BigInt(controlBytes), 40);
  }

  /** What the control buffer brought. */
  private takeFds(): Fd[] {
    const { control, header } = this;
    if (Number(header.readBigUInt64LE(40)) < CMSG_HEADER) return [];
    if (control.readInt32LE(8) !== SOL_SOCKET || control.readInt32LE(12) !== SCM_RIGHTS) return [];
    const count = (Number(control.readBigUInt64LE(0)) - CMSG_HEADER) / 4;
    return Array.from({ length: count }, (_, i) => control.readInt32LE(CMSG_HEADER + 4 * i));
  }

  send(bytes: Uint8Array, fds: readonly Fd[]): void {
    const refuse = (found: string): never => {
      throw new PeerFault(`connection: found ${found}, expected a peer that reads`);
    };
    if (this.closed) refuse("it closed");
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + DATA_BYTES);
      const riders = at === 0 ? fds : [];
      this.data.set(part);
      this.putFds(riders);
      this.prepare(part.length, riders.length === 0 ? 0 : CMSG_HEADER + ((4 * riders.length + 7) & ~7));
      const sent = this.libc.call("sendmsg", this.fd, this.header, MSG_DONTWAIT | MSG_NOSIGNAL);
      if ("value" in sent) at += sent.value;
      else if (sent.errno === "EAGAIN") refuse("no room for another message");
      else if (sent.errno !== "EINTR") refuse(`it closed (${sent.errno})`);
    }
  }

  private putFds(fds: readonly Fd[]): void {
    const { control } = this;
    control.writeBigUInt64LE(BigInt(CMSG_HEADER + 4 * fds.length), 0);
    control.writeInt32LE(SOL_SOCKET, 8);
    control.writeInt32LE(SCM_RIGHTS, 12);
    for (const [i, fd] of fds.entries()) control.writeInt32LE(fd, CMSG_HEADER + 4 * i);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiter.end();
    this.libc.call("close", this.fd);
  }
}

class NativeListener implements Listener {
  private readonly libc: Libc;
  private readonly fd: Fd;
  private readonly path: string;
  private readonly waiter: Waiter;
  private closed = false;

  constructor(libc: Libc, fd: Fd, path: string) {
    this.libc = libc;
    this.fd = fd;
    this.path = path;
    this.waiter = new Waiter(libc, fd);
  }

  async accept(): Promise<Stream | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const accepted = this.libc.call("accept4", this.fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if ("value" in accepted) return new NativeStream(this.libc, accepted.value);
      if (!["EAGAIN", "EINTR", "ECONNABORTED"].includes(accepted.errno)) {
        throw new RunError(`socket ${this.path}: ${words(accepted.errno)[0]}`);
      }
      await this.waiter.wait();
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiter.end();
    this.libc.call("close", this.fd);
    try {
      unlinkSync(this.path);
    } catch {
      // somebody else took it away
    }
  }
}
