// connection - whole messages over a byte stream that carries descriptors. Follows: vhost-user protocol, "Message Specification".
// Invariants: C1 no byte past a message is read before that message is handed out, so a descriptor belongs to the message whose bytes it
// rode on. C2 descriptors of a message that never became whole are closed here. C3 a message is sent in one piece with its descriptors.

import { PeerFault } from "./fault.ts";
import type { Fd, Host, Stream } from "./host.ts";
import {
  decodeHeader,
  encodeMessage,
  FLAG_VERSION,
  FLAG_VERSION_MASK,
  HEADER_BYTES,
  type Header,
  requestWords,
} from "./message.ts";
import { MAX_PAYLOAD } from "./payload.ts";

/** A message as it came. Descriptors left in `fds` are closed when it has been dealt with. */
export interface Message extends Header {
  readonly payload: Uint8Array;
  readonly fds: Fd[];
}

/** Told of each whole message, in both directions. */
export type Trace = (direction: "sent" | "received", header: Header, fds: number) => void;

export class Connection {
  private readonly host: Pick<Host, "closeFd">;
  private readonly stream: Stream;
  private readonly trace: Trace | undefined;

  constructor(host: Pick<Host, "closeFd">, stream: Stream, trace?: Trace) {
    this.host = host;
    this.stream = stream;
    this.trace = trace;
  }

  /** The next message. @returns undefined: the peer closed between two messages. @throws PeerFault */
  async receive(): Promise<Message | undefined> {
    const fds: Fd[] = [];
    try {
      const head = await this.read(HEADER_BYTES, fds, "a header");
      if (head === undefined) return undefined;
      const header = decodeHeader(head);
      const { request, flags, size } = header;
      const what = requestWords(request);
      if ((flags & FLAG_VERSION_MASK) !== FLAG_VERSION) {
        throw new PeerFault(`${what}: found version ${flags & FLAG_VERSION_MASK}, expected ${FLAG_VERSION}`);
      }
      if (size > MAX_PAYLOAD) throw new PeerFault(`${what}: found ${size} bytes, expected at most ${MAX_PAYLOAD}`);
      const payload = size === 0 ? new Uint8Array(0) : await this.read(size, fds, `the payload of ${what}`);
      if (payload === undefined)
        throw new PeerFault(`${what}: found the connection closed, expected ${size} bytes more`);
      this.trace?.("received", header, fds.length);
      return { ...header, payload, fds: fds.splice(0) };
    } finally {
      this.discard(fds);
    }
  }

  /** Reads `size` bytes. @returns undefined: the stream ended before the first */
  private async read(size: number, fds: Fd[], what: string): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const chunk = await this.stream.receive(size - at);
      if (chunk === undefined) {
        if (at === 0) return undefined;
        throw new PeerFault(`connection: found it closed after ${at} bytes, expected ${size} of ${what}`);
      }
      fds.push(...chunk.fds);
      bytes.set(chunk.bytes, at);
      at += chunk.bytes.length;
    }
    return bytes;
  }

  /** flags: besides the version. fds: borrowed. @throws PeerFault when the peer takes nothing */
  send(request: number, flags: number, payload: Uint8Array, fds: readonly Fd[] = []): void {
    this.stream.send(encodeMessage(request, flags, payload), fds);
    this.trace?.("sent", { request, flags: FLAG_VERSION | flags, size: payload.length }, fds.length);
  }

  /** Closes descriptors that nobody took. */
  discard(fds: Fd[]): void {
    for (const fd of fds.splice(0)) this.host.closeFd(fd);
  }

  close(): void {
    this.stream.close();
  }
}
