// field-rows-pipeline - the fields that no packet carries: metadata, the tunnel's and the connection's, registers. See
// field.ts.
import {
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_METADATA,
  FLOW_PACKET_TYPE,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_REGS,
  FLOW_SKB_PRIORITY,
} from "../../assembly/abi/flow.ts";
import type { MfRow } from "./field.ts";
import { be, bits, host, port, row, widened } from "./field-row.ts";
import {
  FLOW_ACTSET_OUTPUT,
  FLOW_CONJ_ID,
  FLOW_CT_IPV6_DST,
  FLOW_CT_IPV6_SRC,
  FLOW_CT_NW_DST,
  FLOW_CT_NW_PROTO,
  FLOW_CT_NW_SRC,
  FLOW_CT_TP_DST,
  FLOW_CT_TP_SRC,
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

const NO_PREREQS = "none";
const CT = "ct_valid";
const reg = (i: number): number => FLOW_REGS + 4 * i;

export const PIPELINE_ROWS: readonly MfRow[] = [
  row("dp_hash", host(4, FLOW_DP_HASH), "hexadecimal", NO_PREREQS, "mask readonly", "NXM_NX_DP_HASH NXOXM_ET_DP_HASH"),
  row("recirc_id", host(4, FLOW_RECIRC_ID), "decimal", NO_PREREQS, "readonly", "NXM_NX_RECIRC_ID"),
  row("packet_type", be(4, FLOW_PACKET_TYPE), "packet_type", NO_PREREQS, "readonly", "OXM_OF_PACKET_TYPE"),
  row("conj_id", host(4, FLOW_CONJ_ID), "decimal", NO_PREREQS, "readonly", "NXM_NX_CONJ_ID"),
  row("tun_id tunnel_id", be(8, FLOW_TUN_ID), "hexadecimal", NO_PREREQS, "mask", "NXM_NX_TUN_ID OXM_OF_TUNNEL_ID"),
  row("tun_src", be(4, FLOW_TUN_IP_SRC), "ipv4", NO_PREREQS, "mask", "NXM_NX_TUN_IPV4_SRC"),
  row("tun_dst", be(4, FLOW_TUN_IP_DST), "ipv4", NO_PREREQS, "mask", "NXM_NX_TUN_IPV4_DST"),
  row("tun_ipv6_src", be(16, FLOW_TUN_IPV6_SRC), "ipv6", NO_PREREQS, "mask", "NXM_NX_TUN_IPV6_SRC"),
  row("tun_ipv6_dst", be(16, FLOW_TUN_IPV6_DST), "ipv6", NO_PREREQS, "mask", "NXM_NX_TUN_IPV6_DST"),
  row("tun_flags", bits(2, FLOW_TUN_FLAGS, 1, 0, 1, 0), "tun_flags", NO_PREREQS, "mask", "NXM_NX_TUN_FLAGS", 1),
  row("tun_ttl", be(1, FLOW_TUN_TTL), "decimal", NO_PREREQS, "readonly", ""),
  row("tun_tos", be(1, FLOW_TUN_TOS), "decimal", NO_PREREQS, "readonly", ""),
  row("tun_gbp_id", be(2, FLOW_TUN_GBP_ID), "decimal", NO_PREREQS, "mask", "NXM_NX_TUN_GBP_ID"),
  row("tun_gbp_flags", be(1, FLOW_TUN_GBP_FLAGS), "hexadecimal", NO_PREREQS, "mask", "NXM_NX_TUN_GBP_FLAGS"),
  row("tun_erspan_idx", host(4, FLOW_TUN_ERSPAN_IDX), "hexadecimal", NO_PREREQS, "mask", "NXOXM_ET_ERSPAN_IDX", 20),
  row("tun_erspan_ver", be(1, FLOW_TUN_ERSPAN_VER), "decimal", NO_PREREQS, "mask", "NXOXM_ET_ERSPAN_VER", 4),
  row("tun_erspan_dir", be(1, FLOW_TUN_ERSPAN_DIR), "decimal", NO_PREREQS, "mask", "NXOXM_ET_ERSPAN_DIR", 1),
  row("tun_erspan_hwid", be(1, FLOW_TUN_ERSPAN_HWID), "hexadecimal", NO_PREREQS, "mask", "NXOXM_ET_ERSPAN_HWID", 6),
  row("tun_gtpu_flags", be(1, FLOW_TUN_GTPU_FLAGS), "hexadecimal", NO_PREREQS, "mask readonly", "NXOXM_ET_GTPU_FLAGS"),
  row(
    "tun_gtpu_msgtype",
    be(1, FLOW_TUN_GTPU_MSGTYPE),
    "decimal",
    NO_PREREQS,
    "mask readonly",
    "NXOXM_ET_GTPU_MSGTYPE",
  ),
  row("metadata", be(8, FLOW_METADATA), "hexadecimal", NO_PREREQS, "mask of11mask", "OXM_OF_METADATA"),
  row("in_port", port(FLOW_IN_PORT), "port", NO_PREREQS, "of10 of11", "NXM_OF_IN_PORT"),
  row("in_port_oxm", port(FLOW_IN_PORT), "port32", NO_PREREQS, "of11", "OXM_OF_IN_PORT"),
  row(
    "actset_output",
    port(FLOW_ACTSET_OUTPUT),
    "port32",
    NO_PREREQS,
    "readonly",
    "ONFOXM_ET_ACTSET_OUTPUT OXM_OF_ACTSET_OUTPUT",
  ),
  row("skb_priority", host(4, FLOW_SKB_PRIORITY), "hexadecimal", NO_PREREQS, "readonly", ""),
  row("pkt_mark", host(4, FLOW_PKT_MARK), "hexadecimal", NO_PREREQS, "mask", "NXM_NX_PKT_MARK"),
  row("ct_state", widened(4, FLOW_CT_STATE), "ct_state", NO_PREREQS, "mask readonly", "NXM_NX_CT_STATE"),
  row("ct_zone", host(2, FLOW_CT_ZONE), "hexadecimal", NO_PREREQS, "readonly", "NXM_NX_CT_ZONE"),
  row("ct_mark", host(4, FLOW_CT_MARK), "hexadecimal", NO_PREREQS, "mask", "NXM_NX_CT_MARK"),
  row("ct_label", host(16, FLOW_CT_LABEL), "hexadecimal", NO_PREREQS, "mask", "NXM_NX_CT_LABEL"),
  row("ct_nw_proto", be(1, FLOW_CT_NW_PROTO), "decimal", CT, "readonly", "NXM_NX_CT_NW_PROTO"),
  row("ct_nw_src", be(4, FLOW_CT_NW_SRC), "ipv4", CT, "mask readonly", "NXM_NX_CT_NW_SRC"),
  row("ct_nw_dst", be(4, FLOW_CT_NW_DST), "ipv4", CT, "mask readonly", "NXM_NX_CT_NW_DST"),
  row("ct_ipv6_src", be(16, FLOW_CT_IPV6_SRC), "ipv6", CT, "mask readonly", "NXM_NX_CT_IPV6_SRC"),
  row("ct_ipv6_dst", be(16, FLOW_CT_IPV6_DST), "ipv6", CT, "mask readonly", "NXM_NX_CT_IPV6_DST"),
  row("ct_tp_src", be(2, FLOW_CT_TP_SRC), "decimal", CT, "mask readonly", "NXM_NX_CT_TP_SRC"),
  row("ct_tp_dst", be(2, FLOW_CT_TP_DST), "decimal", CT, "mask readonly", "NXM_NX_CT_TP_DST"),
  ...Array.from({ length: 16 }, (_, i) =>
    row(`reg${i}`, host(4, reg(i)), "hexadecimal", NO_PREREQS, "mask", `NXM_NX_REG${i}`),
  ),
  ...Array.from({ length: 8 }, (_, i) =>
    row(`xreg${i}`, host(4, reg(2 * i), reg(2 * i + 1)), "hexadecimal", NO_PREREQS, "mask", `OXM_OF_PKT_REG${i}`),
  ),
  ...Array.from({ length: 4 }, (_, i) => {
    const words = [0, 1, 2, 3].map((k) => reg(4 * i + k));
    return row(`xxreg${i}`, host(4, ...words), "hexadecimal", NO_PREREQS, "mask", `NXM_NX_XXREG${i}`);
  }),
];
