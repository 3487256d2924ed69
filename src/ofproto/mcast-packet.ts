// mcast-packet - what a frame of IGMP or MLD says of groups (IGMPv1 to 3, RFC 1112, 2236 and 3376; MLDv1 and 2, RFC 2710 and 3810), as OVS 3.1.0
// reads it: update_mcast_snooping_table of ofproto-dpif-xlate.c, mcast_snooping_add_report and _add_mld of lib/mcast-snooping.c.
import { IPPROTO_ICMPV6 } from "../openflow/field-prereqs.ts";
import { type GroupAddress, groupAddress4, groupAddress6 } from "./mcast-snooping.ts";
import { isVlanType } from "./packet-kind.ts";

export const IGMP_QUERY = 0x11;
export const IGMP_V1_REPORT = 0x12;
export const IGMP_V2_REPORT = 0x16;
export const IGMP_LEAVE = 0x17;
export const IGMP_V3_REPORT = 0x22;
export const MLD_QUERY = 130;
export const MLD_REPORT = 131;
export const MLD_DONE = 132;
export const MLD2_REPORT = 143;

/** A host that joins a group or leaves it. */
export interface Membership {
  readonly address: GroupAddress;
  readonly joins: boolean;
}

const ETHERNET_BYTES = 14;
const VLAN_BYTES = 4;
const IPV6_BYTES = 40;
/** IGMP's and MLD's headers before records or an address, and records' without sources. */
const HEADER_BYTES = 8;
const IGMP_RECORD_BYTES = 8;
const MLD_RECORD_BYTES = 20;
/** Hop-by-hop options, routing, destination options. */
const EXTENSIONS = [0, 43, 60];
/** Types of records: MODE_IS_INCLUDE to BLOCK_OLD_SOURCES. */
const RECORD_TYPES = 6;
const IS_INCLUDE = 1;
const TO_INCLUDE = 3;

/** A frame's layer 4: IGMP's or ICMPv6's header and what is behind it. */
export class McastPacket {
  private readonly view: DataView;
  private readonly l3: number;
  private readonly l4: number;
  /** Where the IP packet ends: behind it is padding. */
  private readonly end: number;
  private readonly bytes: Uint8Array;

  /** A whole frame that was found to carry one of them. */
  constructor(frame: Uint8Array) {
    this.bytes = frame;
    this.view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    let at = ETHERNET_BYTES;
    while (isVlanType(this.view.getUint16(at - 2))) at += VLAN_BYTES;
    this.l3 = at;
    const isV4 = frame[at]! >> 4 === 4;
    this.end = at + (isV4 ? this.view.getUint16(at + 2) : IPV6_BYTES + this.view.getUint16(at + 4));
    this.l4 = isV4 ? at + (frame[at]! & 15) * 4 : this.behindExtensions(at);
  }

  private behindExtensions(ip: number): number {
    let [at, next] = [ip + IPV6_BYTES, this.bytes[ip + 6]!];
    while (EXTENSIONS.includes(next)) [next, at] = [this.bytes[at]!, at + (this.bytes[at + 1]! + 1) * 8];
    return at;
  }

  private has(at: number, bytes: number): boolean {
    return at + bytes <= this.bytes.length;
  }

  /** Of layer 4; what it adds up to with the sum in it is 0xffff. */
  private sum(start: number): boolean {
    let sum = start;
    for (let at = this.l4; at < this.end; at += 2)
      sum += at + 1 < this.end ? this.view.getUint16(at) : this.bytes[at]! << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    return sum === 0xffff;
  }

  get hasGoodIgmpSum(): boolean {
    return this.has(this.l4, HEADER_BYTES) && this.sum(0);
  }

  get hasGoodMldSum(): boolean {
    if (!this.has(this.l4, HEADER_BYTES)) return false;
    let pseudo = this.end - this.l4 + IPPROTO_ICMPV6;
    for (let at = this.l3 + 8; at < this.l3 + IPV6_BYTES; at += 2) pseudo += this.view.getUint16(at);
    return this.sum(pseudo);
  }

  /** IGMPv3's report. A record of no known type is looked at again for each that should follow it. */
  *igmpRecords(): Generator<Membership> {
    let at = this.l4 + HEADER_BYTES;
    for (let left = this.view.getUint16(this.l4 + 6); left > 0; left--) {
      if (!this.has(at, IGMP_RECORD_BYTES)) return;
      const { type, auxiliary, sources } = this.record(at);
      if (!isKnown(type)) continue;
      yield { address: groupAddress4(this.view.getUint32(at + 4)), joins: !isLeave(type, sources) };
      at += IGMP_RECORD_BYTES + 4 * sources + auxiliary;
    }
  }

  /** MLD's report, version 1 or 2, or done. */
  *mldRecords(): Generator<Membership> {
    let at = this.l4 + HEADER_BYTES;
    const message = this.bytes[this.l4];
    if (message === MLD_REPORT || message === MLD_DONE) {
      if (this.has(at, 16)) yield { address: groupAddress6(this.bytes, at), joins: message === MLD_REPORT };
      return;
    }
    for (let left = this.view.getUint16(this.l4 + 6); left > 0; left--) {
      if (!this.has(at, MLD_RECORD_BYTES)) return;
      const { type, auxiliary, sources } = this.record(at);
      if (isKnown(type)) yield { address: groupAddress6(this.bytes, at + 4), joins: !isLeave(type, sources) };
      at += MLD_RECORD_BYTES + 16 * sources + auxiliary;
    }
  }

  private record(at: number): { readonly type: number; readonly auxiliary: number; readonly sources: number } {
    return { type: this.bytes[at]!, auxiliary: this.bytes[at + 1]!, sources: this.view.getUint16(at + 2) };
  }
}

const isKnown = (type: number): boolean => type >= IS_INCLUDE && type <= RECORD_TYPES;

/** Only what no source sends is wanted: nothing. */
const isLeave = (type: number, sources: number): boolean =>
  sources === 0 && (type === IS_INCLUDE || type === TO_INCLUDE);
