// requester - a front-end's requests over a connection, one at a time: each with its reply or, where REPLY_ACK was agreed on, its
// acknowledgement. Follows: vhost-user protocol, "Communication", "REPLY_ACK".
// Invariants: Q1 a request ends: by its reply, by a refusal, by the connection's end, or by its time. Q2 a reply that nobody asked for ends
// the connection.
import { RingbedError } from "../errors.ts";
import { Connection, type Message, type Trace } from "./connection.ts";
import { PeerFault } from "./fault.ts";
import type { Fd, Host, Stream } from "./host.ts";
import {
  decodePayload,
  encodePayload,
  FLAG_NEED_REPLY,
  FLAG_REPLY,
  FLAG_VERSION,
  type PayloadOf,
  REQUESTS,
  type ReplyOf,
  type RequestName,
  requestWords,
} from "./message.ts";
import type { Session } from "./session.ts";

interface Deferred {
  readonly answer: Promise<Message>;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: RingbedError) => void;
}

interface Pending extends Deferred {
  readonly name: RequestName;
  /** Ends its time. */
  readonly callOff: () => void;
}

function deferred(): Deferred {
  let resolve: Deferred["resolve"] = () => {};
  let reject: Deferred["reject"] = () => {};
  const answer = new Promise<Message>((one, other) => {
    resolve = one;
    reject = other;
  });
  answer.catch(() => {}); // nobody may be waiting: a send that failed is told instead
  return { answer, resolve, reject };
}

export class Requester {
  /** Resolves when the connection has ended; with why, unless it ended between two messages or was closed here. */
  readonly ended: Promise<RingbedError | undefined>;
  private readonly host: Host;
  private readonly session: Session;
  private readonly connection: Connection;
  private readonly replyMs: number;
  private pending: Pending | undefined;
  private over = false;

  /** stream: ours from now on. replyMs: how long a reply may take */
  constructor(host: Host, stream: Stream, session: Session, replyMs: number, trace?: Trace) {
    this.host = host;
    this.session = session;
    this.replyMs = replyMs;
    this.connection = new Connection(host, stream, trace);
    this.ended = this.readReplies();
  }

  private async readReplies(): Promise<RingbedError | undefined> {
    let fault: RingbedError | undefined;
    try {
      for (;;) {
        const message = await this.connection.receive();
        if (message === undefined) break;
        this.take(message);
      }
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      fault = error;
    }
    this.over = true;
    this.connection.close();
    const { pending } = this;
    if (pending !== undefined) {
      fault ??= new PeerFault(`${pending.name}: found the connection closed, expected a reply`);
      pending.reject(fault);
    }
    return fault;
  }

  private take(message: Message): void {
    const { pending } = this;
    const what = requestWords(message.request);
    const riders = message.fds.length;
    this.connection.discard(message.fds);
    if (pending === undefined || REQUESTS[pending.name].number !== message.request) {
      throw new PeerFault(
        `${what}: found a reply, expected ${pending === undefined ? "none" : `one to ${pending.name}`}`,
      );
    }
    if (message.flags !== (FLAG_VERSION | FLAG_REPLY)) {
      throw new PeerFault(`${what}: found flags ${message.flags}, expected ${FLAG_VERSION | FLAG_REPLY} of a reply`);
    }
    if (riders !== 0) throw new PeerFault(`${what}: found ${riders} descriptors on its reply, expected none`);
    pending.resolve(message);
  }

  /** Sends a request and waits for what it is answered with. fds: borrowed. @throws PeerFault */
  async request<N extends RequestName>(name: N, payload: PayloadOf<N>, fds: readonly Fd[] = []): Promise<ReplyOf<N>> {
    this.session.allow(name);
    const { number, payload: kind, reply } = REQUESTS[name];
    const body = encodePayload(kind, payload as never);
    if (reply === "ack" && !this.session.acknowledges) {
      this.connection.send(number, 0, body, fds);
      return undefined as ReplyOf<N>;
    }
    const pending = this.expect(name);
    try {
      this.connection.send(number, reply === "ack" ? FLAG_NEED_REPLY : 0, body, fds);
      const message = await pending.answer;
      const value = decodePayload(reply === "ack" ? "u64" : reply, message.payload, name);
      if (reply !== "ack") return value as ReplyOf<N>;
      if (value !== 0n) throw new PeerFault(`${name}: found it refused by the back-end, expected it accepted`);
      return undefined as ReplyOf<N>;
    } finally {
      pending.callOff();
      this.pending = undefined;
    }
  }

  /** Notes what is waited for, and until when. */
  private expect(name: RequestName): Pending {
    if (this.pending !== undefined) {
      throw new Error(`${name}: found ${this.pending.name} under way, expected one at a time`);
    }
    if (this.over) throw new PeerFault(`${name}: found the connection closed, expected it open`);
    const { answer, resolve, reject } = deferred();
    const callOff = this.host.after(this.replyMs, () => {
      reject(new PeerFault(`${name}: found no reply in ${this.replyMs} ms, expected one`));
      this.connection.close();
    });
    this.pending = { name, answer, resolve, reject, callOff };
    return this.pending;
  }

  close(): void {
    this.connection.close();
  }
}
