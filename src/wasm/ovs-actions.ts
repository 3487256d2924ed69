// ovs-actions - what the datapath does with the packets of a megaflow (enum ovs_action_attr of OVS 3.1): ofproto translates to these, the
// datapath carries them out, odp text shows them.

/** Header fields as one `set` action groups them (enum ovs_key_attr); names are odp text's. */
export type SetKey =
  | "skb_priority"
  | "skb_mark"
  | "eth"
  | "ipv4"
  | "ipv6"
  | "tcp"
  | "udp"
  | "sctp"
  | "icmp"
  | "icmpv6"
  | "arp"
  | "nd"
  | "mpls";

export type DatapathAction =
  | { readonly type: "output"; readonly port: number }
  /** Bytes of the packet that the next output gets. */
  | { readonly type: "trunc"; readonly maxLen: number }
  /** tci with its CFI bit set, as the packet will carry it without it */
  | { readonly type: "push_vlan"; readonly tpid: number; readonly tci: number }
  | { readonly type: "pop_vlan" }
  | { readonly type: "push_mpls"; readonly lse: number; readonly ethertype: number }
  | { readonly type: "pop_mpls"; readonly ethertype: number }
  /** Bits of the fields: value where mask has ones. Fields are struct flow's (ovs-flow's names). */
  | {
      readonly type: "set";
      readonly key: SetKey;
      readonly fields: readonly { readonly field: string; readonly value: bigint; readonly mask: bigint }[];
    }
  | { readonly type: "hash"; readonly algorithm: "l4" | "sym_l4"; readonly basis: number }
  | { readonly type: "recirc"; readonly id: number }
  | { readonly type: "meter"; readonly id: number }
  | { readonly type: "userspace"; readonly text: string; readonly reason: string }
  | { readonly type: "sample"; readonly probability: number; readonly actions: readonly DatapathAction[] }
  | { readonly type: "clone"; readonly actions: readonly DatapathAction[] }
  | {
      readonly type: "check_pkt_len";
      readonly size: number;
      readonly greater: readonly DatapathAction[];
      readonly lessOrEqual: readonly DatapathAction[];
    }
  /** why: a drop_action_* counter's ending, e.g. of_pipeline */
  | { readonly type: "drop"; readonly why: string };
