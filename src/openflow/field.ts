// field - what OpenFlow calls a field (struct mf_field of OVS 3.1): its names, its width, how it is written, what it
// presupposes, which protocols can carry a match on it, and which bits of struct flow it is. Documented in
// ovs-fields(7).
// Not modelled: tun_metadata0..63, whose meaning is a table of the bridge.
import { P_ANY, P_NONE, P_NXM_OF11_UP, P_NXM_OXM_ANY, type Protocols } from "./protocol.ts";

/** How a value is written. */
export type MfFormat =
  | "decimal"
  | "hexadecimal"
  | "ethernet"
  | "ipv4"
  | "ipv6"
  /** 16 bits, as OpenFlow 1.0 has them, and 32 bits, as OXM has them. */
  | "port"
  | "port32"
  | "frag"
  | "tcp_flags"
  | "tun_flags"
  | "ct_state"
  | "packet_type";

/** What must hold of a packet for the field to be there. */
export type MfPrereqs =
  | "none"
  | "ethernet"
  | "arp"
  | "vlan_vid"
  | "ipv4"
  | "ipv6"
  | "ip_any"
  | "mpls"
  | "tcp"
  | "udp"
  | "sctp"
  | "icmpv4"
  | "icmpv6"
  | "nd"
  | "nd_solicit"
  | "nd_advert"
  | "ct_valid"
  | "nsh";

/** Where in struct flow the value is. A value is big-endian bytes everywhere outside of it. */
export type MfStorage =
  /** Byte i of the value is the flow's byte map[i], or always 0 where that is negative. */
  | { readonly kind: "bytes"; readonly map: readonly number[] }
  /** `width` bits of a big-endian word of 1, 2 or 4 bytes. */
  | {
      readonly kind: "bits";
      readonly at: number;
      readonly bytes: number;
      readonly shift: number;
      readonly width: number;
      readonly valueBytes: number;
      /** How far left of bit 0 the value has them. */
      readonly lift: number;
    }
  /** A part of the outer tag: setting one may add the tag. */
  | { readonly kind: "vlan"; readonly part: "tci" | "dl_vlan" | "vid" | "pcp" }
  /** A port number, a u32 of the flow; in 32 bits the reserved ones begin with 0xffff. */
  | { readonly kind: "port"; readonly at: number };

export interface MfField {
  /** Its place in the order of ovs-fields(7). */
  readonly id: number;
  readonly name: string;
  readonly alias?: string;
  /** NXM_*, OXM_*: the oldest first, which is the one that subfields are written with. */
  readonly nxmNames: readonly string[];
  readonly bytes: number;
  readonly bits: number;
  readonly maskable: boolean;
  readonly format: MfFormat;
  readonly prereqs: MfPrereqs;
  readonly writable: boolean;
  /** Which protocols carry an exact match, a prefix, and any mask. */
  readonly protocolsExact: Protocols;
  readonly protocolsCidr: Protocols;
  readonly protocolsBitwise: Protocols;
  readonly storage: MfStorage;
}

/** What can be said of a field in a word; `of10` and `of11` alone mean that those versions know exact matches. */
export type MfTrait =
  | "mask"
  | "readonly"
  | "of10"
  | "of10cidr"
  | "of11"
  | "of11mask"
  /** Every protocol can say it, by a field of another name. */
  | "everywhere";

/** A row of the table: names (the second is an alias), width where it is not whole bytes, and names in NXM and OXM. */
export interface MfRow {
  readonly names: string;
  readonly storage: MfStorage;
  readonly format: MfFormat;
  readonly traits: readonly MfTrait[];
  readonly prereqs: MfPrereqs;
  readonly bits?: number;
  readonly nxm: string;
}

const EXPERIMENTERS = /^(NXOXM|ONFOXM)_/;

/** What OpenFlow 1.0 can say in its own format NXM can, too, so three sets tell all. */
function protocols(of10: boolean, of11: boolean, oxm: boolean): Protocols {
  if (of10 && of11 && oxm) return P_ANY;
  if (of11 && oxm) return P_NXM_OF11_UP;
  return oxm ? P_NXM_OXM_ANY : P_NONE;
}

function storageBytes(storage: MfStorage, format: MfFormat): number {
  if (storage.kind === "bytes") return storage.map.length;
  if (storage.kind === "bits") return storage.valueBytes;
  if (storage.kind === "vlan") return storage.part === "pcp" ? 1 : 2;
  return format === "port" ? 2 : 4;
}

export function mfField(id: number, row: MfRow): MfField {
  const has = (trait: MfTrait): boolean => row.traits.includes(trait);
  const [name = "", alias] = row.names.split(" ");
  const nxmNames = row.nxm === "" ? [] : row.nxm.split(" ");
  const bytes = storageBytes(row.storage, row.format);
  const everywhere = has("everywhere");
  const maskable = has("mask");
  const of11mask = has("of11mask");
  const oxm = everywhere || nxmNames.length > 0;
  return {
    id,
    name,
    ...(alias === undefined ? {} : { alias }),
    nxmNames,
    bytes,
    bits: row.bits ?? bytes * 8,
    maskable,
    format: row.format,
    prereqs: row.prereqs,
    writable: !has("readonly"),
    protocolsExact: protocols(everywhere || has("of10") || has("of10cidr"), everywhere || has("of11") || of11mask, oxm),
    protocolsCidr: maskable ? protocols(has("of10cidr"), of11mask, oxm) : P_NONE,
    protocolsBitwise: maskable ? protocols(false, of11mask, oxm) : P_NONE,
    storage: row.storage,
  };
}

/** Whether Nicira's extended actions can name it: an experimenter's OXM does not fit into their headers. */
export function mfHasNxmHeader(field: MfField): boolean {
  const name = field.nxmNames[0];
  return name !== undefined && !EXPERIMENTERS.test(name);
}
