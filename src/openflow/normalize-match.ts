// normalize-match - takes from a match what cannot be matched on, as nothing says that the field is there: TCP ports
// without TCP and the like (ofputil_normalize_match of OVS 3.1, which remarks on it in the log).
import {
  FLOW_ARP_SHA,
  FLOW_ARP_THA,
  FLOW_DL_DST,
  FLOW_DL_TYPE,
  FLOW_IPV6_DST,
  FLOW_IPV6_LABEL,
  FLOW_IPV6_SRC,
  FLOW_MPLS_LSE,
  FLOW_ND_TARGET,
  FLOW_NW_DST,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_NW_TTL,
  FLOW_PACKET_TYPE,
  FLOW_TP_SRC,
} from "../../assembly/abi/flow.ts";
import {
  ETH_TYPE_IP,
  ETH_TYPE_IPV6,
  hasDefaultPacketType,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  isArpType,
  isMplsType,
  ND_NEIGHBOR_ADVERT,
  ND_NEIGHBOR_SOLICIT,
  OFPHTN_ETHERTYPE,
} from "./field-prereqs.ts";
import type { Match } from "./flow.ts";
import { formatMatch } from "./format-match.ts";
import type { OfLog } from "./ports.ts";

/** A bit for each group of fields that go together. */
const ETHER = 1;
const NW_ADDR = 2;
const TP_ADDR = 4;
const NW_PROTO = 8;
const IPVX = 16;
const ARP_SHA = 32;
const ARP_THA = 64;
const IPV6 = 128;
const ND_TARGET = 256;
const MPLS = 512;

/** Where they are in struct flow. */
const SPANS: readonly (readonly [group: number, at: number, bytes: number])[] = [
  [ETHER, FLOW_DL_DST, 12],
  [NW_ADDR, FLOW_NW_SRC, 4],
  [NW_ADDR, FLOW_NW_DST, 4],
  [TP_ADDR, FLOW_TP_SRC, 4],
  [NW_PROTO, FLOW_NW_PROTO, 1],
  [IPVX, FLOW_NW_TOS, 1],
  [IPVX, FLOW_NW_TTL, 1],
  [ARP_SHA, FLOW_ARP_SHA, 6],
  [ARP_THA, FLOW_ARP_THA, 6],
  [IPV6, FLOW_IPV6_SRC, 16],
  [IPV6, FLOW_IPV6_DST, 16],
  [IPV6, FLOW_IPV6_LABEL, 4],
  [ND_TARGET, FLOW_ND_TARGET, 16],
  [MPLS, FLOW_MPLS_LSE, 16],
];

/** The groups that the match lets be looked at. */
function allowedGroups(match: Match): number {
  const { flow, mask } = match;
  let groups = 0;
  let dlType = 0;
  const typeMask = mask.be32(FLOW_PACKET_TYPE);
  if (typeMask === 0 || hasDefaultPacketType(match)) {
    groups = ETHER;
    dlType = flow.be16(FLOW_DL_TYPE);
  } else if (typeMask === 0xffffffff && flow.be32(FLOW_PACKET_TYPE) >>> 16 === OFPHTN_ETHERTYPE) {
    dlType = flow.be32(FLOW_PACKET_TYPE) & 0xffff;
  }
  const proto = flow.u8(FLOW_NW_PROTO);
  const hasPorts = proto === IPPROTO_TCP || proto === IPPROTO_UDP || proto === IPPROTO_SCTP;
  if (dlType === ETH_TYPE_IP) {
    return groups | NW_PROTO | IPVX | NW_ADDR | (hasPorts || proto === IPPROTO_ICMP ? TP_ADDR : 0);
  }
  if (dlType === ETH_TYPE_IPV6) {
    const type = proto === IPPROTO_ICMPV6 ? flow.be16(FLOW_TP_SRC) : 0;
    const nd =
      type === ND_NEIGHBOR_SOLICIT ? ND_TARGET | ARP_SHA : type === ND_NEIGHBOR_ADVERT ? ND_TARGET | ARP_THA : 0;
    return groups | NW_PROTO | IPVX | IPV6 | nd | (hasPorts || proto === IPPROTO_ICMPV6 ? TP_ADDR : 0);
  }
  if (isArpType(dlType)) return groups | NW_PROTO | NW_ADDR | ARP_SHA | ARP_THA;
  return isMplsType(dlType) ? groups | MPLS : groups;
}

/** What is matched on without being there. */
function misplaced(match: Match): readonly (readonly [group: number, at: number, bytes: number])[] {
  const allowed = allowedGroups(match);
  return SPANS.filter(([group, at, bytes]) => (allowed & group) === 0 && !match.mask.isZero(at, bytes));
}

/** Changes the match in place. log: told before and after, where something changed. */
export function normalizeMatch(match: Match, log?: OfLog): void {
  const { flow, mask } = match;
  const gone = misplaced(match);
  if (gone.length === 0) return;
  const before = log === undefined ? "" : formatMatch(match);
  for (const [, at, bytes] of gone) {
    flow.fill(at, bytes, 0);
    mask.fill(at, bytes, 0);
  }
  for (let i = 0; i < flow.words.length; i++) flow.words[i]! &= mask.words[i]!;
  log?.("INFO", "ofp_match", "normalization changed ofp_match, details:");
  log?.("INFO", "ofp_match", ` pre: ${before}`);
  log?.("INFO", "ofp_match", `post: ${formatMatch(match)}`);
}

/** Says what normalization would change, and leaves the match as it is. */
export function remarkOnMatch(match: Match, log: OfLog): void {
  if (misplaced(match).length > 0) normalizeMatch({ flow: match.flow.clone(), mask: match.mask.clone() }, log);
}
