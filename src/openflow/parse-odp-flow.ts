// parse-odp-flow - datapath flows from text: what netdev-dummy/receive, ofproto/trace and dpctl/add-flow take
// (odp_flow_key_to_flow of OVS 3.1). What a packet's types call for may be missing, or more may be there: that is told,
// and refused by some.
import {
  FLOW_DL_TYPE,
  FLOW_IN_PORT,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_PACKET_TYPE,
  FLOW_RECIRC_ID,
  FLOW_VLAN_TCI,
  FLOW_VLAN_TPID,
} from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import {
  DL_TYPE_NONE,
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  ETH_TYPE_MPLS,
  ETH_TYPE_NSH,
  FRAG_LATER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isIpAny,
  isMplsType,
  isNd,
  OFPHTN_ETHERTYPE,
  PT_ETH,
} from "./field-prereqs.ts";
import { Flow, type Match } from "./flow.ts";
import { isVlanType } from "./format-odp-flow.ts";
import { type OdpLevel, OdpScanner } from "./scan-odp-flow.ts";

const VLAN_CFI = 0x1000;
const ETH_TYPE_MIN = 0x600;
const ODPP_NONE = 0xffffffff;

/** How well a key says what its packet's types call for. */
export type OdpFitness = "perfect" | "too little" | "too much";

/** The mask has ones where something was said without a mask, and is zero where nothing was said. */
export interface ParsedOdpFlow extends Match {
  readonly fitness: OdpFitness;
  /** Whether a datapath takes it for a megaflow: it has a port, and an Ethernet type before and behind each tag. */
  readonly isMegaflow: boolean;
}

export interface OdpParseOptions {
  /** Datapath ports by name. */
  readonly port?: (name: string) => number | undefined;
  /** other_config:vlan-limit: what is in more tags is not looked at. */
  readonly vlanLimit?: number;
}

/** Attributes that stand outside of tags, whatever the packet. */
const METADATA = [
  "skb_priority",
  "skb_mark",
  "ct_state",
  "ct_zone",
  "ct_mark",
  "ct_label",
  "ct_tuple4",
  "ct_tuple6",
  "recirc_id",
  "dp_hash",
  "in_port",
  "packet_type",
  "eth",
];

/** Puts together what attributes said, as far as the packet's types call for them. */
class Assembler {
  readonly flow = new Flow();
  readonly mask = new Flow();
  private readonly vlanLimit: number;
  isMegaflow = true;
  private missing = false;
  private surplus = false;

  constructor(vlanLimit: number) {
    this.vlanLimit = vlanLimit;
  }

  assemble(level: OdpLevel): OdpFitness {
    const { flow, mask } = this;
    const { present } = level;
    if (!present.has("recirc_id")) mask.setU32(FLOW_RECIRC_ID, 0xffffffff);
    if (!present.has("in_port")) {
      flow.setU32(FLOW_IN_PORT, ODPP_NONE);
      this.isMegaflow = false;
    }
    this.level(level, 0, METADATA);
    this.packetType(level);
    if (this.missing) return "too little";
    return this.surplus ? "too much" : "perfect";
  }

  /** Without an Ethernet header a packet is what its Ethernet type says. */
  private packetType({ present, type }: OdpLevel): void {
    const { flow } = this;
    if (present.has("eth")) flow.setBe32(FLOW_PACKET_TYPE, PT_ETH);
    else if (type !== undefined) flow.setBe32(FLOW_PACKET_TYPE, ((OFPHTN_ETHERTYPE << 16) | type[0]) >>> 0);
  }

  private level(level: OdpLevel, tag: number, optional: readonly string[]): void {
    const { type, tci, present } = level;
    if (type !== undefined && type[0] < ETH_TYPE_MIN && type[1] === 0xffff) {
      throw new UsageError(`invalid Ethertype ${type[0]} in flow key`);
    }
    if (type === undefined) this.isMegaflow = false;
    const taken = new Set(["eth_type"]);
    for (const name of optional) this.take(level, name, taken);
    const dlType = type?.[0] ?? impliedType(present);
    if (isVlanType(dlType) && tag < this.vlanLimit) this.tagged(level, tag, dlType, taken);
    else {
      this.flow.setBe16(FLOW_DL_TYPE, dlType);
      this.mask.setBe16(FLOW_DL_TYPE, type?.[1] ?? 0);
      if (tag === 0 && tci === undefined) {
        // that there is no tag is matched on
        this.mask.setBe16(FLOW_VLAN_TPID, 0xffff);
        this.mask.setBe16(FLOW_VLAN_TCI, 0xffff);
      }
      this.headers(level, dlType, taken);
    }
    this.surplus ||= present.size > taken.size - (present.has("eth_type") ? 0 : 1);
  }

  /** What the attribute said, if it is there. */
  private take({ present }: OdpLevel, name: string, taken: Set<string>): boolean {
    const said = present.get(name);
    if (said === undefined) return false;
    taken.add(name);
    said.flow.words.forEach((word, i) => {
      this.flow.words[i]! |= word;
      this.mask.words[i]! |= said.mask.words[i]!;
    });
    return true;
  }

  private need(level: OdpLevel, name: string, taken: Set<string>): void {
    if (!this.take(level, name, taken)) this.missing = true;
  }

  private tagged(level: OdpLevel, tag: number, dlType: number, taken: Set<string>): void {
    const { type, tci, inner } = level;
    this.need(level, "vlan", taken);
    this.need(level, "encap", taken);
    this.tag(tag, dlType, type?.[1] ?? 0, tci ?? [0, 0]);
    if (tci === undefined || inner === undefined) return;
    if (tci[0] !== 0) {
      this.level(inner, tag + 1, []);
      return;
    }
    this.isMegaflow = false;
    this.surplus ||= inner.present.size > 0;
    this.flow.setBe16(FLOW_DL_TYPE, 0);
  }

  private tag(i: number, tpid: number, tpidMask: number, [tci, tciMask]: readonly [number, number]): void {
    if (tci !== 0 && (tci & VLAN_CFI) === 0) {
      const hex = tci.toString(16).padStart(4, "0");
      throw new UsageError(`OVS_KEY_ATTR_VLAN 0x${hex} is nonzero but CFI bit is not set`);
    }
    this.flow.setBe16(FLOW_VLAN_TPID + 4 * i, tpid);
    this.flow.setBe16(FLOW_VLAN_TCI + 4 * i, tci);
    this.mask.setBe16(FLOW_VLAN_TPID + 4 * i, tpidMask);
    this.mask.setBe16(FLOW_VLAN_TCI + 4 * i, tciMask);
  }

  /** The attributes that the packet's types call for: each may say what the next is. */
  private headers(level: OdpLevel, dlType: number, taken: Set<string>): void {
    const need = (name: string): void => this.need(level, name, taken);
    if (isMplsType(dlType)) need("mpls");
    else if (dlType === ETH_TYPE_NSH) need("nsh");
    else if (isArpType(dlType)) need("arp");
    if (!isIpAny(dlType)) return;
    need(dlType === ETH_TYPE_IP ? "ipv4" : "ipv6");
    const { flow } = this;
    if ((flow.u8(FLOW_NW_FRAG) & FRAG_LATER) !== 0) return;
    const proto = flow.u8(FLOW_NW_PROTO);
    if (proto === IPPROTO_TCP) {
      need("tcp");
      this.take(level, "tcp_flags", taken);
    } else if (proto === IPPROTO_UDP) need("udp");
    else if (proto === IPPROTO_SCTP) need("sctp");
    else if (proto === IPPROTO_ICMP && dlType === ETH_TYPE_IP) need("icmp");
    else if (proto === IPPROTO_ICMPV6 && dlType !== ETH_TYPE_IP) {
      need("icmpv6");
      if (isNd(flow)) need("nd");
    }
  }
}

function impliedType(present: ReadonlyMap<string, Match>): number {
  if (present.has("ipv4")) return ETH_TYPE_IP;
  if (present.has("ipv6")) return ETH_TYPE_IPV6;
  return present.has("mpls") ? ETH_TYPE_MPLS : DL_TYPE_NONE;
}

/** @throws UsageError in the reference's words, but that attributes in error are shown as they were written */
export function parseOdpFlow(text: string, options: OdpParseOptions = {}): ParsedOdpFlow {
  const scanner = new OdpScanner(text, options.port);
  const level = scanner.level(false);
  const assembler = new Assembler(options.vlanLimit ?? 1);
  try {
    if (scanner.fault !== undefined) throw new UsageError(scanner.fault);
    const fitness = assembler.assemble(level);
    const { flow, mask, isMegaflow } = assembler;
    return { flow, mask, fitness, isMegaflow: isMegaflow && fitness === "perfect" };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}; the flow key in error is: ${text.trim()}`);
  }
}
