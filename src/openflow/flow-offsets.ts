// flow-offsets - where struct flow of OVS 3.1 keeps what never reaches the datapath's own key: OpenFlow's pipeline
// fields, the tunnel's fields and the tracked connection's original tuple. The others are in assembly/abi/flow.
export const FLOW_TUN_IP_DST = 0; // be32
export const FLOW_TUN_IPV6_DST = 4; // u8[16]
export const FLOW_TUN_IP_SRC = 20; // be32
export const FLOW_TUN_IPV6_SRC = 24; // u8[16]
export const FLOW_TUN_ID = 40; // be64
export const FLOW_TUN_FLAGS = 48; // u16
export const FLOW_TUN_TOS = 50; // u8
export const FLOW_TUN_TTL = 51; // u8
export const FLOW_TUN_GBP_ID = 56; // be16
export const FLOW_TUN_GBP_FLAGS = 58; // u8
export const FLOW_TUN_ERSPAN_VER = 59; // u8
export const FLOW_TUN_ERSPAN_IDX = 60; // u32
export const FLOW_TUN_ERSPAN_DIR = 64; // u8
export const FLOW_TUN_ERSPAN_HWID = 65; // u8
export const FLOW_TUN_GTPU_FLAGS = 66; // u8
export const FLOW_TUN_GTPU_MSGTYPE = 67; // u8
export const FLOW_TUN_BYTES = 344;
export const FLOW_CT_NW_PROTO = 437; // u8
export const FLOW_CONJ_ID = 464; // u32
export const FLOW_ACTSET_OUTPUT = 468; // u32
export const FLOW_CT_NW_SRC = 520; // be32
export const FLOW_CT_NW_DST = 524; // be32
export const FLOW_CT_IPV6_SRC = 560; // u8[16]
export const FLOW_CT_IPV6_DST = 576; // u8[16]
export const FLOW_CT_TP_SRC = 660; // be16
export const FLOW_CT_TP_DST = 662; // be16
