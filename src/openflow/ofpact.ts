// ofpact - OpenFlow actions and instructions as data (struct ofpact of include/openvswitch/ofp-actions.h, OVS 3.1).
// What a version calls an action or an instruction is one list here; parse-actions reads it, format-actions writes it,
// ofproto's xlate carries it out.
import type { MfField } from "./field.ts";

/** A field's bits: `start` is the lowest, from 0. */
export interface Subfield {
  readonly field: MfField;
  readonly start: number;
  readonly bits: number;
}

/** An OpenFlow port number, 16 bits; OFPP_* are in ports.ts. */
export type OfPort = number;

export type Ofpact =
  | { readonly type: "output"; readonly port: OfPort; readonly maxLen: number }
  | { readonly type: "output_reg"; readonly source: Subfield; readonly maxLen: number }
  | { readonly type: "output_trunc"; readonly port: OfPort; readonly maxLen: number }
  | {
      readonly type: "controller";
      readonly maxLen: number;
      readonly controllerId: number;
      readonly reason: string;
      readonly userdata?: Uint8Array;
      readonly pause: boolean;
      readonly meterId?: number;
    }
  | { readonly type: "group"; readonly groupId: number }
  | { readonly type: "enqueue"; readonly port: OfPort; readonly queue: number }
  | {
      readonly type: "bundle";
      readonly basis: number;
      readonly fields: string;
      readonly algorithm: string;
      readonly members: readonly OfPort[];
      readonly destination?: Subfield;
    }
  /**
   * value and mask: the field's bytes, most significant first; compat: the older name it was written by, e.g.
   * mod_nw_src, load
   */
  | {
      readonly type: "set_field";
      readonly field: MfField;
      readonly value: Uint8Array;
      readonly mask: Uint8Array;
      readonly compat?: "load";
    }
  | { readonly type: "set_vlan_vid"; readonly vid: number; readonly pushIfNeeded: boolean }
  | { readonly type: "set_vlan_pcp"; readonly pcp: number; readonly pushIfNeeded: boolean }
  | { readonly type: "strip_vlan"; readonly compat: "strip_vlan" | "pop_vlan" }
  | { readonly type: "push_vlan"; readonly ethertype: number }
  | { readonly type: "set_eth_src"; readonly mac: Uint8Array }
  | { readonly type: "set_eth_dst"; readonly mac: Uint8Array }
  | { readonly type: "set_ipv4_src"; readonly ip: number }
  | { readonly type: "set_ipv4_dst"; readonly ip: number }
  /** DSCP as written, in the upper six bits. */
  | { readonly type: "set_ip_dscp"; readonly dscp: number }
  | { readonly type: "set_ip_ecn"; readonly ecn: number }
  | { readonly type: "set_ip_ttl"; readonly ttl: number }
  | { readonly type: "set_l4_src_port"; readonly port: number }
  | { readonly type: "set_l4_dst_port"; readonly port: number }
  /** No controller: written without any, and told to controller 0. */
  | { readonly type: "dec_ttl"; readonly controllers: readonly number[] }
  | { readonly type: "push_mpls"; readonly ethertype: number }
  | { readonly type: "pop_mpls"; readonly ethertype: number }
  | { readonly type: "set_mpls_label"; readonly label: number }
  | { readonly type: "set_mpls_tc"; readonly tc: number }
  | { readonly type: "set_mpls_ttl"; readonly ttl: number }
  | { readonly type: "dec_mpls_ttl" }
  | { readonly type: "reg_move"; readonly source: Subfield; readonly destination: Subfield }
  | { readonly type: "stack_push"; readonly subfield: Subfield }
  | { readonly type: "stack_pop"; readonly subfield: Subfield }
  | { readonly type: "set_queue"; readonly queue: number }
  | { readonly type: "pop_queue" }
  | { readonly type: "fin_timeout"; readonly idle: number; readonly hard: number }
  /** table 255: the current one; port OFPP_IN_PORT: the current one. compat: written `resubmit:port` */
  | {
      readonly type: "resubmit";
      readonly port: OfPort;
      readonly table: number;
      readonly withCt: boolean;
      readonly compat: boolean;
    }
  | { readonly type: "learn"; readonly spec: Learn }
  /** clause: from 0 */
  | { readonly type: "conjunction"; readonly id: number; readonly clause: number; readonly clauses: number }
  | {
      readonly type: "multipath";
      readonly fields: string;
      readonly basis: number;
      readonly algorithm: string;
      readonly links: number;
      readonly argument: number;
      readonly destination: Subfield;
    }
  | { readonly type: "note"; readonly data: Uint8Array }
  | { readonly type: "exit" }
  | {
      readonly type: "sample";
      readonly probability: number;
      readonly collectorSet: number;
      readonly obsDomain: number;
      readonly obsPoint: number;
      readonly samplingPort?: OfPort;
      readonly direction: "" | "ingress" | "egress";
    }
  | { readonly type: "unroll_xlate" }
  | { readonly type: "debug_recirc" }
  | { readonly type: "debug_slow" }
  | { readonly type: "clone"; readonly actions: readonly Ofpact[] }
  | { readonly type: "check_pkt_larger"; readonly length: number; readonly destination: Subfield }
  /**
   * What is read and written, but carried out by nothing here, so that it can be refused by name; text: as it is
   * printed.
   */
  | { readonly type: "ct"; readonly text: string; readonly spec: Ct }
  | { readonly type: "ct_clear" }
  | { readonly type: "nat"; readonly text: string; readonly family: 0 | 4 | 6 }
  | { readonly type: "encap"; readonly text: string; readonly packetType: number }
  | { readonly type: "decap"; readonly text: string }
  | { readonly type: "dec_nsh_ttl" }
  /** wide: as set_tunnel64 */
  | { readonly type: "set_tunnel"; readonly tunnelId: bigint; readonly wide: boolean }
  // instructions
  | { readonly type: "meter"; readonly meterId: number }
  | { readonly type: "clear_actions" }
  | { readonly type: "write_actions"; readonly actions: readonly Ofpact[] }
  | { readonly type: "write_metadata"; readonly metadata: bigint; readonly mask: bigint }
  | { readonly type: "goto_table"; readonly table: number };

/** What ct() asks of the connection tracker. */
export interface Ct {
  readonly commit: boolean;
  readonly force: boolean;
  /** undefined: the packet goes on where it is */
  readonly table?: number;
  readonly zone: number;
  readonly zoneSource?: Subfield;
  /** A TCP or UDP port of a helper: 21 ftp, 69 tftp, 0 none. */
  readonly alg: number;
  /** nat first, then what exec() holds. */
  readonly actions: readonly Ofpact[];
}

export interface Learn {
  readonly table: number;
  readonly priority: number;
  readonly idleTimeout: number;
  readonly hardTimeout: number;
  readonly finIdleTimeout: number;
  readonly finHardTimeout: number;
  readonly cookie: bigint;
  readonly sendFlowRem: boolean;
  readonly deleteLearned: boolean;
  readonly limit: number;
  readonly resultDestination?: Subfield;
  readonly specs: readonly LearnSpec[];
}

/** source: a field of the packet, or bytes most significant first; what: match on it, load it, or output to it */
export type LearnSpec = {
  readonly what: "match" | "load" | "output";
  readonly bits: number;
  readonly source: { readonly subfield: Subfield } | { readonly value: Uint8Array };
  /** undefined: output */
  readonly destination?: Subfield;
};
