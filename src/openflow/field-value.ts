// field-value - reading and writing a field's value in struct flow, in its mask, and in a match (mf_get_value and its
// kin of OVS 3.1's lib/meta-flow.c). A value is `field.bytes` bytes, the most significant first.
// Invariants: 1. a match's flow is zero where its mask is. 2. Setting a part of a tag's TCI says that there is a tag.
import { FLOW_VLAN_TCI, FLOW_VLAN_TPID } from "../../assembly/abi/flow.ts";
import type { MfField } from "./field.ts";
import type { Flow, Match } from "./flow.ts";
import { portFromOfp11, portToOfp11 } from "./ports.ts";
import { P_ANY, P_NONE, type Protocols } from "./protocol.ts";

const VLAN_CFI = 0x1000;
const VLAN_VID_MASK = 0x0fff;
const VLAN_PCP_MASK = 0xe000;
const ETH_TYPE_VLAN = 0x8100;
/** OpenFlow 1.0's dl_vlan of a packet without a tag. */
const OFP10_VLAN_NONE = 0xffff;
/** The mask of a match on a port covers what 1.0 has of a number. */
const PORT_MASK = 0xffff;

export function isAllZeros(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

export function isAllOnes(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0xff) return false;
  return true;
}

/** The number that up to 4 bytes are. */
export function valueNumber(bytes: Uint8Array): number {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = ((value << 8) | bytes[i]!) >>> 0;
  return value;
}

export function putNumber(bytes: Uint8Array, value: number): Uint8Array {
  for (let i = bytes.length - 1, left = value; i >= 0; i--, left >>>= 8) bytes[i] = left;
  return bytes;
}

const word = (flow: Flow, at: number, bytes: number): number =>
  bytes === 4 ? flow.be32(at) : bytes === 2 ? flow.be16(at) : flow.u8(at);

function putWord(flow: Flow, at: number, bytes: number, value: number): void {
  if (bytes === 4) flow.setBe32(at, value);
  else if (bytes === 2) flow.setBe16(at, value);
  else flow.setU8(at, value);
}

const ones = (bits: number): number => (bits === 32 ? 0xffffffff : (1 << bits) - 1);

function vlanPart(part: "tci" | "dl_vlan" | "vid" | "pcp", tci: number): number {
  if (part === "tci") return tci;
  if (part === "dl_vlan") return tci & VLAN_VID_MASK;
  return part === "vid" ? tci & (VLAN_VID_MASK | VLAN_CFI) : tci >>> 13;
}

/** tci with the part set. */
function withVlanPart(part: "tci" | "dl_vlan" | "vid" | "pcp", tci: number, value: number): number {
  if (part === "tci") return value;
  if (part === "vid") return (tci & VLAN_PCP_MASK) | (value & (VLAN_VID_MASK | VLAN_CFI));
  if (part === "pcp") return (tci & ~VLAN_PCP_MASK) | ((value & 7) << 13) | VLAN_CFI;
  return value === OFP10_VLAN_NONE ? 0 : (tci & ~VLAN_VID_MASK) | VLAN_CFI | (value & VLAN_VID_MASK);
}

/** The field's value in a flow. */
export function mfGet(field: MfField, flow: Flow): Uint8Array {
  const { storage } = field;
  const out = new Uint8Array(field.bytes);
  if (storage.kind === "bytes") {
    const { map } = storage;
    for (let i = 0; i < map.length; i++) out[i] = map[i]! < 0 ? 0 : flow.bytes[map[i]!]!;
    return out;
  }
  if (storage.kind === "bits") {
    const { at, bytes, shift, width, lift } = storage;
    return putNumber(out, ((word(flow, at, bytes) >>> shift) & ones(width)) << lift);
  }
  if (storage.kind === "vlan") return putNumber(out, vlanPart(storage.part, flow.be16(FLOW_VLAN_TCI)));
  const port = flow.u32(storage.at);
  return putNumber(out, field.bytes === 4 ? portToOfp11(port) : port);
}

/** Sets the field in a flow, as actions do (mf_set_flow_value): a new tag gets the TPID 0x8100. */
export function mfSetFlow(field: MfField, value: Uint8Array, flow: Flow): void {
  const { storage } = field;
  if (storage.kind === "bytes") {
    const { map } = storage;
    for (let i = 0; i < map.length; i++) if (map[i]! >= 0) flow.bytes[map[i]!] = value[i]!;
    return;
  }
  const number = valueNumber(value);
  if (storage.kind === "bits") {
    const { at, bytes, shift, width, lift } = storage;
    const mask = ones(width) << shift;
    putWord(flow, at, bytes, (word(flow, at, bytes) & ~mask) | (((number >>> lift) << shift) & mask));
  } else if (storage.kind === "vlan") {
    flow.setBe16(FLOW_VLAN_TCI, withVlanPart(storage.part, flow.be16(FLOW_VLAN_TCI), number));
    if (flow.be16(FLOW_VLAN_TPID) === 0 && flow.be16(FLOW_VLAN_TCI) !== 0) flow.setBe16(FLOW_VLAN_TPID, ETH_TYPE_VLAN);
  } else {
    flow.setU32(storage.at, field.bytes === 4 ? (portFromOfp11(number) ?? 0) : number);
  }
}

/** Sets those bits of the field that are one in the mask. */
export function mfSetFlowMasked(field: MfField, value: Uint8Array, mask: Uint8Array, flow: Flow): void {
  const now = mfGet(field, flow);
  for (let i = 0; i < now.length; i++) now[i] = (now[i]! & ~mask[i]!) | (value[i]! & mask[i]!);
  mfSetFlow(field, now, flow);
}

/** Un-wildcards those bits of the field that are one in the mask. */
export function mfMaskFieldMasked(field: MfField, mask: Uint8Array, wildcards: Flow): void {
  const now = mfGet(field, wildcards);
  // all ones are 1.0's "no tag", and would clear the mask
  const limit = field.storage.kind === "vlan" && field.storage.part === "dl_vlan" ? VLAN_VID_MASK : -1;
  if (limit < 0) for (let i = 0; i < now.length; i++) now[i]! |= mask[i]!;
  else putNumber(now, valueNumber(now) | (valueNumber(mask) & limit));
  mfSetFlow(field, now, wildcards);
}

export function mfIsSet(field: MfField, flow: Flow): boolean {
  return !isAllZeros(mfGet(field, flow));
}

/** Whether a value can be meant at all: bits beyond the field's width cannot, with exceptions as OVS has them. */
export function mfIsValueValid(field: MfField, value: Uint8Array): boolean {
  const { storage, name } = field;
  if (field.format === "port32") return portFromOfp11(valueNumber(value)) !== undefined;
  if (name === "vlan_vid") return (valueNumber(value) & VLAN_PCP_MASK) === 0;
  if (name === "nsh_ttl") return valueNumber(value) <= 63;
  if (name === "nsh_mdtype") return valueNumber(value) === 1 || valueNumber(value) === 2;
  if (name.startsWith("tun_erspan")) return true;
  if (storage.kind === "bits")
    return field.bits === 8 && storage.lift === 0
      ? true
      : (valueNumber(value) & ~(ones(storage.width) << storage.lift)) === 0;
  if (storage.kind === "bytes" && storage.map[0]! < 0) return value.subarray(0, -1).every((byte) => byte === 0);
  return field.bits === field.bytes * 8 || valueNumber(value) >>> field.bits === 0;
}

/** A field that is not maskable takes all or nothing. */
export function mfIsMaskValid(field: MfField, mask: Uint8Array): boolean {
  return field.maskable || isAllZeros(mask) || isAllOnes(mask);
}

function setExact(field: MfField, value: Uint8Array, { flow, mask }: Match): void {
  const { storage } = field;
  if (storage.kind === "bytes") {
    const { map } = storage;
    for (let i = 0; i < map.length; i++) {
      if (map[i]! < 0) continue;
      flow.bytes[map[i]!] = value[i]!;
      mask.bytes[map[i]!] = 0xff;
    }
  } else if (storage.kind === "bits") {
    const { at, bytes, shift, width } = storage;
    mfSetFlow(field, value, flow);
    putWord(mask, at, bytes, word(mask, at, bytes) | (ones(width) << shift));
  } else if (storage.kind === "vlan") {
    setExactVlan(storage.part, valueNumber(value), { flow, mask });
  } else {
    mfSetFlow(field, value, flow);
    mask.setU32(storage.at, PORT_MASK);
  }
}

function setExactVlan(part: "tci" | "dl_vlan" | "vid" | "pcp", value: number, { flow, mask }: Match): void {
  flow.setBe16(FLOW_VLAN_TCI, withVlanPart(part, flow.be16(FLOW_VLAN_TCI), value));
  const now = mask.be16(FLOW_VLAN_TCI);
  if (part === "tci" || (part === "dl_vlan" && value === OFP10_VLAN_NONE)) mask.setBe16(FLOW_VLAN_TCI, 0xffff);
  else if (part === "pcp") mask.setBe16(FLOW_VLAN_TCI, now | VLAN_CFI | VLAN_PCP_MASK);
  else if (part === "dl_vlan") mask.setBe16(FLOW_VLAN_TCI, now | VLAN_VID_MASK | VLAN_CFI);
  else mask.setBe16(FLOW_VLAN_TCI, VLAN_VID_MASK | VLAN_CFI | (now & VLAN_PCP_MASK));
}

/** Wildcards the field: of a tag what remains is matched on, and nothing if nothing else was. */
function setWild(field: MfField, { flow, mask }: Match): void {
  const { storage } = field;
  if (storage.kind === "bytes") {
    for (const at of storage.map) if (at >= 0) flow.bytes[at] = mask.bytes[at] = 0;
  } else if (storage.kind === "bits") {
    const { at, bytes, shift, width } = storage;
    const keep = ~(ones(width) << shift);
    putWord(flow, at, bytes, word(flow, at, bytes) & keep);
    putWord(mask, at, bytes, word(mask, at, bytes) & keep);
  } else if (storage.kind === "vlan") {
    const gone = storage.part === "tci" ? 0xffff : storage.part === "pcp" ? VLAN_PCP_MASK : VLAN_VID_MASK;
    const other = storage.part === "pcp" ? VLAN_VID_MASK : VLAN_PCP_MASK;
    const keep = (mask.be16(FLOW_VLAN_TCI) & other) === 0 ? 0 : ~gone;
    flow.setBe16(FLOW_VLAN_TCI, flow.be16(FLOW_VLAN_TCI) & keep);
    mask.setBe16(FLOW_VLAN_TCI, mask.be16(FLOW_VLAN_TCI) & keep);
  } else {
    flow.setU32(storage.at, 0);
    mask.setU32(storage.at, 0);
  }
}

function setMasked(field: MfField, value: Uint8Array, bits: Uint8Array, { flow, mask }: Match): void {
  const { storage } = field;
  if (storage.kind === "bytes") {
    const { map } = storage;
    for (let i = 0; i < map.length; i++) {
      if (map[i]! < 0) continue;
      flow.bytes[map[i]!] = value[i]! & bits[i]!;
      mask.bytes[map[i]!] = bits[i]!;
    }
    return;
  }
  const number = valueNumber(bits);
  if (storage.kind === "bits") {
    const { at, bytes, shift, width } = storage;
    const all = ones(width) << shift;
    putWord(flow, at, bytes, (word(flow, at, bytes) & ~all) | (((valueNumber(value) & number) << shift) & all));
    putWord(mask, at, bytes, (word(mask, at, bytes) & ~all) | ((number << shift) & all));
  } else if (storage.kind === "vlan") {
    const limit = storage.part === "vid" ? VLAN_VID_MASK | VLAN_CFI : 0xffff;
    const tci = (flow.be16(FLOW_VLAN_TCI) & ~limit) | (valueNumber(value) & number & limit);
    flow.setBe16(FLOW_VLAN_TCI, tci);
    mask.setBe16(FLOW_VLAN_TCI, (mask.be16(FLOW_VLAN_TCI) & ~limit) | (number & limit));
  }
}

function isCidr(mask: Uint8Array): boolean {
  const inverted = ~valueNumber(mask) >>> 0;
  return (inverted & (inverted + 1)) === 0;
}

/** Makes the match look at the field (mf_set). @returns the protocols that can carry it */
export function mfSet(field: MfField, value: Uint8Array, mask: Uint8Array | undefined, match: Match): Protocols {
  if (mask === undefined || isAllOnes(mask)) {
    setExact(field, value, match);
    return field.protocolsExact;
  }
  if (isAllZeros(mask)) {
    setWild(field, match);
    return P_ANY;
  }
  if (!field.maskable) return P_NONE;
  // the upper 12 bits of a flow label's word are nobody's: with or without them a mask of 20 ones is all there is
  const whole = field.name === "ipv6_label" && (valueNumber(mask) & 0xfffff) === 0xfffff;
  if (whole) setExact(field, value, match);
  else setMasked(field, value, mask, match);
  if (field.protocolsBitwise === field.protocolsCidr) return field.protocolsCidr;
  return isCidr(mask) ? field.protocolsCidr : field.protocolsBitwise;
}
