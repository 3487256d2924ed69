// back-end-session - one front-end's connection, served: each request changes what is known of memory and rings, then what is ready is
// started. Follows: vhost-user protocol; when a device is ready and what is refused as vhost_user.c of DPDK has it.
// Invariants: A1 a ring is started before the request that made it ready is answered, and only with DRIVER_OK where STATUS was agreed on.
// A2 a refused request is acknowledged with 1 where the front-end asks for that, else it ends the connection. A3 descriptors of a request that
// nobody took are closed with it.
// Where the protocol and DPDK differ: GET_VRING_BASE stops that ring only and keeps its call descriptor; a memory table that was sent
// before is mapped anew; a status without DRIVER_OK stops the rings. With dpdkQuirks the first and the last are as DPDK has them. Orders of virtio-user
// and QEMU both pass: ENABLE and CALL may come first, features several times, STATUS last.
// Not modelled: IOMMU, inflight, memory slots, requests of the back-end.
import { RingbedError } from "../errors.ts";
import { Connection, type Message, type Trace } from "./connection.ts";
import type { DeviceUser } from "./device.ts";
import { DeviceRings } from "./device-rings.ts";
import { hex, PeerFault } from "./fault.ts";
import {
  hasBit,
  maskOf,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  VHOST_F_LOG_ALL,
  VHOST_USER_F_PROTOCOL_FEATURES,
  VHOST_USER_PROTOCOL_F_CONFIG,
  VHOST_USER_PROTOCOL_F_LOG_SHMFD,
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_RARP,
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
import { Session } from "./session.ts";

export interface DeviceOptions {
  /** virtio features on offer; the protocol's own bit comes on top. */
  readonly features: bigint;
  /** Most queue pairs. */
  readonly queuePairs: number;
  /** The device's config space; undefined: front-ends have their own. */
  readonly config?: Uint8Array;
  /** Does as DPDK 22.11 where that is not what the protocol says. */
  readonly dpdkQuirks?: boolean;
}

const MTU_MIN = 68n;
const MTU_MAX = 65535n;
const PROTOCOL_FEATURES = maskOf(
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_LOG_SHMFD,
  VHOST_USER_PROTOCOL_F_RARP,
  VHOST_USER_PROTOCOL_F_REPLY_ACK,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_RESET_DEVICE,
  VHOST_USER_PROTOCOL_F_STATUS,
);

/** A reply of its own has to be of its kind; what is only acknowledged may return anything. */
type Answer<N extends RequestName> = (typeof REQUESTS)[N]["reply"] extends "ack"
  ? unknown
  : ReplyOf<N> | Promise<ReplyOf<N>>;
type Handlers = { readonly [N in RequestName]?: (payload: PayloadOf<N>, fds: Fd[]) => Answer<N> };
type AnyHandler = (payload: Payloads[keyof Payloads], fds: Fd[]) => unknown;

export class BackEndSession {
  private readonly host: Host;
  private readonly options: DeviceOptions;
  private readonly warn: (line: string) => void;
  private readonly connection: Connection;
  private readonly session = new Session();
  private readonly rings: DeviceRings;
  private readonly offered: bigint;
  private readonly offeredProtocol: bigint;
  private featuresFailed = false;
  private loss: PeerFault | undefined;
  private served: Promise<RingbedError | undefined> = Promise.resolve(undefined);

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
    this.options = options;
    this.warn = warn;
    this.connection = new Connection(host, stream, trace);
    const lost = (what: string): Promise<void> => this.lose(what);
    this.rings = new DeviceRings(host, user, 2 * options.queuePairs, warn, lost, options.dpdkQuirks === true);
    this.offered = options.features | maskOf(VHOST_USER_F_PROTOCOL_FEATURES, VHOST_F_LOG_ALL);
    this.offeredProtocol = PROTOCOL_FEATURES | (options.config ? maskOf(VHOST_USER_PROTOCOL_F_CONFIG) : 0n);
  }

  /** Serves until the connection ends. @returns why; undefined: the front-end closed it, or it was closed here */
  serve(): Promise<RingbedError | undefined> {
    this.served = this.serveAll();
    return this.served;
  }

  private async serveAll(): Promise<RingbedError | undefined> {
    try {
      for (;;) {
        const message = await this.connection.receive();
        if (message === undefined) return this.loss;
        await this.answer(message);
      }
    } catch (error) {
      if (error instanceof RingbedError) return error;
      throw error;
    } finally {
      this.connection.close();
      await this.rings.release();
    }
  }

  /** Ends the connection: the front-end has taken memory away that rings may use. */
  private async lose(what: string): Promise<void> {
    this.loss ??= new PeerFault(`${what}: found its file cut, expected it to stay`);
    this.close();
    await this.served;
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
      await this.rings.startReady(this.driverOk);
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
    const what = requestWords(message.request);
    if ((message.flags & FLAG_REPLY) !== 0) throw new PeerFault(`${what}: found a reply, expected a request`);
    const handler = name === undefined ? undefined : this.handlers[name];
    if (name === undefined || handler === undefined) {
      throw new PeerFault(`${what}: found a request that was not offered, expected a known one`);
    }
    this.session.allow(name);
    const row = REQUESTS[name];
    const payload = decodePayload(row.payload, message.payload, name);
    const found = message.fds.length;
    const expected = {
      none: 0,
      one: 1,
      any: found,
      file: row.fds === "file" && (payload as VringFile).hasFd ? 1 : 0,
      regions: row.fds === "regions" ? (payload as PayloadOf<"SET_MEM_TABLE">).length : 0,
    }[row.fds];
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
    SEND_RARP: (mac) => this.rings.announce(mac),
    NET_SET_MTU: (mtu) => {
      if (mtu < MTU_MIN || mtu > MTU_MAX) {
        throw new PeerFault(`NET_SET_MTU: found ${mtu}, expected ${MTU_MIN} to ${MTU_MAX}`);
      }
      this.rings.mtu = Number(mtu);
    },
    SET_LOG_BASE: async (area, fds) => {
      for (const fd of fds) this.expectKind("SET_LOG_BASE", fd, ["file"]);
      await this.rings.replaceLog(area, fds[0]!);
      return undefined;
    },
    SET_LOG_FD: () => {},
    SET_MEM_TABLE: (table, fds) => {
      for (const fd of fds) this.expectKind("SET_MEM_TABLE", fd, ["file"]);
      return this.rings.replaceMemory(table, fds);
    },
    SET_VRING_NUM: async ({ index, num }) => {
      const ring = await this.rings.stopped(index);
      ring.resize(num, this.rings.packed);
      this.rings.locateOrWarn(ring);
    },
    SET_VRING_ADDR: async (addr) => {
      const same = this.rings.ring(addr.index);
      const old = same.addr;
      // Only its log flag differs, as on a running ring whose writes are to be logged: nothing to stop for.
      if (old?.desc === addr.desc && old.avail === addr.avail && old.used === addr.used)
        return this.rings.setLogged(same, addr);
      const ring = await this.rings.stopped(addr.index);
      ring.addr = addr;
      this.rings.locate(ring);
    },
    SET_VRING_BASE: async ({ index, num }) => {
      const ring = await this.rings.stopped(index);
      ring.setBase(num, this.rings.packed);
      this.rings.locateOrWarn(ring);
    },
    GET_VRING_BASE: async ({ index }) => {
      const ring = await this.rings.letGo(index);
      return { index, num: ring.base(this.rings.packed) };
    },
    SET_VRING_KICK: async ({ index }, fds) => {
      this.expectEvents("SET_VRING_KICK", fds);
      const ring = await this.rings.takeEvent("kick", index, fds);
      ring.started = true;
      if (!hasBit(this.session.features, VHOST_USER_F_PROTOCOL_FEATURES)) ring.enabled = true;
      this.rings.locate(ring);
    },
    SET_VRING_CALL: async ({ index }, fds) => {
      this.expectEvents("SET_VRING_CALL", fds);
      await this.rings.takeEvent("call", index, fds);
    },
    SET_VRING_ERR: async ({ index }, fds) => {
      this.expectEvents("SET_VRING_ERR", fds);
      await this.rings.takeEvent("err", index, fds);
    },
    SET_VRING_ENABLE: async ({ index, num }) => {
      if (num > 1) throw new PeerFault(`SET_VRING_ENABLE: found ${num}, expected 0 or 1`);
      const ring = this.rings.ring(index);
      if (ring.enabled !== (num === 1)) await this.rings.stop([ring]);
      ring.enabled = num === 1;
      ring.disabled = num === 0;
    },
    RESET_OWNER: () => this.reset(),
    RESET_DEVICE: () => this.reset(),
  };

  private async setFeatures(features: bigint): Promise<void> {
    const { session } = this;
    const strange = features & ~this.offered;
    this.featuresFailed = strange !== 0n;
    if (this.featuresFailed) {
      session.status &= ~STATUS_FEATURES_OK;
      throw new PeerFault(`SET_FEATURES: found ${hex(strange)}, expected bits on offer`);
    }
    const changed = (features ^ session.features) & ~maskOf(VHOST_F_LOG_ALL);
    if (changed !== 0n && this.rings.running) {
      throw new PeerFault(`SET_FEATURES: found ${hex(changed)} changed, expected that before the device runs`);
    }
    session.features = features;
    await this.rings.setFeatures(features);
  }

  private async setStatus(status: bigint): Promise<void> {
    if (status > 0xffn) throw new PeerFault(`SET_STATUS: found ${hex(status)}, expected 8 bits`);
    this.session.status = Number(status) & (this.featuresFailed ? ~STATUS_FEATURES_OK : 0xff);
    if (!this.driverOk && !this.options.dpdkQuirks) await this.rings.stop();
  }

  /** The driver is done with setting up, as far as we are told. */
  private get driverOk(): boolean {
    const { session } = this;
    return !session.hasProtocol(VHOST_USER_PROTOCOL_F_STATUS) || (session.status & STATUS_DRIVER_OK) !== 0;
  }

  private async reset(): Promise<void> {
    await this.rings.reset();
    this.session.status = 0;
  }

  /** QEMU hands pipes over where there is no eventfd: "other". */
  private expectEvents(what: string, fds: readonly Fd[]): void {
    for (const fd of fds) this.expectKind(what, fd, ["eventfd", "other"]);
  }

  private expectKind(what: string, fd: Fd, kinds: readonly string[]): void {
    const kind = this.host.fdKind(fd);
    if (!kinds.includes(kind)) throw new PeerFault(`${what}: found a descriptor of kind ${kind}, expected ${kinds[0]}`);
  }
}
