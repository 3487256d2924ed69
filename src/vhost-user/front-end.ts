// front-end - a driver at a socket path: connects there, or (server) listens and takes one back-end at a time; runs its rings while a
// back-end is there, and starts anew with the next one. Follows: virtio-user of DPDK, `server=1` included.
// Invariants: E1 the ring code runs between `start` and `stop` of its user, and both are called in turns. E2 when `close` has resolved, no
// descriptor of ours is left.
import { RingbedError } from "../errors.ts";
import type { Trace } from "./connection.ts";
import type { Agreed, DriverUser } from "./device.ts";
import { SocketError } from "./fault.ts";
import { type DriverOptions, FrontEndSession } from "./front-end-session.ts";
import type { Host, Listener, Stream } from "./host.ts";

export interface FrontEndOptions extends DriverOptions {
  readonly path: string;
  /** Listens instead of connecting. */
  readonly server: boolean;
  /** A client tries again after this time when the back-end is gone; undefined: it ends, as virtio-user does. */
  readonly reconnectMs?: number;
}

export interface FrontEndEvents {
  /** Rings run. */
  connected(agreed: Agreed): void;
  /** They no longer do, or never did. fault: why; undefined: the back-end closed the connection, or `close` did */
  disconnected(fault: RingbedError | undefined): void;
  readonly trace?: Trace;
}

export class FrontEnd {
  private readonly host: Host;
  private options: FrontEndOptions;
  /** What the last back-end offered. */
  offered = 0n;
  private readonly user: DriverUser;
  private readonly events: FrontEndEvents;
  private listener: Listener | undefined;
  private session: FrontEndSession | undefined;
  /** Queue pairs that the driver uses, of those that there are. */
  private pairs: number;
  private running = false;
  private closed = false;
  private wake: () => void = () => {};
  private loop: Promise<void> = Promise.resolve();

  private constructor(host: Host, options: FrontEndOptions, user: DriverUser, events: FrontEndEvents) {
    this.host = host;
    this.options = options;
    this.pairs = options.queuePairs;
    this.user = user;
    this.events = events;
  }

  /** @throws SocketError when the path cannot be listened at, or nobody is there and nothing says to try again */
  static open(host: Host, options: FrontEndOptions, user: DriverUser, events: FrontEndEvents): FrontEnd {
    const frontEnd = new FrontEnd(host, options, user, events);
    if (options.server) {
      frontEnd.listener = host.listen(options.path);
      frontEnd.loop = frontEnd.told(frontEnd.acceptAgain(frontEnd.listener));
      return frontEnd;
    }
    const found = host.connect(options.path);
    if ("absent" in found && options.reconnectMs === undefined) {
      throw new SocketError(`socket ${options.path}: ${found.absent}`, found.reason);
    }
    frontEnd.loop = frontEnd.told(frontEnd.connectAgain(found));
    return frontEnd;
  }

  /** What ends the coming and going of connections is told as the end of one. */
  private async told(loop: Promise<void>): Promise<void> {
    try {
      await loop;
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      this.events.disconnected(error);
    }
  }

  private async acceptAgain(listener: Listener): Promise<void> {
    for (;;) {
      const stream = await listener.accept();
      if (stream === undefined) return;
      await this.run(stream);
    }
  }

  private async connectAgain(first: ReturnType<Host["connect"]>): Promise<void> {
    const { reconnectMs, path } = this.options;
    for (let found = first; ; found = this.host.connect(path)) {
      if (!("absent" in found)) await this.run(found);
      if (this.closed || reconnectMs === undefined) return;
      await this.rest(reconnectMs);
      if (this.closed) return;
    }
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.host.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** One connection's life. */
  private async run(stream: Stream): Promise<void> {
    const session = new FrontEndSession(this.host, stream, this.options, this.events.trace);
    this.session = session;
    if (this.closed) session.close();
    let fault: RingbedError | undefined;
    try {
      const agreed = await session.negotiate();
      this.offered = session.offered;
      const { pairs } = this;
      const events = await session.start(this.user.rings(agreed), pairs);
      await this.user.start(agreed, events);
      this.running = true;
      if (pairs !== this.pairs) await session.use(this.pairs);
      this.events.connected(agreed);
      fault = await session.ended;
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      fault = error;
    } finally {
      await this.stopUser();
      await session.close();
      this.session = undefined;
    }
    this.events.disconnected(this.closed ? undefined : fault);
  }

  private async stopUser(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    await this.user.stop();
  }

  /** The driver uses only the first queue pairs from now on; a back-end sends nothing to the others. */
  async use(pairs: number): Promise<void> {
    if (pairs === this.pairs) return;
    this.pairs = pairs;
    const { session, running } = this;
    if (session === undefined || !running) return;
    try {
      await session.use(pairs);
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error; // the back-end is gone: the next one is told
    }
  }

  /** Asks for other features from now on; a back-end that is there is agreed with anew: its rings stop, and begin anew. */
  async ask(features: bigint): Promise<void> {
    if (features === this.options.features) return;
    this.options = { ...this.options, features };
    const { session, running } = this;
    if (session === undefined || !running) return;
    try {
      await this.stopUser();
      await session.stop();
      const agreed = await session.agree(features);
      await this.user.start(agreed, await session.start(this.user.rings(agreed), this.pairs));
      this.running = true;
    } catch (error) {
      if (!(error instanceof RingbedError)) throw error;
      await session.close(); // whose end is told
    }
  }

  /** Stops the rings in order, where they run, and ends the connection. */
  async close(): Promise<void> {
    this.closed = true;
    this.listener?.close();
    this.wake();
    const { session, running } = this;
    await this.stopUser();
    if (session !== undefined && running) {
      try {
        await session.stop();
      } catch (error) {
        if (!(error instanceof RingbedError)) throw error; // the back-end is gone already: nothing to stop
      }
    }
    await session?.close();
    await this.loop;
  }
}
