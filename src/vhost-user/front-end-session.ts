// front-end-session - a driver's side of one connection: negotiates, shares its memory, starts and stops rings. The order of messages is
// virtio-user's of DPDK 22.11 (virtio_user_dev_set_features, virtio_user_start_device and what they call), which net_vhost, OVS and every
// back-end after the protocol takes.
// Invariants: F1 all CALLs go out before anything else of a ring is said. F2 rings 0 and 1 are enabled before DRIVER_OK, further pairs after
// it. F3 the eventfds here live from `negotiate` to `close`. F4 what is agreed on is what was wanted and offered.
// Not modelled: requests of the back-end, inflight, config space (a net driver has its own).
import { VIRTIO_F_VERSION_1 } from "../../assembly/abi/features.ts";
import type { RingbedError } from "../errors.ts";
import type { Trace } from "./connection.ts";
import type { Agreed, DriverEvents, DriverRing } from "./device.ts";
import { PeerFault } from "./fault.ts";
import {
  hasBit,
  maskOf,
  ringFormat,
  STATUS_ACKNOWLEDGE,
  STATUS_DRIVER,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  VHOST_USER_F_PROTOCOL_FEATURES,
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_REPLY_ACK,
  VHOST_USER_PROTOCOL_F_STATUS,
  VIRTIO_NET_F_CTRL_VQ,
  VIRTIO_NET_F_MAC,
  VIRTIO_NET_F_MQ,
  VIRTIO_NET_F_STATUS,
} from "./features.ts";
import type { Fd, Host, Stream } from "./host.ts";
import { Requester } from "./requester.ts";
import { Session } from "./session.ts";

/** A part of linear memory that lies in a file a peer can map. */
export interface SharedWindow {
  /** Borrowed. Its first byte is the window's. */
  readonly fd: Fd;
  readonly linear: number;
  readonly size: number;
  /** Guest address of its first byte, as descriptors have it. */
  readonly guest: bigint;
}

export interface DriverOptions {
  /** virtio features wanted. */
  readonly features: bigint;
  readonly queuePairs: number;
  readonly window: SharedWindow;
  /** Told to the back-end, if it wants to know. */
  readonly mtu?: number;
  /** How long a reply may take; DPDK's first one may take a second. */
  readonly replyMs?: number;
}

const REPLY_MS = 5000;
const WANTED_PROTOCOL = maskOf(
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_REPLY_ACK,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_STATUS,
);
/** What virtio-user deals with itself and keeps from the back-end. */
const OWN_FEATURES = maskOf(VIRTIO_NET_F_MAC, VIRTIO_NET_F_STATUS, VIRTIO_NET_F_CTRL_VQ);
const STATUS_NEGOTIATED = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;

export class FrontEndSession {
  private readonly host: Host;
  private readonly options: DriverOptions;
  private readonly session = new Session();
  private readonly requester: Requester;
  private readonly events: DriverEvents[] = [];
  private protocol = false;
  private queuePairs = 1;
  /** What the back-end offered. */
  offered = 0n;
  private callsSent = false;

  /** stream: ours from now on */
  constructor(host: Host, stream: Stream, options: DriverOptions, trace?: Trace) {
    this.host = host;
    this.options = options;
    this.requester = new Requester(host, stream, this.session, options.replyMs ?? REPLY_MS, trace);
  }

  /** Resolves when the connection has ended. @returns why; undefined: the back-end closed it between two messages, or `close` did */
  get ended(): Promise<RingbedError | undefined> {
    return this.requester.ended;
  }

  /** Agrees on features with the back-end. @throws PeerFault */
  async negotiate(): Promise<Agreed> {
    const { session, requester, options, host } = this;
    await requester.request("SET_OWNER", undefined);
    const offered = await requester.request("GET_FEATURES", undefined);
    this.offered = offered;
    let queuePairs = 1;
    this.protocol = hasBit(offered, VHOST_USER_F_PROTOCOL_FEATURES);
    if (this.protocol) {
      const protocol = WANTED_PROTOCOL & (await requester.request("GET_PROTOCOL_FEATURES", undefined));
      await requester.request("SET_PROTOCOL_FEATURES", protocol);
      session.protocolFeatures = protocol;
      if (options.queuePairs > 1 && session.hasProtocol(VHOST_USER_PROTOCOL_F_MQ) && hasBit(offered, VIRTIO_NET_F_MQ)) {
        const most = Number(await requester.request("GET_QUEUE_NUM", undefined));
        if (most < 1) throw new PeerFault(`GET_QUEUE_NUM: found ${most} queue pairs, expected at least 1`);
        queuePairs = Math.min(options.queuePairs, most);
      }
    }
    for (let ring = 0; ring < 2 * queuePairs; ring++) {
      this.events[ring] = { kick: host.makeEventfd(), call: host.makeEventfd() };
    }
    await this.sendCalls();
    this.queuePairs = queuePairs;
    return this.agree(options.features);
  }

  /** Tells the back-end what is agreed on; no ring runs. features: those wanted. @throws PeerFault */
  async agree(features: bigint): Promise<Agreed> {
    const { session, requester, options, queuePairs } = this;
    const wanted = (features & ~OWN_FEATURES) | maskOf(VIRTIO_F_VERSION_1, VHOST_USER_F_PROTOCOL_FEATURES);
    session.features = wanted & this.offered;
    await requester.request("SET_FEATURES", session.features);
    if (options.mtu !== undefined && session.hasProtocol(VHOST_USER_PROTOCOL_F_NET_MTU)) {
      await requester.request("NET_SET_MTU", BigInt(options.mtu));
    }
    await this.setStatus(STATUS_NEGOTIATED);
    return { ...ringFormat(session.features), queuePairs };
  }

  private async sendCalls(): Promise<void> {
    for (const [index, { call }] of this.events.entries()) {
      await this.requester.request("SET_VRING_CALL", { index, hasFd: true }, [call]);
    }
    this.callsSent = true;
  }

  /** @throws PeerFault when the back-end takes FEATURES_OK back */
  private async setStatus(status: number): Promise<void> {
    if (!this.session.hasProtocol(VHOST_USER_PROTOCOL_F_STATUS)) return;
    await this.requester.request("SET_STATUS", BigInt(status));
    const found = Number(await this.requester.request("GET_STATUS", undefined));
    if ((found & STATUS_FEATURES_OK) === 0) {
      throw new PeerFault(`GET_STATUS: found ${found}, expected the features accepted (${STATUS_FEATURES_OK})`);
    }
    this.session.status = found;
  }

  /** Shares the window and starts the rings, two a queue pair; `pairs` of them are in use. @returns their eventfds, borrowed. @throws PeerFault */
  async start(rings: readonly DriverRing[], pairs = rings.length / 2): Promise<readonly DriverEvents[]> {
    const { requester, events, options } = this;
    const { fd, linear, size, guest } = options.window;
    if (rings.length !== events.length)
      throw new Error(`front-end: found ${rings.length} rings, expected ${events.length}`);
    if (!this.callsSent) await this.sendCalls();
    const region = { guest, size: BigInt(size), user: BigInt(linear), offset: 0n };
    await requester.request("SET_MEM_TABLE", [region], [fd]);
    for (const [index, ring] of rings.entries()) {
      await requester.request("SET_VRING_NUM", { index, num: ring.size });
      await requester.request("SET_VRING_BASE", { index, num: ring.base });
      const [desc, avail, used] = [BigInt(ring.desc), BigInt(ring.avail), BigInt(ring.used)];
      await requester.request("SET_VRING_ADDR", { index, flags: 0, desc, avail, used, log: 0n });
      await requester.request("SET_VRING_KICK", { index, hasFd: true }, [events[index]!.kick]);
    }
    await this.enable(0, 2, 1);
    await this.setStatus(STATUS_NEGOTIATED | STATUS_DRIVER_OK);
    await this.enable(2, Math.min(2 * pairs, rings.length), 1);
    return events;
  }

  /** Queue pairs in use from now on: the first ones. Source: virtio_user_handle_mq. @throws PeerFault */
  async use(pairs: number): Promise<void> {
    const end = Math.min(2 * pairs, this.events.length);
    await this.enable(0, end, 1);
    await this.enable(end, this.events.length, 0);
  }

  private async enable(first: number, end: number, num: number): Promise<void> {
    if (!this.protocol) return;
    for (let index = first; index < end; index++) await this.requester.request("SET_VRING_ENABLE", { index, num });
  }

  /** Stops the rings; `start` may follow. @returns where the device stands in each, as SET_VRING_BASE takes it. @throws PeerFault */
  async stop(): Promise<readonly number[]> {
    await this.enable(0, this.events.length, 0);
    const bases: number[] = [];
    for (const index of this.events.keys()) {
      bases.push((await this.requester.request("GET_VRING_BASE", { index, num: 0 })).num);
    }
    this.callsSent = false; // a back-end may let go of them with the ring, as DPDK does
    return bases;
  }

  /** Ends the connection and gives back what is ours. */
  async close(): Promise<void> {
    this.requester.close();
    await this.requester.ended;
    for (const { kick, call } of this.events.splice(0)) {
      this.host.closeFd(kick);
      this.host.closeFd(call);
    }
  }
}
