// check-ofpacts - whether actions fit the packets that a match lets through (ofpacts_check of OVS 3.1): ports and
// tables that there are, fields that a packet has. OpenFlow 1.0 lets some misfits pass that later versions refuse;
// those narrow the protocols.
import {
  FLOW_CT_STATE,
  FLOW_DL_TYPE,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_PACKET_TYPE,
  FLOW_VLAN_TCI,
  FLOW_VLAN_TPID,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_NSH,
  FRAG_LATER,
  flowDlType,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isIpAny,
  isMplsType,
  matchCtValid,
  mfPrereqsOk,
  OFPHTN_ETHERTYPE,
  PT_ETH,
} from "./field-prereqs.ts";
import { valueNumber } from "./field-value.ts";
import type { Match } from "./flow.ts";
import type { Learn, OfPort, Ofpact } from "./ofpact.ts";
import { anyMatch } from "./parse-match.ts";
import { OFPP_CONTROLLER, OFPP_IN_PORT, OFPP_LOCAL, OFPP_NONE, type OfLog } from "./ports.ts";
import { P_ANY, P_OF10_ANY, type Protocols } from "./protocol.ts";
import { checkDestination, checkSource, matchSubfield } from "./subfield.ts";
import { TABLE_ANY } from "./tables.ts";

const VLAN_CFI = 0x1000;
const PT_NSH = 0x1894f;
const PT_UNKNOWN = 0xffff_ffff;
const CS_INVALID = 0x10;
const ALG_FTP = 21;
const ALG_TFTP = 69;
const OFPM13_MAX = 0xffff0000;

/** What a switch has: ports below maxPorts, tables below nTables; tableId: where the flow goes. 255 is unknown. */
export interface OfpactLimits {
  readonly maxPorts: OfPort;
  readonly tableId: number;
  readonly nTables: number;
}

/**
 * error: the name of the OpenFlow error, e.g. OFPBAC_BAD_OUT_PORT; protocols: those to which the misfits there are do
 * not matter.
 */
export interface CheckedOfpacts {
  readonly error?: string;
  readonly protocols: Protocols;
}

/** Whether a packet can be output there. */
function isOutputPort(port: OfPort, maxPorts: OfPort): boolean {
  return port < maxPorts || (port >= OFPP_IN_PORT && port !== OFPP_NONE);
}

/** Goes through a list with the packet as the actions so far have made it. */
class Checker {
  readonly match: Match;
  readonly limits: OfpactLimits;
  readonly log: OfLog | undefined;
  protocols: Protocols = P_ANY;

  constructor(match: Match, limits: OfpactLimits, log: OfLog | undefined) {
    this.match = match;
    this.limits = limits;
    this.log = log;
  }

  /** Leaves the match as it was: what actions do to it lasts until the list ends. */
  list(actions: readonly Ofpact[]): string | undefined {
    const { flow } = this.match;
    const type = flow.be32(FLOW_PACKET_TYPE);
    const dlType = flow.be16(FLOW_DL_TYPE);
    const tags = flow.slice(FLOW_VLAN_TPID, 8);
    const proto = flow.u8(FLOW_NW_PROTO);
    let error: string | undefined;
    for (const action of actions) {
      error = this.one(action);
      if (error !== undefined) break;
    }
    flow.setBe32(FLOW_PACKET_TYPE, type);
    flow.setBe16(FLOW_DL_TYPE, dlType);
    flow.set(FLOW_VLAN_TPID, tags);
    flow.setU8(FLOW_NW_PROTO, proto);
    return error;
  }

  private inconsistentUnless(consistent: boolean): undefined {
    if (!consistent) this.protocols &= P_OF10_ANY;
    return undefined;
  }

  private nested(actions: readonly Ofpact[]): string | undefined {
    const before = this.protocols;
    const error = this.list(actions);
    this.protocols &= before;
    return error;
  }

  private hasTag(): boolean {
    return (this.match.flow.be16(FLOW_VLAN_TCI) & VLAN_CFI) !== 0;
  }

  private setTag(pushIfNeeded: boolean): undefined {
    const { flow } = this.match;
    this.inconsistentUnless(this.hasTag() || pushIfNeeded);
    flow.setBe16(FLOW_VLAN_TCI, flow.be16(FLOW_VLAN_TCI) | VLAN_CFI);
    return undefined;
  }

  private popTag(): undefined {
    const { flow } = this.match;
    this.inconsistentUnless(this.hasTag());
    if (!this.hasTag()) return undefined;
    flow.set(FLOW_VLAN_TPID, flow.slice(FLOW_VLAN_TPID + 4, 4));
    flow.fill(FLOW_VLAN_TPID + 4, 4, 0);
    return undefined;
  }

  private pushTag(): string | undefined {
    const { flow } = this.match;
    if (flow.be16(FLOW_VLAN_TCI + 4) & VLAN_CFI) return "OFPBAC_BAD_TAG";
    flow.set(FLOW_VLAN_TPID + 4, flow.slice(FLOW_VLAN_TPID, 4));
    flow.fill(FLOW_VLAN_TPID, 4, 0);
    flow.setBe16(FLOW_VLAN_TCI, VLAN_CFI);
    return undefined;
  }

  private l4Port(): undefined {
    const { flow } = this.match;
    const proto = flow.u8(FLOW_NW_PROTO);
    const known = proto === IPPROTO_TCP || proto === IPPROTO_UDP || proto === IPPROTO_SCTP;
    const first = (flow.u8(FLOW_NW_FRAG) & FRAG_LATER) === 0;
    return this.inconsistentUnless(isIpAny(flowDlType(flow)) && first && known);
  }

  private setField(action: Extract<Ofpact, { type: "set_field" }>): string | undefined {
    const { field, value } = action;
    const { flow } = this.match;
    if (!mfPrereqsOk(field, flow) || (field.name === "vlan_vid" && !this.hasTag())) {
      this.log?.("WARN", "ofp_actions", `set_field ${field.name} lacks correct prerequisites`);
      return "OFPBAC_MATCH_INCONSISTENT";
    }
    if (field.name === "vlan_tci") flow.setBe16(FLOW_VLAN_TCI, valueNumber(value));
    return undefined;
  }

  private bundle(action: Extract<Ofpact, { type: "bundle" }>): string | undefined {
    const { destination, members } = action;
    const error = destination === undefined ? undefined : checkDestination(destination, this.match, this.log);
    if (error !== undefined) return error;
    for (const port of members) {
      if (port !== OFPP_NONE && !isOutputPort(port, this.limits.maxPorts)) {
        this.log?.("WARN", "bundle", `invalid member ${port}`);
        return "OFPBAC_BAD_OUT_PORT";
      }
      if (port === OFPP_CONTROLLER) {
        this.log?.("WARN", "bundle", "unsupported controller member");
        return "OFPBAC_BAD_OUT_PORT";
      }
    }
    return undefined;
  }

  private learn(spec: Learn): string | undefined {
    const learned = anyMatch();
    for (const { what, source, destination } of spec.specs) {
      let error = "subfield" in source ? checkSource(source.subfield, this.match, this.log) : undefined;
      if (error === undefined && what === "match") error = checkSource(destination!, learned, this.log);
      else if (error === undefined && what === "load") error = checkDestination(destination!, learned, this.log);
      if (error !== undefined) return error;
      if (what === "match" && "value" in source) matchSubfield(destination!, source.value, learned);
    }
    return undefined;
  }

  private pushMpls(ethertype: number): undefined {
    const { flow } = this.match;
    this.inconsistentUnless(flow.be32(FLOW_PACKET_TYPE) === PT_ETH);
    flow.setBe16(FLOW_DL_TYPE, ethertype);
    flow.setU8(FLOW_NW_PROTO, 0);
    return undefined;
  }

  private popMpls(ethertype: number): undefined {
    const { flow } = this.match;
    this.inconsistentUnless(flow.be32(FLOW_PACKET_TYPE) === PT_ETH && isMplsType(flowDlType(flow)));
    flow.setBe16(FLOW_DL_TYPE, ethertype);
    return undefined;
  }

  private encap(packetType: number): undefined {
    const { flow } = this.match;
    flow.setBe32(FLOW_PACKET_TYPE, packetType);
    if (packetType >>> 16 === OFPHTN_ETHERTYPE) flow.setBe16(FLOW_DL_TYPE, packetType & 0xffff);
    if (!isIpAny(flowDlType(flow))) flow.setU8(FLOW_NW_PROTO, 0);
    return undefined;
  }

  private decap(): undefined {
    const { flow } = this.match;
    if (flow.be32(FLOW_PACKET_TYPE) === PT_ETH) {
      flow.setBe32(FLOW_PACKET_TYPE, (OFPHTN_ETHERTYPE << 16) | flow.be16(FLOW_DL_TYPE));
    } else {
      flow.setBe32(FLOW_PACKET_TYPE, PT_UNKNOWN);
      flow.setBe16(FLOW_DL_TYPE, 0xffff);
    }
    return undefined;
  }

  private ct(action: Extract<Ofpact, { type: "ct" }>): string | undefined {
    const { flow } = this.match;
    const { commit, alg, zoneSource, actions } = action.spec;
    const proto = flow.u8(FLOW_NW_PROTO);
    const fits =
      isIpAny(flowDlType(flow)) &&
      !(commit && (flow.u8(FLOW_CT_STATE) & CS_INVALID) !== 0) &&
      !(alg === ALG_FTP && proto !== IPPROTO_TCP) &&
      !(alg === ALG_TFTP && proto !== IPPROTO_UDP);
    if (!fits) return "OFPBAC_MATCH_INCONSISTENT";
    return zoneSource === undefined ? this.nested(actions) : checkSource(zoneSource, this.match, this.log);
  }

  private nat(family: 0 | 4 | 6): string | undefined {
    const dlType = flowDlType(this.match.flow);
    const wanted = family === 4 ? [ETH_TYPE_IP] : family === 6 ? [ETH_TYPE_IPV6] : [ETH_TYPE_IP, ETH_TYPE_IPV6];
    return wanted.includes(dlType) ? undefined : "OFPBAC_MATCH_INCONSISTENT";
  }

  private gotoTable(table: number): string | undefined {
    const { tableId, nTables } = this.limits;
    const backward = tableId !== TABLE_ANY && table <= tableId;
    return backward || (nTables !== TABLE_ANY && table >= nTables) ? "OFPBIC_BAD_TABLE_ID" : undefined;
  }

  private one(action: Ofpact): string | undefined {
    const { match, limits, log } = this;
    const { flow } = match;
    switch (action.type) {
      case "output":
      case "output_trunc":
        return isOutputPort(action.port, limits.maxPorts) ? undefined : "OFPBAC_BAD_OUT_PORT";
      case "enqueue": {
        const fine = action.port < limits.maxPorts || action.port === OFPP_IN_PORT || action.port === OFPP_LOCAL;
        return fine ? undefined : "OFPBAC_BAD_OUT_PORT";
      }
      case "output_reg":
        return checkSource(action.source, match, log);
      case "bundle":
        return this.bundle(action);
      case "set_vlan_vid":
      case "set_vlan_pcp":
        return this.setTag(action.pushIfNeeded);
      case "strip_vlan":
        return this.popTag();
      case "push_vlan":
        return this.pushTag();
      case "set_ipv4_src":
      case "set_ipv4_dst":
        return this.inconsistentUnless(flowDlType(flow) === ETH_TYPE_IP);
      case "set_ip_dscp":
      case "set_ip_ecn":
      case "set_ip_ttl":
      case "dec_ttl":
        return this.inconsistentUnless(isIpAny(flowDlType(flow)));
      case "set_l4_src_port":
      case "set_l4_dst_port":
        return this.l4Port();
      case "set_field":
        return this.setField(action);
      case "reg_move":
        return checkSource(action.source, match, log) ?? checkDestination(action.destination, match, log);
      case "stack_push":
        return checkSource(action.subfield, match, log);
      case "stack_pop":
        return checkDestination(action.subfield, match, log);
      case "set_mpls_label":
      case "set_mpls_tc":
      case "set_mpls_ttl":
      case "dec_mpls_ttl":
        return this.inconsistentUnless(isMplsType(flowDlType(flow)));
      case "push_mpls":
        return this.pushMpls(action.ethertype);
      case "pop_mpls":
        return this.popMpls(action.ethertype);
      case "fin_timeout":
        return this.inconsistentUnless(flow.u8(FLOW_NW_PROTO) === IPPROTO_TCP);
      case "encap":
        return this.encap(action.packetType);
      case "decap":
        return this.decap();
      case "dec_nsh_ttl": {
        const nsh = flow.be32(FLOW_PACKET_TYPE) === PT_NSH || flow.be16(FLOW_DL_TYPE) === ETH_TYPE_NSH;
        return this.inconsistentUnless(nsh);
      }
      case "resubmit":
        return action.withCt && !matchCtValid(match) ? "OFPBAC_MATCH_INCONSISTENT" : undefined;
      case "learn":
        return this.learn(action.spec);
      case "multipath":
        return checkDestination(action.destination, match, log);
      case "unroll_xlate":
        return "OFPBAC_BAD_TYPE";
      case "clone":
        return this.nested(action.actions);
      case "write_actions": {
        const before = this.protocols;
        const error = this.list(action.actions);
        // what an action set needs is known only when it is carried out
        this.protocols = before;
        return error;
      }
      case "ct":
        return this.ct(action);
      case "nat":
        return this.nat(action.family);
      case "meter":
        return action.meterId === 0 || action.meterId > OFPM13_MAX ? "OFPMMFC_INVALID_METER" : undefined;
      case "goto_table":
        return this.gotoTable(action.table);
      default:
        return undefined;
    }
  }
}

/** Checks a flow's actions against its match. log: told what exactly lacks. */
export function checkOfpacts(
  actions: readonly Ofpact[],
  match: Match,
  limits: OfpactLimits,
  log?: OfLog,
): CheckedOfpacts {
  const checker = new Checker(match, limits, log);
  const error = checker.list(actions);
  return { protocols: checker.protocols, ...(error === undefined ? {} : { error }) };
}
