// back-end - a device behind a socket path: it listens there and serves each front-end that connects, or (client) connects there and,
// whenever the front-end is gone, again. Follows: rte_vhost_driver_register of DPDK: a server serves many, a client tries once a second.
// Invariants: K1 what one connection does never touches another. K2 when `close` has resolved, nothing of any connection is left.
import { RingbedError } from "../errors.ts";
import { BackEndSession, type DeviceOptions } from "./back-end-session.ts";
import type { Trace } from "./connection.ts";
import type { DeviceUser } from "./device.ts";
import type { Host, Listener, Stream } from "./host.ts";
import { turnAway } from "./turn-away.ts";

/** DPDK's client mode sleeps a second between two tries. */
const RECONNECT_MS = 1000;

export interface BackEndOptions extends DeviceOptions {
  readonly path: string;
  /** Connects instead of listening. */
  readonly client: boolean;
  readonly reconnectMs?: number;
}

export interface BackEndEvents {
  /** A client found nobody at the path when it began. reason: what strerror says of it */
  absent?(reason: string): void;
  /** A front-end is there. id: counts from 1. @returns its device's ring code. @throws RingbedError when it is sent away */
  connected(id: number): DeviceUser;
  /** It is gone. fault: why; undefined: it closed the connection, or `close` did */
  disconnected(id: number, fault: RingbedError | undefined): void;
  /** Something is odd and goes on. */
  warn(line: string): void;
  readonly trace?: Trace;
}

export class BackEnd {
  private readonly host: Host;
  private readonly options: BackEndOptions;
  private readonly events: BackEndEvents;
  private readonly sessions = new Map<BackEndSession, Promise<void>>();
  /** Connections that were turned away, until they are closed. */
  private readonly unserved = new Map<Stream, Promise<void>>();
  private listener: Listener | undefined;
  private wake: () => void = () => {};
  private closed = false;
  private lastId = 0;
  private loop: Promise<void> = Promise.resolve();

  private constructor(host: Host, options: BackEndOptions, events: BackEndEvents) {
    this.host = host;
    this.options = options;
    this.events = events;
  }

  /** @throws SocketError when the path cannot be listened at, or can never be connected to */
  static open(host: Host, options: BackEndOptions, events: BackEndEvents): BackEnd {
    const backEnd = new BackEnd(host, options, events);
    if (options.client) {
      const found = host.connect(options.path);
      if ("absent" in found) events.absent?.(found.reason);
      backEnd.loop = backEnd.connectAgain(found);
    } else {
      const listener = host.listen(options.path);
      backEnd.listener = listener;
      backEnd.loop = backEnd.acceptAll(listener);
    }
    return backEnd;
  }

  /** Front-ends that are connected. */
  get connections(): number {
    return this.sessions.size;
  }

  private async acceptAll(listener: Listener): Promise<void> {
    try {
      for (;;) {
        const stream = await listener.accept();
        if (stream === undefined) return;
        this.serve(stream);
      }
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      this.events.warn(error.message); // those that are connected stay
    }
  }

  private async connectAgain(first: ReturnType<Host["connect"]>): Promise<void> {
    for (let found = first; ; found = this.connect()) {
      if (!("absent" in found)) await this.serve(found);
      if (this.closed) return;
      await this.rest();
      if (this.closed) return;
    }
  }

  /** What cannot be now may be in a second: it was possible at the start. */
  private connect(): ReturnType<Host["connect"]> {
    try {
      return this.host.connect(this.options.path);
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      this.events.warn(error.message);
      return { absent: error.message, reason: error.message };
    }
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.host.after(this.options.reconnectMs ?? RECONNECT_MS, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  private serve(stream: Stream): Promise<void> {
    const { host, options, events } = this;
    const id = ++this.lastId;
    let user: DeviceUser;
    try {
      user = events.connected(id);
    } catch (error) {
      if (!(error instanceof RingbedError)) {
        stream.close();
        throw error;
      }
      events.warn(error.message);
      const left = turnAway(host, stream).then(() => void this.unserved.delete(stream));
      this.unserved.set(stream, left);
      return left;
    }
    const session = new BackEndSession(host, stream, user, options, events.warn, events.trace);
    const served = session.serve().then((fault) => {
      this.sessions.delete(session);
      events.disconnected(id, fault);
    });
    this.sessions.set(session, served);
    if (this.closed) session.close();
    return served;
  }

  /** Ends all connections. @throws what ring code threw that was no fault of a peer */
  async close(): Promise<void> {
    this.closed = true;
    this.listener?.close();
    this.wake();
    const served = [...this.sessions.values(), ...this.unserved.values()];
    for (const stream of this.unserved.keys()) stream.close();
    for (const session of this.sessions.keys()) session.close();
    await Promise.all([this.loop, ...served]);
  }
}
