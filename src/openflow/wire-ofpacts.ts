// wire-ofpacts - what becomes of actions on their way: each OpenFlow version has its own, so a peer may read others
// than were written, e.g. mod_nw_src as set_field since 1.2, and set_field as load before (the encoders and decoders of
// OVS 3.1's lib/ofp-actions.c, one behind the other).
import { FLOW_NW_PROTO, FLOW_VLAN_TCI } from "../../assembly/abi/flow.ts";
import type { MfField } from "./field.ts";
import { mfHasNxmHeader } from "./field.ts";
import { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP, isMplsType } from "./field-prereqs.ts";
import { mf } from "./field-table.ts";
import { isAllOnes, putNumber, valueNumber } from "./field-value.ts";
import type { Flow } from "./flow.ts";
import { loadSegments } from "./format-ofpacts.ts";
import type { Ofpact, Subfield } from "./ofpact.ts";
import { OFPP_IN_PORT } from "./ports.ts";
import type { OfVersion } from "./protocol.ts";
import { copyBits, subfieldMask, wholeField } from "./subfield.ts";

const OF10: OfVersion = 1;
const OF11: OfVersion = 2;
const OF12: OfVersion = 3;
const OF13: OfVersion = 4;
const OF15: OfVersion = 6;
const VLAN_CFI = 0x1000;
const VLAN_VID_MASK = 0xfff;
const ETH_TYPE_VLAN = 0x8100;
const NOTE_HEADER = 10;
const ALIGNMENT = 8;
const ZONE_BITS = 16;
/** Bit 12, in the first byte of a VID. */
const PRESENT_BYTE = 0x10;

/** What an action set has a place for; anything else in write_actions is refused. */
const NOT_IN_ACTION_SETS = new Set<Ofpact["type"]>([
  "bundle",
  "clear_actions",
  "clone",
  "nat",
  "controller",
  "enqueue",
  "exit",
  "unroll_xlate",
  "fin_timeout",
  "goto_table",
  "learn",
  "conjunction",
  "meter",
  "multipath",
  "note",
  "output_reg",
  "output_trunc",
  "pop_queue",
  "sample",
  "stack_pop",
  "stack_push",
  "write_actions",
  "write_metadata",
  "debug_recirc",
  "debug_slow",
  "check_pkt_larger",
]);

type SetField = Extract<Ofpact, { type: "set_field" }>;

/** actions as the peer has them, or the error that it answers with. */
export type WiredOfpacts = { readonly actions: readonly Ofpact[] } | { readonly error: string };

/** An error of the peer's, on its way out of nested lists. */
class WireError extends Error {}

function setField(name: string, number: number): Ofpact {
  const field = mf(name);
  const value = putNumber(new Uint8Array(field.bytes), number);
  return { type: "set_field", field, value, mask: new Uint8Array(field.bytes).fill(0xff) };
}

function setFieldBytes(name: string, value: Uint8Array): Ofpact {
  return { type: "set_field", field: mf(name), value, mask: new Uint8Array(value.length).fill(0xff) };
}

/** One load for each run of ones: the reader does not know that they were one action. */
function loads(field: MfField, value: Uint8Array, mask: Uint8Array): Ofpact[] {
  return loadSegments(field, mask).map((segment) => {
    const part = new Uint8Array(field.bytes);
    const bits = new Uint8Array(8);
    copyBits(value, segment.start, bits, 0, segment.bits);
    copyBits(bits, 0, part, segment.start, segment.bits);
    return { type: "set_field", field, value: part, mask: subfieldMask(segment), compat: "load" };
  });
}

/** Loads, or reg_load2 for fields that a load cannot name, which reads as a set_field again. */
function extension(action: SetField): Ofpact[] {
  const { field, value, mask } = action;
  if (field.nxmNames.length === 0) return [nameless(action)];
  return mfHasNxmHeader(field) ? loads(field, value, mask) : [{ type: "set_field", field, value, mask }];
}

/** A field that has no name on the way arrives as the one whose number is 0, if it is as long. */
function nameless({ field, value, mask }: SetField): Ofpact {
  if (field.bytes !== mf("in_port").bytes) throw new WireError("OFPBAC_BAD_SET_LEN");
  return { type: "set_field", field: mf("in_port"), value, mask };
}

function loadNumber(name: string, number: number): Ofpact[] {
  const field = mf(name);
  return loads(field, putNumber(new Uint8Array(field.bytes), number), subfieldMask(wholeField(field)));
}

/** Turns a list into what a peer of a version reads. It follows the tag and the IP protocol that the packets have. */
class Wire {
  private readonly version: OfVersion;
  private readonly proto: number;
  /** undefined: actions that are for no flow in particular are taken one by one. */
  private tags: number | undefined;

  constructor(version: OfVersion, flow: Flow | undefined) {
    this.version = version;
    this.proto = flow?.u8(FLOW_NW_PROTO) ?? 0;
    if (flow !== undefined) {
      this.tags = [0, 4].filter((i) => (flow.be16(FLOW_VLAN_TCI + i) & VLAN_CFI) !== 0).length;
    }
  }

  private count(after: (tags: number) => number): void {
    if (this.tags !== undefined) this.tags = after(this.tags);
  }

  list(actions: readonly Ofpact[]): Ofpact[] {
    const tags = this.tags;
    const out = actions.flatMap((action) => this.one(action));
    this.tags = tags;
    return out;
  }

  private one(action: Ofpact): readonly Ofpact[] {
    const { version } = this;
    switch (action.type) {
      case "set_field":
        return this.setField(action);
      case "set_vlan_vid":
        return this.tagged(action.pushIfNeeded, "vlan_vid", action.vid | VLAN_CFI, {
          type: "set_vlan_vid",
          vid: action.vid,
          pushIfNeeded: version === OF10,
        });
      case "set_vlan_pcp":
        return this.tagged(action.pushIfNeeded, "vlan_pcp", action.pcp, {
          type: "set_vlan_pcp",
          pcp: action.pcp,
          pushIfNeeded: version === OF10,
        });
      case "strip_vlan":
        this.count((tags) => Math.max(0, tags - 1));
        return [{ type: "strip_vlan", compat: version === OF10 ? "strip_vlan" : "pop_vlan" }];
      case "push_mpls":
        if (!isMplsType(action.ethertype)) throw new WireError("OFPBAC_BAD_ARGUMENT");
        return [action];
      case "push_vlan":
        this.count((tags) => tags + 1);
        return version === OF10 ? [] : [action];
      case "set_eth_src":
      case "set_eth_dst":
        return version < OF12 ? [action] : [setFieldBytes(action.type.slice(4), action.mac)];
      case "set_ipv4_src":
      case "set_ipv4_dst":
        return version < OF12 ? [action] : [setField(`ip${action.type.slice(8)}`, action.ip)];
      case "set_ip_dscp":
        return version < OF12 ? [action] : [setField("ip_dscp", action.dscp >>> 2)];
      case "set_ip_ecn":
        if (version === OF11) return [action];
        return version === OF10 ? loadNumber("nw_ecn", action.ecn) : [setField("nw_ecn", action.ecn)];
      case "set_ip_ttl":
        return version === OF10 ? loadNumber("nw_ttl", action.ttl) : [action];
      case "set_l4_src_port":
      case "set_l4_dst_port": {
        const kind = { [IPPROTO_TCP]: "tcp", [IPPROTO_UDP]: "udp", [IPPROTO_SCTP]: "sctp" }[this.proto];
        if (version < OF12 || kind === undefined) return [action];
        return [setField(`${kind}${action.type.slice(6, 10)}`, action.port)];
      }
      case "set_mpls_label":
        return version < OF12 ? [action] : [setField("mpls_label", action.label)];
      case "set_mpls_tc":
        return version < OF12 ? [action] : [setField("mpls_tc", action.tc)];
      case "set_tunnel":
        return version < OF12 ? [action] : [this.tunnelField(action.tunnelId)];
      case "enqueue":
        if (version === OF10) return [action];
        return [
          { type: "set_queue", queue: action.queue },
          { type: "output", port: action.port, maxLen: 0xffff },
          { type: "pop_queue" },
        ];
      case "note": {
        const padded = new Uint8Array(
          Math.ceil((NOTE_HEADER + action.data.length) / ALIGNMENT) * ALIGNMENT - NOTE_HEADER,
        );
        padded.set(action.data);
        return [{ type: "note", data: padded }];
      }
      case "output_reg":
        return this.named(action, action.source);
      case "stack_push":
      case "stack_pop":
        return this.named(action, action.subfield);
      case "reg_move":
        return this.named(action, action.source, action.destination);
      case "check_pkt_larger":
        return this.named(action, action.destination);
      case "clone":
        return [{ type: "clone", actions: this.list(action.actions) }];
      case "ct":
        return [this.connection(action)];
      default:
        return this.instruction(action);
    }
  }

  private instruction(action: Ofpact): readonly Ofpact[] {
    const { version } = this;
    switch (action.type) {
      case "meter":
        return version <= OF12 ? [] : [action];
      case "clear_actions":
        return version === OF10 ? [] : [action];
      case "write_actions": {
        if (version === OF10) return [];
        const actions = this.list(action.actions);
        if (actions.some(({ type }) => NOT_IN_ACTION_SETS.has(type))) throw new WireError("OFPBAC_BAD_TYPE");
        return actions.length === 0 ? [] : [{ type: "write_actions", actions }];
      }
      case "goto_table":
        if (version !== OF10) return [action];
        return [{ type: "resubmit", port: OFPP_IN_PORT, table: action.table, withCt: false, compat: false }];
      case "encap":
      case "decap":
      case "dec_nsh_ttl":
        if (version < OF13) throw new WireError("OFPBAC_BAD_VENDOR_TYPE");
        return [action];
      case "debug_recirc":
      case "debug_slow":
        throw new WireError("OFPBAC_BAD_VENDOR_TYPE");
      default:
        return [action];
    }
  }

  /** An action that names fields by their NXM or OXM, which not all have. */
  private named(action: Ofpact, ...subfields: readonly Subfield[]): readonly Ofpact[] {
    if (subfields.some(({ field }) => field.nxmNames.length === 0)) throw new WireError("OFPBMC_BAD_FIELD");
    return [action];
  }

  private tunnelField(id: bigint): Ofpact {
    return setFieldBytes(
      "tun_id",
      Uint8Array.from({ length: 8 }, (_, i) => Number((id >> BigInt(56 - 8 * i)) & 0xffn)),
    );
  }

  /** Setting a part of a tag, with a tag pushed before where 1.1 and later need one. */
  private tagged(push: boolean, field: string, value: number, old: Ofpact): readonly Ofpact[] {
    const missing = (this.tags ?? 0) === 0;
    this.count((tags) => Math.max(1, tags));
    const before: Ofpact[] =
      push && missing && this.version !== OF10 ? [{ type: "push_vlan", ethertype: ETH_TYPE_VLAN }] : [];
    return [...before, this.version < OF12 ? old : setField(field, value)];
  }

  private connection(action: Extract<Ofpact, { type: "ct" }>): Ofpact {
    const { spec } = action;
    if (spec.zoneSource !== undefined && spec.zoneSource.bits !== ZONE_BITS) throw new WireError("OFPBAC_BAD_SET_LEN");
    const fields = ["nat", "set_field"];
    if (spec.actions.some(({ type }) => !fields.includes(type))) throw new WireError("OFPBAC_BAD_ARGUMENT");
    return { ...action, spec: { ...spec, actions: this.list(spec.actions) } };
  }

  private setField(action: SetField): readonly Ofpact[] {
    const { version } = this;
    const { field, value, mask, compat } = action;
    if (!field.writable) throw new WireError("OFPBAC_BAD_SET_ARGUMENT");
    if (version < OF12 && compat === undefined) return this.legacy(action);
    if (field.nxmNames.length === 0) return [nameless(action)];
    if (version < OF15 && (compat !== undefined || !isAllOnes(mask))) return extension(action);
    if (field.name === "in_port_oxm") throw new WireError("OFPBAC_BAD_SET_ARGUMENT");
    // the VID of a tag says that there is one, and in 1.5 its mask does, too
    const present = field.name !== "vlan_vid" || (value[0]! & mask[0]! & PRESENT_BYTE) !== 0;
    if (!present) throw new WireError("OFPBAC_BAD_SET_ARGUMENT");
    if (value.some((byte, i) => (byte & ~mask[i]!) !== 0)) throw new WireError("OFPBMC_BAD_WILDCARDS");
    return [{ type: "set_field", field, value, mask }];
  }

  /** 1.0 and 1.1 have actions of their own for some fields, which set them whole. */
  private legacy(action: SetField): readonly Ofpact[] {
    const { value, field } = action;
    const number = field.bytes <= 4 ? valueNumber(value) : 0;
    const pushIfNeeded = this.version === OF10;
    switch (field.name) {
      case "vlan_tci":
        return this.legacyTci(number);
      case "vlan_vid":
        return [{ type: "set_vlan_vid", vid: number & VLAN_VID_MASK, pushIfNeeded }];
      case "vlan_pcp":
        return [{ type: "set_vlan_pcp", pcp: number, pushIfNeeded }];
      case "eth_src":
        return [{ type: "set_eth_src", mac: value }];
      case "eth_dst":
        return [{ type: "set_eth_dst", mac: value }];
      case "ip_src":
        return [{ type: "set_ipv4_src", ip: number }];
      case "ip_dst":
        return [{ type: "set_ipv4_dst", ip: number }];
      case "nw_tos":
        return [{ type: "set_ip_dscp", dscp: number }];
      case "ip_dscp":
        return [{ type: "set_ip_dscp", dscp: (number << 2) & 0xff }];
      case "nw_ecn":
        return this.one({ type: "set_ip_ecn", ecn: number });
      case "tcp_src":
      case "udp_src":
        return [{ type: "set_l4_src_port", port: number }];
      case "tcp_dst":
      case "udp_dst":
        return [{ type: "set_l4_dst_port", port: number }];
      default:
        return extension(action);
    }
  }

  private legacyTci(tci: number): readonly Ofpact[] {
    const old = this.version === OF10;
    if ((tci & VLAN_CFI) === 0) return [{ type: "strip_vlan", compat: old ? "strip_vlan" : "pop_vlan" }];
    const push: Ofpact[] = old || (this.tags ?? 0) > 0 ? [] : [{ type: "push_vlan", ethertype: ETH_TYPE_VLAN }];
    return [
      ...push,
      { type: "set_vlan_vid", vid: tci & VLAN_VID_MASK, pushIfNeeded: old },
      { type: "set_vlan_pcp", pcp: tci >>> 13, pushIfNeeded: old },
    ];
  }
}

/** @param flow of the match that the actions are for; a group's are for none */
export function wireOfpacts(actions: readonly Ofpact[], version: OfVersion, flow?: Flow): WiredOfpacts {
  try {
    return { actions: new Wire(version, flow).list(actions) };
  } catch (error) {
    if (error instanceof WireError) return { error: error.message };
    throw error;
  }
}
