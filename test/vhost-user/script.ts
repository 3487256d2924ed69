// script - a front-end by hand: raw messages over an in-memory stream, in any order and as wrong as a test likes; and ring code that only
// notes what it is told.
import { BackEnd, type BackEndEvents, type BackEndOptions } from "../../src/vhost-user/back-end.ts";
import type { Device, DeviceRing, DeviceUser, DirtyLog, RingPosition } from "../../src/vhost-user/device.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import type { Fd, Stream } from "../../src/vhost-user/host.ts";
import {
  decodeHeader,
  encodeMessage,
  encodePayload,
  HEADER_BYTES,
  type PayloadOf,
  REQUESTS,
  type RequestName,
} from "../../src/vhost-user/message.ts";
import { MemoryHost, Network, settle } from "./memory-host.ts";

export const PATH = "/run/h5.sock";
export const FEATURES = maskOf(15, 22, 26, 28, 32, 34, 35);
export const MEMORY_BYTES = 1 << 16;
/** Where the scripted front-end has its memory. */
export const USER = 0x7f00_0000_0000n;
export const GUEST = 0x4000_0000n;
export const REGION = { guest: GUEST, size: BigInt(MEMORY_BYTES), user: USER, offset: 0n };
export const NEED_REPLY = 8;

/** Ring code's notebook. */
export class NoteUser implements DeviceUser {
  readonly notes: string[] = [];
  readonly rings = new Map<number, DeviceRing>();
  device: Device | undefined;
  /** What `stop` says of a ring's position. */
  position: RingPosition | undefined;
  /** Thrown by `start`. */
  failure: Error | undefined;

  start(device: Device, rings: readonly DeviceRing[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.device = device;
    for (const ring of rings) this.rings.set(ring.index, ring);
    const [first] = rings;
    this.notes.push(`${first?.discards ? "empty" : "start"} ${rings.map(({ index }) => index).join()}`);
  }

  relog(log: DirtyLog | undefined, rings: readonly Pick<DeviceRing, "index" | "logged">[]): void {
    const which = rings.map(({ index, logged }) => `${index}${logged ? " and its pages" : ""}`).join();
    this.notes.push(log === undefined ? `no log ${which}` : `log of ${log.bytes} bytes ${which}`);
  }

  announce(mac: bigint): void {
    this.notes.push(`announce ${mac.toString(16)}`);
  }

  async stop(rings: readonly number[]): Promise<ReadonlyMap<number, RingPosition>> {
    await new Promise((resolve) => setImmediate(resolve)); // a real one waits for its lcores
    for (const ring of rings) this.rings.delete(ring);
    this.notes.push(`stop ${rings.join()}`);
    return new Map(this.position === undefined ? [] : rings.map((ring) => [ring, this.position!]));
  }
}

/** A back-end that notes, and what it reports. */
export function openBackEnd(
  host: MemoryHost,
  options: Partial<BackEndOptions> = {},
  events: Partial<BackEndEvents> = {},
): { backEnd: BackEnd; users: NoteUser[]; ends: (string | undefined)[]; warnings: string[] } {
  const users: NoteUser[] = [];
  const ends: (string | undefined)[] = [];
  const warnings: string[] = [];
  const backEnd = BackEnd.open(
    host,
    { path: PATH, client: false, features: FEATURES, queuePairs: 4, ...options },
    {
      connected: () => {
        users.push(new NoteUser());
        return users.at(-1)!;
      },
      disconnected: (_, fault) => ends.push(fault?.message),
      warn: (line) => warnings.push(line),
      ...events,
    },
  );
  return { backEnd, users, ends, warnings };
}

export interface Reply {
  readonly request: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** A scripted front-end with its own descriptors. */
export class Script {
  readonly host: MemoryHost;
  readonly stream: Stream;
  readonly memory: Fd;
  readonly events: Fd[] = [];
  readonly replies: Reply[] = [];
  ended = false;

  constructor(host: MemoryHost) {
    const stream = host.connect(PATH);
    if ("absent" in stream) throw new Error(stream.absent);
    this.host = host;
    this.stream = stream;
    this.memory = host.makeFile(MEMORY_BYTES);
    void this.read();
  }

  private async read(): Promise<void> {
    const bytes: number[] = [];
    for (;;) {
      const chunk = await this.stream.receive(4096);
      if (chunk === undefined) break;
      bytes.push(...chunk.bytes);
      while (bytes.length >= HEADER_BYTES) {
        const { request, flags, size } = decodeHeader(Uint8Array.from(bytes.slice(0, HEADER_BYTES)));
        if (bytes.length < HEADER_BYTES + size) break;
        const [, payload] = [bytes.splice(0, HEADER_BYTES), bytes.splice(0, size)];
        this.replies.push({ request, flags, payload: Uint8Array.from(payload) });
      }
    }
    this.ended = true;
  }

  /** A new eventfd of the front-end's. */
  event(): Fd {
    const fd = this.host.makeEventfd();
    this.events.push(fd);
    return fd;
  }

  raw(request: number, flags: number, payload: Uint8Array, fds: readonly Fd[] = []): void {
    this.stream.send(encodeMessage(request, flags, payload), fds);
  }

  /** Sends a request; resolves when the back-end has come to rest. @returns the reply, if there was one */
  async send<N extends RequestName>(
    name: N,
    payload: PayloadOf<N>,
    fds: readonly Fd[] = [],
    flags = 0,
  ): Promise<Reply | undefined> {
    const before = this.replies.length;
    const { number, payload: kind } = REQUESTS[name];
    this.raw(number, flags, encodePayload(kind, payload as never), fds);
    await settle();
    return this.replies[before];
  }

  /** Likewise, asking for an acknowledgement. @returns 0n or 1n; undefined: there was none */
  async ask<N extends RequestName>(
    name: N,
    payload: PayloadOf<N>,
    fds: readonly Fd[] = [],
  ): Promise<bigint | undefined> {
    const reply = await this.send(name, payload, fds, NEED_REPLY);
    return reply === undefined ? undefined : new DataView(reply.payload.buffer).getBigUint64(0, true);
  }

  async value<N extends RequestName>(name: N, payload: PayloadOf<N>): Promise<bigint | undefined> {
    const reply = await this.send(name, payload);
    return reply === undefined ? undefined : new DataView(reply.payload.buffer).getBigUint64(0, true);
  }

  async kick(index: number): Promise<void> {
    await this.send("SET_VRING_KICK", { index, hasFd: true }, [this.event()]);
  }

  async call(index: number): Promise<void> {
    await this.send("SET_VRING_CALL", { index, hasFd: true }, [this.event()]);
  }

  /** Size, base, addresses of a split ring of 16, each ring 4096 bytes apart. */
  async place(index: number, base = 0): Promise<void> {
    const at = USER + BigInt(index) * 4096n;
    await this.send("SET_VRING_NUM", { index, num: 16 });
    await this.send("SET_VRING_BASE", { index, num: base });
    await this.send("SET_VRING_ADDR", {
      index,
      flags: 0,
      desc: at,
      avail: at + 256n,
      used: at + 512n,
      log: 0xdead_beefn,
    });
  }

  async enable(index: number, num = 1): Promise<void> {
    await this.send("SET_VRING_ENABLE", { index, num });
  }

  /** As far as both rings running, without STATUS. ack: REPLY_ACK is agreed on. */
  async start({ ack = true, pairs = 1, features = maskOf(15, 30, 32) } = {}): Promise<void> {
    await this.send("SET_OWNER", undefined);
    await this.value("GET_FEATURES", undefined);
    await this.send("SET_PROTOCOL_FEATURES", ack ? maskOf(0, 3) : 1n);
    await this.send("SET_FEATURES", features);
    await this.send("SET_MEM_TABLE", [REGION], [this.memory]);
    for (let ring = 0; ring < 2 * pairs; ring++) {
      await this.call(ring);
      await this.place(ring);
      await this.kick(ring);
      await this.enable(ring);
    }
  }

  /** Gone, as by kill -9: all of its descriptors with it. */
  kill(): void {
    this.stream.close();
    for (const fd of [this.memory, ...this.events.splice(0)]) if (this.host.fds.has(fd)) this.host.closeFd(fd);
  }
}

/** Two hosts, a back-end on one, a scripted front-end on the other. */
export function openPair(options: Partial<BackEndOptions> = {}): ReturnType<typeof openBackEnd> & {
  network: Network;
  host: MemoryHost;
  before: MemoryHost["holdings"];
  script: Script;
} {
  const network = new Network();
  const host = new MemoryHost(network);
  const before = host.holdings;
  const opened = openBackEnd(host, options);
  return { network, host, before, script: new Script(new MemoryHost(network)), ...opened };
}
