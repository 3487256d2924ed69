// format-match-tunnel - the tunnel's fields in a match, as match_format of OVS 3.1 writes them: masks are shown of ids
// and addresses only.

import { formatFlagsMasked, TUNNEL_FLAGS } from "./flags.ts";
import {
  FLOW_TUN_BYTES,
  FLOW_TUN_ERSPAN_DIR,
  FLOW_TUN_ERSPAN_HWID,
  FLOW_TUN_ERSPAN_IDX,
  FLOW_TUN_ERSPAN_VER,
  FLOW_TUN_FLAGS,
  FLOW_TUN_GBP_FLAGS,
  FLOW_TUN_GBP_ID,
  FLOW_TUN_GTPU_FLAGS,
  FLOW_TUN_GTPU_MSGTYPE,
  FLOW_TUN_ID,
  FLOW_TUN_IP_DST,
  FLOW_TUN_IP_SRC,
  FLOW_TUN_IPV6_DST,
  FLOW_TUN_IPV6_SRC,
  FLOW_TUN_TOS,
  FLOW_TUN_TTL,
} from "./flow-offsets.ts";
import { altHex, type MatchParts } from "./match-parts.ts";

export function tunnelParts(out: MatchParts): void {
  const { flow, mask } = out;
  if (mask.isZero(0, FLOW_TUN_BYTES)) return;
  out.be64("tun_id", FLOW_TUN_ID);
  out.ipv4("tun_src", FLOW_TUN_IP_SRC);
  out.ipv4("tun_dst", FLOW_TUN_IP_DST);
  out.ipv6("tun_ipv6_src", FLOW_TUN_IPV6_SRC);
  out.ipv6("tun_ipv6_dst", FLOW_TUN_IPV6_DST);
  out.be16("tun_gbp_id", FLOW_TUN_GBP_ID);
  if (mask.u8(FLOW_TUN_GBP_FLAGS) !== 0) out.push(`tun_gbp_flags=${altHex(flow.u8(FLOW_TUN_GBP_FLAGS))}`);
  if (mask.u8(FLOW_TUN_TOS) !== 0) out.push(`tun_tos=${flow.u8(FLOW_TUN_TOS).toString(16)}`);
  if (mask.u8(FLOW_TUN_TTL) !== 0) out.push(`tun_ttl=${flow.u8(FLOW_TUN_TTL)}`);
  erspanParts(out);
  if (mask.u8(FLOW_TUN_GTPU_FLAGS) !== 0) out.push(`gtpu_flags=${altHex(flow.u8(FLOW_TUN_GTPU_FLAGS))}`);
  if (mask.u8(FLOW_TUN_GTPU_MSGTYPE) !== 0) out.push(`gtpu_msgtype=${flow.u8(FLOW_TUN_GTPU_MSGTYPE)}`);
  const flags = mask.u8(FLOW_TUN_FLAGS) & TUNNEL_FLAGS.exact;
  if (flags !== 0) out.push(`tun_flags=${formatFlagsMasked(flow.u8(FLOW_TUN_FLAGS), flags, TUNNEL_FLAGS)}`);
}

/** The index belongs to version 1, direction and hardware id to version 2. */
function erspanParts(out: MatchParts): void {
  const { flow, mask } = out;
  const version = flow.u8(FLOW_TUN_ERSPAN_VER);
  if (mask.u8(FLOW_TUN_ERSPAN_VER) !== 0) out.push(`tun_erspan_ver=${version}`);
  if (version === 1 && mask.u32(FLOW_TUN_ERSPAN_IDX) !== 0) {
    out.push(`tun_erspan_idx=${altHex(flow.u32(FLOW_TUN_ERSPAN_IDX))}`);
  }
  if (version !== 2) return;
  if (mask.u8(FLOW_TUN_ERSPAN_DIR) !== 0) out.push(`tun_erspan_dir=${flow.u8(FLOW_TUN_ERSPAN_DIR)}`);
  if (mask.u8(FLOW_TUN_ERSPAN_HWID) !== 0) out.push(`tun_erspan_hwid=${altHex(flow.u8(FLOW_TUN_ERSPAN_HWID))}`);
}
