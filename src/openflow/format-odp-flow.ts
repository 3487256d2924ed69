// format-odp-flow - datapath flows as dpctl/dump-flows and ovs-dpctl print them (odp_flow_key_from_flow and
// odp_flow_format of OVS 3.1):
// `recirc_id(0),in_port(1),packet_type(ns=0,id=0),eth(...),eth_type(0x0800),ipv4(frag=no)`.
// Not modelled: the tunnel's key.
import {
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DL_TYPE,
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_MPLS_LSE,
  FLOW_NW_FRAG,
  FLOW_NW_PROTO,
  FLOW_PACKET_TYPE,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_SKB_PRIORITY,
  FLOW_TCP_FLAGS,
  FLOW_TP_DST,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
  FLOW_VLAN_TPID,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
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
  PT_ETH,
} from "./field-prereqs.ts";
import { formatHexBytes } from "./field-text.ts";
import { CT_STATES, formatFlags, formatFlagsMasked, TCP_FLAGS } from "./flags.ts";
import { Flow } from "./flow.ts";
import { FLOW_CT_NW_PROTO } from "./flow-offsets.ts";
import { formatMplsLse, formatNsh, formatOdpGroup, formatVlanTci, isGroupWild } from "./format-odp-fields.ts";
import { altHex } from "./match-parts.ts";
import {
  ODP_ARP,
  ODP_CT_TUPLE4,
  ODP_CT_TUPLE6,
  ODP_ETH,
  ODP_ICMP,
  ODP_ICMPV6,
  ODP_IPV4,
  ODP_IPV6,
  ODP_ND,
  ODP_SCTP,
  ODP_TCP,
  ODP_UDP,
  type OdpGroup,
} from "./odp-fields.ts";

/** Smaller numbers in an Ethernet type's place are lengths. */
const ETH_TYPE_MIN = 0x600;
const ODPP_NONE = 0xffffffff;
const MPLS_BOS = 0x100;
const MPLS_LABELS = 3;

export interface OdpFormat {
  /** Datapath ports by name. */
  readonly portName?: ((port: number) => string | undefined) | undefined;
  /** What is not matched on as well: dpctl's -m. */
  readonly verbose?: boolean;
  /** other_config:vlan-limit, by which the key's flow was extracted. */
  readonly vlanLimit?: number;
}

export const isVlanType = (dlType: number): boolean => dlType === 0x8100 || dlType === 0x88a8;

export function formatOdpPort(port: number, { portName }: OdpFormat): string {
  return portName?.(port) ?? String(port);
}

/** Labels to the bottom of the stack; without a bottom, those that are there. */
function mplsLabels(key: Flow): number {
  let n = 0;
  for (let i = 0; i < MPLS_LABELS; i++) {
    const lse = key.be32(FLOW_MPLS_LSE + 4 * i);
    if (lse & MPLS_BOS) return i + 1;
    if (lse !== 0) n++;
  }
  return n;
}

/** Puts the attributes of a key together, level by level: a tag's packet is in an encap() of its own. */
class OdpFormatter {
  private readonly key: Flow;
  private readonly mask: Flow | undefined;
  private readonly options: OdpFormat;
  private readonly verbose: boolean;

  constructor(key: Flow, mask: Flow | undefined, options: OdpFormat) {
    this.key = key;
    this.mask = mask;
    this.options = options;
    this.verbose = options.verbose ?? false;
  }

  format(): string {
    const parts = [...this.metadata(), ...this.ethernet()];
    return parts.join(",");
  }

  /** An attribute that is written unless it is not matched on. */
  private part(wild: boolean, text: () => string): string[] {
    return wild && !this.verbose ? [] : [text()];
  }

  private number(name: string, value: number, mask: number | undefined, exact: number): string[] {
    const tail = mask === undefined || mask === exact ? "" : `/${altHex(mask)}`;
    return this.part(mask === 0, () => `${name}(${altHex(value)}${tail})`);
  }

  private u32(name: string, at: number): string[] {
    return this.number(name, this.key.u32(at), this.mask?.u32(at), 0xffffffff);
  }

  private group(group: OdpGroup): string[] {
    const { key, mask, verbose } = this;
    return this.part(mask !== undefined && isGroupWild(group, mask), () => formatOdpGroup(group, key, mask, verbose));
  }

  private metadata(): string[] {
    const { key, mask } = this;
    const { options } = this;
    const port = mask?.u32(FLOW_IN_PORT);
    const partial = port !== undefined && port !== 0xffffffff;
    const noPort = key.u32(FLOW_IN_PORT) === ODPP_NONE;
    return [
      ...this.u32("skb_priority", FLOW_SKB_PRIORITY),
      ...this.u32("skb_mark", FLOW_PKT_MARK),
      ...this.connection(),
      ...this.u32("recirc_id", FLOW_RECIRC_ID),
      ...this.u32("dp_hash", FLOW_DP_HASH),
      ...(noPort
        ? []
        : this.part(port === 0, () => {
            const value = key.u32(FLOW_IN_PORT);
            return `in_port(${partial ? `${value}/${altHex(port)}` : formatOdpPort(value, options)})`;
          })),
      ...this.part(mask?.be32(FLOW_PACKET_TYPE) === 0, () => this.packetType()),
    ];
  }

  private connection(): string[] {
    const { key, mask } = this;
    const zone = (flow: Flow): number => flow.u8(FLOW_CT_ZONE) | (flow.u8(FLOW_CT_ZONE + 1) << 8);
    const label = (flow: Flow): Uint8Array => flow.slice(FLOW_CT_LABEL, 16).reverse();
    const labelMask = mask === undefined ? undefined : label(mask);
    const exactLabel = labelMask?.every((byte) => byte === 0xff) ?? true;
    const dlType = key.be16(FLOW_DL_TYPE);
    return [
      ...this.ctState(),
      ...this.number("ct_zone", zone(key), mask === undefined ? undefined : zone(mask), 0xffff),
      ...this.u32("ct_mark", FLOW_CT_MARK),
      ...this.part(labelMask?.every((byte) => byte === 0) ?? false, () => {
        const tail = exactLabel ? "" : `/${formatHexBytes(labelMask!)}`;
        return `ct_label(${formatHexBytes(label(key))}${tail})`;
      }),
      ...(key.u8(FLOW_CT_NW_PROTO) === 0
        ? []
        : dlType === ETH_TYPE_IP
          ? this.group(ODP_CT_TUPLE4)
          : dlType === ETH_TYPE_IPV6
            ? this.group(ODP_CT_TUPLE6)
            : []),
    ];
  }

  /** Its mask has 32 bits, of which the flow keeps 8: it never is all ones. */
  private ctState(): string[] {
    const state = this.key.u8(FLOW_CT_STATE);
    const mask = this.mask?.u8(FLOW_CT_STATE);
    if (this.verbose) return [`ct_state(${altHex(state)}${mask === undefined ? "" : `/${altHex(mask)}`})`];
    if (mask === undefined) return [`ct_state(${formatFlags(state, CT_STATES)})`];
    return mask === 0 ? [] : [`ct_state(${formatFlagsMasked(state, mask, CT_STATES)})`];
  }

  private packetType(): string {
    const value = this.key.be32(FLOW_PACKET_TYPE);
    const mask = this.mask?.be32(FLOW_PACKET_TYPE) ?? 0xffffffff;
    const half = (name: string, number: string, bits: number): string[] => {
      if (bits === 0 && !this.verbose) return [];
      return [`${name}=${number}${bits === 0xffff ? "" : `/${altHex(bits)}`}`];
    };
    const parts = [
      ...half("ns", String(value >>> 16), mask >>> 16),
      ...half("id", altHex(value & 0xffff), mask & 0xffff),
    ];
    return `packet_type(${parts.join(",")})`;
  }

  private ethernet(): string[] {
    const { key, mask } = this;
    if (key.be32(FLOW_PACKET_TYPE) !== PT_ETH) return this.network(0);
    const eth = this.group(ODP_ETH);
    // where the packet type is not told, eth() tells that there is an Ethernet header
    const untold = eth.length === 0 && mask?.be32(FLOW_PACKET_TYPE) === 0;
    return [...(untold ? ["eth()"] : eth), ...this.tagged(0)];
  }

  /** What follows the addresses, from tag i on. */
  private tagged(i: number): string[] {
    const { key, mask } = this;
    if (i >= (this.options.vlanLimit ?? 1)) return this.network(i);
    const at = FLOW_VLAN_TCI + 4 * i;
    const tci = key.be16(at);
    const dlType = key.be16(FLOW_DL_TYPE);
    // of a tag that was cut off the Ethernet type is there alone
    const cut = tci === 0 && isVlanType(dlType);
    if (tci === 0 && !cut) return this.network(i);
    const tpid = cut ? dlType : key.be16(FLOW_VLAN_TPID + 4 * i);
    const bits = mask?.be16(at);
    const inner = cut ? "" : this.tagged(i + 1).join(",");
    return [
      `eth_type(0x${tpid.toString(16).padStart(4, "0")})`,
      ...this.part(bits === 0, () => `vlan(${formatVlanTci(tci, bits ?? 0xffff, this.verbose)})`),
      `encap(${inner})`,
    ];
  }

  /** tags: how many encap() are around it. Where it has nothing in them, not even that there is no type is said. */
  private network(tags: number): string[] {
    const { key, mask } = this;
    const dlType = key.be16(FLOW_DL_TYPE);
    if (dlType < ETH_TYPE_MIN) return mask === undefined || tags > 0 ? [] : ["eth_type(0/0xffff)"];
    const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
    const bits = mask?.be16(FLOW_DL_TYPE);
    const type = this.part(bits === 0, () => {
      return `eth_type(${hex(dlType)}${bits === undefined || bits === 0xffff ? "" : `/${hex(bits)}`})`;
    });
    if (dlType === ETH_TYPE_IP) return [...type, ...this.group(ODP_IPV4), ...this.transport(dlType)];
    if (dlType === ETH_TYPE_IPV6) return [...type, ...this.group(ODP_IPV6), ...this.transport(dlType)];
    if (isArpType(dlType)) return [...type, ...this.group(ODP_ARP)];
    if (dlType === ETH_TYPE_NSH) return [...type, `nsh(${formatNsh(key, mask)})`];
    return isMplsType(dlType) ? [...type, ...this.mpls()] : type;
  }

  private mpls(): string[] {
    const { key, mask } = this;
    const n = mplsLabels(key);
    const stack = Array.from({ length: n }, (_, i) => FLOW_MPLS_LSE + 4 * i);
    const exact = mask === undefined || stack.every((at) => mask.be32(at) === 0xffffffff);
    const wild = mask !== undefined && stack.every((at) => mask.be32(at) === 0);
    return this.part(wild, () => {
      const parts = stack.map((at) => formatMplsLse(key.be32(at), exact ? undefined : mask.be32(at)));
      return `mpls(${parts.join(",")})`;
    });
  }

  private transport(dlType: number): string[] {
    const { key } = this;
    if (!isIpAny(dlType) || (key.u8(FLOW_NW_FRAG) & FRAG_LATER) !== 0) return [];
    const proto = key.u8(FLOW_NW_PROTO);
    if (proto === IPPROTO_TCP) return [...this.group(ODP_TCP), ...this.tcpFlags()];
    if (proto === IPPROTO_UDP) return this.group(ODP_UDP);
    if (proto === IPPROTO_SCTP) return this.group(ODP_SCTP);
    if (dlType === ETH_TYPE_IP) return proto === IPPROTO_ICMP ? this.group(ODP_ICMP) : [];
    return proto === IPPROTO_ICMPV6 ? [...this.group(ODP_ICMPV6), ...this.neighbor()] : [];
  }

  private tcpFlags(): string[] {
    const flags = this.key.be16(FLOW_TCP_FLAGS);
    const mask = this.mask?.be16(FLOW_TCP_FLAGS);
    if (flags === 0 && (mask ?? 0) === 0) return [];
    if (mask === undefined) return [`tcp_flags(${formatFlags(flags, TCP_FLAGS)})`];
    const bits = mask & TCP_FLAGS.exact;
    return this.part(bits === 0, () => `tcp_flags(${formatFlagsMasked(flags, bits, TCP_FLAGS)})`);
  }

  /** A mask has neighbor discovery only where it is exact in type and code, by which it is told. */
  private neighbor(): string[] {
    const { key, mask } = this;
    if (!isNd(key)) return [];
    const known = mask === undefined || (mask.u8(FLOW_TP_SRC + 1) === 0xff && mask.u8(FLOW_TP_DST + 1) === 0xff);
    if (known) return this.group(ODP_ND);
    return this.verbose ? [formatOdpGroup(ODP_ND, key, new Flow(), true)] : [];
  }
}

/** @param mask undefined: everything is matched on */
export function formatOdpFlow(key: Flow, mask: Flow | undefined, options: OdpFormat = {}): string {
  return new OdpFormatter(key, mask, options).format();
}
