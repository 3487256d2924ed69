// back-end-session - one front-end's connection, served: each request changes what is known of memory and rings, then what is ready is
// started. Follows: vhost-user protocol; when a device is ready and what is refused as vhost_user.c of DPDK has it.
// Invariants: B1 ring code has stopped before anything it uses is changed, unmapped or closed. B2 a ring is started before the request that
// made it ready is answered. B3 the first start needs rings 0 and 1 ready, and DRIVER_OK where STATUS was agreed on. B4 a refused request is
// acknowledged with 1 where the front-end asks for that, else it ends the connection; the end gives back all mappings and descriptors.
// Where the protocol and DPDK differ: GET_VRING_BASE stops that ring only and keeps its call descriptor; a memory table that was sent
// before is mapped anew. Orders of virtio-user and QEMU both pass: ENABLE and CALL may come first, features several times.
// Not modelled: dirty log (its area is taken and ignored), IOMMU, inflight, memory slots, requests of the back-end, log of RARPs.
import { RingbedError } from "../errors.ts";
import { Connection, type Message, type Trace } from "./connection.ts";
import type { Device, DeviceUser } from "./device.ts";
import { hex, PeerFault } from "./fault.ts";
import {
  hasBit,
  maskOf,
  ringFormat,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  VHOST_F_LOG_ALL,
  VHOST_USER_F_PROTOCOL_FEATURES,
  VHOST_USER_PROTOCOL_F_CONFIG,
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_REPLY_ACK,
  VHOST_USER_PROTOCOL_F_RESET_DEVICE,
  VHOST_USER_PROTOCOL_F_STATUS,
} from "./features.ts";
import type { Fd, Host, Stream } from "./host.ts";
import {
  decodePayload,
  encodePayload,
  FLAG_NEED_REPLY,
  FLAG_REPLY,
  type PayloadOf,
  REQUESTS,
  type ReplyOf,
  type RequestName,
  requestName,
  requestWords,
} from "./message.ts";
import type { Payloads, VringFile } from "./payload.ts";
import { Regions } from "./regions.ts";
import { Session } from "./session.ts";
import { type RingEvent, Vring } from "./vring.ts";

export interface DeviceOptions {
  /** virtio features on offer; the protocol's own bit comes on top. */
  readonly features: bigint;
  /** Most queue pairs. */
  readonly queuePairs: number;
  /** The device's config space; undefined: front-ends have their own. */
  readonly config?: Uint8Array;
}

const MTU_MIN = 68n;
const MTU_MAX = 65535n;
const PROTOCOL_FEATURES = maskOf(
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_REPLY_ACK,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_RESET_DEVICE,
  VHOST_USER_PROTOCOL_F_STATUS,
);

type Handlers = {
  readonly [N in RequestName]?: (payload: PayloadOf<N>, fds: Fd[]) => ReplyOf<N> | Promise<ReplyOf<N>>;
};
type AnyHandler = (payload: Payloads[keyof Payloads], fds: Fd[]) => Promise<unknown>;

export class BackEndSession {
  private readonly host: Host;
  private readonly user: DeviceUser;
  private readonly options: DeviceOptions;
  private readonly warn: (line: string) => void;
  private readonly connection: Connection;
  private readonly session = new Session();
  private readonly regions: Regions;
  private readonly rings: Vring[] = [];
  private readonly offered: bigint;
  private readonly offeredProtocol: bigint;
  private featuresFailed = false;
  private mtu: number | undefined;

  /** stream: ours from now on. user: its ring code. warn: what is odd and goes on */
  constructor(
    host: Host,
    stream: Stream,
    user: DeviceUser,
    options: DeviceOptions,
    warn: (line: string) => void,
    trace?: Trace,
  ) {
    this.host = host;
    this.user = user;
    this.options = options;
    this.warn = warn;
    this.connection = new Connection(host, stream, trace);
    this.regions = new Regions(host);
    this.offered = options.features | maskOf(VHOST_USER_F_PROTOCOL_FEATURES);
    this.offeredProtocol = PROTOCOL_FEATURES | (options.config ? maskOf(VHOST_USER_PROTOCOL_F_CONFIG) : 0n);
  }

  /** Serves until the connection ends. @returns why; undefined: the front-end closed it, or it was closed here */
  async serve(): Promise<RingbedError | undefined> {
    try {
      for (;;) {
        const message = await this.connection.receive();
        if (message === undefined) return undefined;
        await this.answer(message);
      }
    } catch (error) {
      if (error instanceof RingbedError) return error;
      throw error;
    } finally {
      await this.release();
    }
  }

  /** Ends the connection; `serve` then returns. */
  close(): void {
    this.connection.close();
  }

  private async answer(message: Message): Promise<void> {
    const { request, flags, fds } = message;
    const acknowledged = this.session.acknowledges && (flags & FLAG_NEED_REPLY) !== 0;
    const name = requestName(request);
    const reply = name === undefined ? "ack" : REQUESTS[name].reply;
    const acknowledge = (value: bigint): void => this.connection.send(request, FLAG_REPLY, encodePayload("u64", value));
    try {
      const value = await this.perform(name, message);
      await this.startReady();
      if (reply !== "ack") this.connection.send(request, FLAG_REPLY, encodePayload(reply, value as never));
      else if (acknowledged) acknowledge(0n);
    } catch (error) {
      if (!(error instanceof PeerFault) || !acknowledged || reply !== "ack") throw error;
      this.warn(error.message);
      acknowledge(1n);
    } finally {
      this.connection.discard(fds);
    }
  }

  /** @returns the reply's payload. @throws PeerFault when it is refused */
  private async perform(name: RequestName | undefined, message: Message): Promise<unknown> {
    if ((message.flags & FLAG_REPLY) !== 0) {
      throw new PeerFault(`${requestWords(message.request)}: found a reply, expected a request`);
    }
    const handler = name === undefined ? undefined : this.handlers[name];
    if (name === undefined || handler === undefined) {
      throw new PeerFault(
        `${requestWords(message.request)}: found a request that was not offered, expected a known one`,
      );
    }
    this.session.allow(name);
    const { payload: kind, fds: rule } = REQUESTS[name];
    const payload = decodePayload(kind, message.payload, name);
    const found = message.fds.length;
    const expected = {
      none: 0,
      one: 1,
      any: found,
      file: rule === "file" && (payload as VringFile).hasFd ? 1 : 0,
      regions: rule === "regions" ? (payload as PayloadOf<"SET_MEM_TABLE">).length : 0,
    }[rule];
    if (found !== expected) throw new PeerFault(`${name}: found ${found} descriptors, expected ${expected}`);
    return (handler as AnyHandler)(payload, message.fds);
  }

  private readonly handlers: Handlers = {
    SET_OWNER: () => {},
    GET_FEATURES: () => this.offered,
    SET_FEATURES: (features) => this.setFeatures(features),
    GET_PROTOCOL_FEATURES: () => this.offeredProtocol,
    SET_PROTOCOL_FEATURES: (features) => {
      const strange = features & ~this.offeredProtocol;
      if (strange !== 0n) throw new PeerFault(`SET_PROTOCOL_FEATURES: found ${hex(strange)}, expected bits on offer`);
      this.session.protocolFeatures = features;
    },
    GET_QUEUE_NUM: () => BigInt(this.options.queuePairs),
    GET_STATUS: () => BigInt(this.session.status),
    SET_STATUS: (status) => this.setStatus(status),
    GET_CONFIG: ({ offset, flags, bytes }) => {
      const config = this.options.config ?? new Uint8Array(0);
      const end = offset + bytes.length;
      if (end > config.length)
        throw new PeerFault(`GET_CONFIG: found an end at ${end}, expected up to ${config.length}`);
      return { offset, flags, bytes: config.slice(offset, end) };
    },
    NET_SET_MTU: (mtu) => {
      if (mtu < MTU_MIN || mtu > MTU_MAX) {
        throw new PeerFault(`NET_SET_MTU: found ${mtu}, expected ${MTU_MIN} to ${MTU_MAX}`);
      }
      this.mtu = Number(mtu);
    },
    SET_LOG_BASE: () => undefined,
    SET_LOG_FD: () => {},
    SET_MEM_TABLE: async (table, fds) => {
      for (const fd of fds) this.expectKind("SET_MEM_TABLE", fd, ["file"]);
      await this.stop(this.rings);
      for (const ring of this.rings) ring.unplace();
      this.regions.replace(table, fds);
      for (const ring of this.rings) this.locateOrWarn(ring);
    },
    SET_VRING_NUM: async ({ index, num }) => {
      const ring = await this.stopped(index);
      ring.resize(num, this.packed);
      this.locate(ring);
    },
    SET_VRING_ADDR: async (addr) => {
      const ring = this.ring(addr.index);
      const { addr: old } = ring;
      // Only its log flag may differ on a running ring: nothing to stop for.
      if (old !== undefined && old.desc === addr.desc && old.avail === addr.avail && old.used === addr.used) return;
      await this.stop([ring]);
      ring.addr = addr;
      this.locate(ring);
    },
    SET_VRING_BASE: async ({ index, num }) => {
      const ring = await this.stopped(index);
      ring.setBase(num, this.packed);
      this.locate(ring);
    },
    GET_VRING_BASE: async ({ index }) => {
      const ring = await this.stopped(index);
      ring.started = false;
      ring.closeEvent("kick");
      return { index, num: ring.base(this.packed) };
    },
    SET_VRING_KICK: async (file, fds) => {
      const ring = await this.takeEvent("SET_VRING_KICK", "kick", file, fds);
      ring.started = true;
      if (!hasBit(this.session.features, VHOST_USER_F_PROTOCOL_FEATURES)) ring.enabled = true;
      this.locate(ring);
    },
    SET_VRING_CALL: async (file, fds) => void (await this.takeEvent("SET_VRING_CALL", "call", file, fds)),
    SET_VRING_ERR: async (file, fds) => void (await this.takeEvent("SET_VRING_ERR", "err", file, fds)),
    SET_VRING_ENABLE: async ({ index, num }) => {
      const ring = this.ring(index);
      if (num > 1) throw new PeerFault(`SET_VRING_ENABLE: found ${num}, expected 0 or 1`);
      if (num === 0) await this.stop([ring]);
      ring.enabled = num === 1;
    },
    RESET_OWNER: () => this.reset(),
    RESET_DEVICE: () => this.reset(),
  };

  private get packed(): boolean {
    return ringFormat(this.session.features).packed;
  }

  private async setFeatures(features: bigint): Promise<void> {
    const { session } = this;
    const strange = features & ~this.offered;
    this.featuresFailed = strange !== 0n;
    if (this.featuresFailed) {
      session.status &= ~STATUS_FEATURES_OK;
      throw new PeerFault(`SET_FEATURES: found ${hex(strange)}, expected bits on offer`);
    }
    if (features === session.features) return;
    const changed = (features ^ session.features) & ~maskOf(VHOST_F_LOG_ALL);
    if (changed !== 0n && this.rings.some(({ running }) => running)) {
      throw new PeerFault(`SET_FEATURES: found ${hex(changed)} changed, expected that before the device runs`);
    }
    const { packed } = this;
    session.features = features;
    if (packed !== this.packed) for (const ring of this.rings) this.locateOrWarn(ring);
  }

  private async setStatus(status: bigint): Promise<void> {
    if (status > 0xffn) throw new PeerFault(`SET_STATUS: found ${hex(status)}, expected 8 bits`);
    this.session.status = Number(status) & (this.featuresFailed ? ~STATUS_FEATURES_OK : 0xff);
    if (!this.driverOk) await this.stop(this.rings);
  }

  /** The driver is done with setting up, as far as we are told. */
  private get driverOk(): boolean {
    const { session } = this;
    return !session.hasProtocol(VHOST_USER_PROTOCOL_F_STATUS) || (session.status & STATUS_DRIVER_OK) !== 0;
  }

  private ring(index: number): Vring {
    const most = 2 * this.options.queuePairs;
    if (index >= most) throw new PeerFault(`ring ${index}: found its number, expected one below ${most}`);
    while (this.rings.length <= index) this.rings.push(new Vring(this.host, this.rings.length));
    return this.rings[index]!;
  }

  private async stopped(index: number): Promise<Vring> {
    const ring = this.ring(index);
    await this.stop([ring]);
    return ring;
  }

  /** Places a ring that was kicked. @throws PeerFault when it cannot be */
  private locate(ring: Vring): void {
    if (!ring.started) return;
    const warning = ring.locate(this.regions, this.packed);
    if (warning !== undefined) this.warn(warning);
  }

  /** Likewise, when it is not the ring that the request is about. */
  private locateOrWarn(ring: Vring): void {
    try {
      this.locate(ring);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.warn(error.message);
    }
  }

  private expectKind(what: string, fd: Fd, kinds: readonly string[]): void {
    const kind = this.host.fdKind(fd);
    if (!kinds.includes(kind)) throw new PeerFault(`${what}: found a descriptor of kind ${kind}, expected ${kinds[0]}`);
  }

  /** Takes an event's descriptor over; a ring that uses the old one stops first. */
  private async takeEvent(what: string, event: RingEvent, { index }: VringFile, fds: Fd[]): Promise<Vring> {
    const ring = this.ring(index);
    // QEMU hands pipes over where there is no eventfd: "other"
    for (const fd of fds) this.expectKind(what, fd, ["eventfd", "other"]);
    if (event !== "err") await this.stop([ring]);
    ring.setEvent(event, fds.shift());
    return ring;
  }

  /** Starts what is ready and does not run (B3). */
  private async startReady(): Promise<void> {
    const { rings } = this;
    const waiting = rings.filter((ring) => ring.ready && !ring.running);
    if (waiting.length === 0 || !this.driverOk) return;
    const first = rings.slice(0, 2);
    if (!rings.some(({ running }) => running) && !(first.length === 2 && first.every(({ ready }) => ready))) return;
    const device: Device = { ...ringFormat(this.session.features), regions: this.regions.list, mtu: this.mtu };
    for (const ring of waiting) ring.running = true;
    await this.user.start(
      device,
      waiting.map((ring) => ring.snapshot()),
    );
  }

  /** Makes ring code let go of those of the rings that run. */
  private async stop(rings: readonly Vring[]): Promise<void> {
    const running = rings.filter((ring) => ring.running);
    if (running.length === 0) return;
    const positions = await this.user.stop(running.map(({ index }) => index));
    for (const ring of running) {
      ring.position = positions.get(ring.index) ?? ring.position;
      ring.running = false;
    }
  }

  /** Memory and what was agreed on stay; rings are as new. */
  private async reset(): Promise<void> {
    await this.stop(this.rings);
    for (const ring of this.rings) ring.reset();
    this.session.status = 0;
  }

  private async release(): Promise<void> {
    try {
      await this.stop(this.rings);
    } finally {
      for (const ring of this.rings) ring.reset();
      this.regions.clear();
      this.connection.close();
    }
  }
}
