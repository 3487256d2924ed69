// message - the requests of a front-end, one row each, and the bytes of a message. Follows: vhost-user protocol, "Message Specification"
// and "Front-end message types".
//
// | 0 request u32 | 4 flags u32: version (bits 0-1), REPLY (2), NEED_REPLY (3) | 8 size u32 | payload |
// A reply repeats the request's number, with flags exactly VERSION | REPLY. What has a reply of its own is never acknowledged besides.
// Rows without a handler at the back-end are there to be named when they are refused.
// Not modelled: requests of the back-end (BACKEND_REQ), IOTLB (no IOMMU is offered), postcopy, shared objects, device state.

import { PeerFault } from "./fault.ts";
import {
  VHOST_USER_PROTOCOL_F_BACKEND_REQ,
  VHOST_USER_PROTOCOL_F_CONFIG,
  VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS,
  VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS,
  VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD,
  VHOST_USER_PROTOCOL_F_MQ,
  VHOST_USER_PROTOCOL_F_NET_MTU,
  VHOST_USER_PROTOCOL_F_RARP,
  VHOST_USER_PROTOCOL_F_RESET_DEVICE,
  VHOST_USER_PROTOCOL_F_STATUS,
} from "./features.ts";
import { CODECS, type PayloadKind, type Payloads } from "./payload.ts";

export const HEADER_BYTES = 12;
export const FLAG_VERSION = 1;
export const FLAG_VERSION_MASK = 3;
export const FLAG_REPLY = 4;
export const FLAG_NEED_REPLY = 8;

/** How many descriptors ride on a request: none, one, one unless the payload says otherwise, one a region, or any number. */
export type FdRule = "none" | "one" | "file" | "regions" | "any";

export interface RequestRow<P extends PayloadKind = PayloadKind, R extends PayloadKind | "ack" = PayloadKind | "ack"> {
  readonly number: number;
  readonly payload: P;
  readonly fds: FdRule;
  /** Its own reply's kind; "ack": 0 or 1 as u64, if the sender asks and REPLY_ACK was agreed on. */
  readonly reply: R;
  /** Protocol feature that must have been agreed on. */
  readonly needs: number | undefined;
}

function row<P extends PayloadKind, R extends PayloadKind | "ack">(
  number: number,
  payload: P,
  fds: FdRule,
  reply: R,
  needs?: number,
): RequestRow<P, R> {
  return { number, payload, fds, reply, needs };
}

export const REQUESTS = {
  GET_FEATURES: row(1, "none", "none", "u64"),
  SET_FEATURES: row(2, "u64", "none", "ack"),
  SET_OWNER: row(3, "none", "none", "ack"),
  RESET_OWNER: row(4, "none", "none", "ack"),
  SET_MEM_TABLE: row(5, "memory", "regions", "ack"),
  SET_LOG_BASE: row(6, "log", "one", "none"),
  SET_LOG_FD: row(7, "none", "one", "ack"),
  SET_VRING_NUM: row(8, "state", "none", "ack"),
  SET_VRING_ADDR: row(9, "addr", "none", "ack"),
  SET_VRING_BASE: row(10, "state", "none", "ack"),
  GET_VRING_BASE: row(11, "state", "none", "state"),
  SET_VRING_KICK: row(12, "file", "file", "ack"),
  SET_VRING_CALL: row(13, "file", "file", "ack"),
  SET_VRING_ERR: row(14, "file", "file", "ack"),
  GET_PROTOCOL_FEATURES: row(15, "none", "none", "u64"),
  SET_PROTOCOL_FEATURES: row(16, "u64", "none", "ack"),
  GET_QUEUE_NUM: row(17, "none", "none", "u64", VHOST_USER_PROTOCOL_F_MQ),
  SET_VRING_ENABLE: row(18, "state", "none", "ack"),
  SEND_RARP: row(19, "u64", "none", "ack", VHOST_USER_PROTOCOL_F_RARP),
  NET_SET_MTU: row(20, "u64", "none", "ack", VHOST_USER_PROTOCOL_F_NET_MTU),
  SET_BACKEND_REQ_FD: row(21, "none", "one", "ack", VHOST_USER_PROTOCOL_F_BACKEND_REQ),
  GET_CONFIG: row(24, "config", "none", "config", VHOST_USER_PROTOCOL_F_CONFIG),
  SET_CONFIG: row(25, "config", "none", "ack", VHOST_USER_PROTOCOL_F_CONFIG),
  GET_INFLIGHT_FD: row(31, "bytes", "none", "bytes", VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD),
  SET_INFLIGHT_FD: row(32, "bytes", "one", "ack", VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD),
  RESET_DEVICE: row(34, "none", "none", "ack", VHOST_USER_PROTOCOL_F_RESET_DEVICE),
  VRING_KICK: row(35, "state", "none", "ack", VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS),
  GET_MAX_MEM_SLOTS: row(36, "none", "none", "u64", VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS),
  ADD_MEM_REG: row(37, "bytes", "one", "ack", VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS),
  REM_MEM_REG: row(38, "bytes", "any", "ack", VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS),
  SET_STATUS: row(39, "u64", "none", "ack", VHOST_USER_PROTOCOL_F_STATUS),
  GET_STATUS: row(40, "none", "none", "u64", VHOST_USER_PROTOCOL_F_STATUS),
} as const;

export type RequestName = keyof typeof REQUESTS;
export type PayloadOf<N extends RequestName> = Payloads[(typeof REQUESTS)[N]["payload"]];
/** What a request is answered with; undefined where that is at most an acknowledgement. */
export type ReplyOf<N extends RequestName> = (typeof REQUESTS)[N]["reply"] extends infer R
  ? R extends PayloadKind
    ? Payloads[R]
    : undefined
  : never;

const NAMES: ReadonlyMap<number, RequestName> = new Map(
  (Object.keys(REQUESTS) as RequestName[]).map((name) => [REQUESTS[name].number, name]),
);

/** @returns undefined: a number that is not known */
export function requestName(number: number): RequestName | undefined {
  return NAMES.get(number);
}

/** What lines for the user call a request. */
export function requestWords(number: number): string {
  return requestName(number) ?? `request ${number}`;
}

export interface Header {
  readonly request: number;
  readonly flags: number;
  /** Bytes of payload. */
  readonly size: number;
}

export function encodeMessage(request: number, flags: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, request, true);
  view.setUint32(4, FLAG_VERSION | flags, true);
  view.setUint32(8, payload.length, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function decodeHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  return { request: view.getUint32(0, true), flags: view.getUint32(4, true), size: view.getUint32(8, true) };
}

/** what: the message, in a fault's words. @throws PeerFault when the length is not the kind's */
export function decodePayload<K extends PayloadKind>(kind: K, bytes: Uint8Array, what: string): Payloads[K] {
  const { min, max, decode } = CODECS[kind];
  if (bytes.length < min || bytes.length > max) {
    throw new PeerFault(`${what}: found ${bytes.length} bytes, expected ${min === max ? min : `${min} to ${max}`}`);
  }
  return decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
}

export function encodePayload<K extends PayloadKind>(kind: K, value: Payloads[K]): Uint8Array {
  return CODECS[kind].encode(value);
}
