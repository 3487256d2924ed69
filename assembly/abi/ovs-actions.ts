// ovs-actions - a list of datapath actions as u32 words (enum ovs_action_attr): each action is (words << 8) | id and its arguments, `words`
// counting all of them. Packet fields stand as they lie in a frame, other numbers as the CPU has them. Written by src/wasm/ovs-compile,
// carried out by ovs/execute.
export const ACTION_OUTPUT: u32 = 1; // datapath port
export const ACTION_TRUNC: u32 = 2; // bytes
export const ACTION_PUSH_VLAN: u32 = 3; // tpid and tci
export const ACTION_POP_VLAN: u32 = 4;
export const ACTION_PUSH_MPLS: u32 = 5; // lse, ethertype
export const ACTION_POP_MPLS: u32 = 6; // ethertype
export const ACTION_HASH_L4: u32 = 7; // basis
export const ACTION_HASH_SYM_L4: u32 = 8; // basis
export const ACTION_RECIRC: u32 = 9; // id
export const ACTION_METER: u32 = 10; // id
export const ACTION_USERSPACE: u32 = 11; // what TypeScript knows it by
export const ACTION_SAMPLE: u32 = 12; // probability, then a list
export const ACTION_CLONE: u32 = 13; // a list
export const ACTION_CHECK_PKT_LEN: u32 = 14; // size, words of the first list, then the lists for longer packets and for others
export const ACTION_DROP: u32 = 15; // DROP_DROP_ACTION_*
// Sets: values, then masks of as many words; a value has no bits outside its mask.
export const ACTION_SET_PRIORITY: u32 = 16; // 1
export const ACTION_SET_MARK: u32 = 17; // 1
export const ACTION_SET_ETH: u32 = 18; // 3: dst, src
export const ACTION_SET_IPV4: u32 = 19; // 3: src, dst, tos with ttl above it
export const ACTION_SET_IPV6: u32 = 20; // 10: src, dst, label, traffic class with hop limit above it
export const ACTION_SET_TCP: u32 = 21; // 1: ports
export const ACTION_SET_UDP: u32 = 22; // 1
export const ACTION_SET_SCTP: u32 = 23; // 1
export const ACTION_SET_ICMP: u32 = 24; // 1: type and code
export const ACTION_SET_ARP: u32 = 25; // 6: spa, tpa, op, then sha, tha in 3
export const ACTION_SET_ND: u32 = 26; // 7: target, then sll, tll in 3
export const ACTION_SET_MPLS: u32 = 27; // 1: lse
export const ACTION_WORDS_SHIFT: u32 = 8;
export const ACTION_ID_MASK: u32 = 255;
// What a whole list needs, so that the others pay nothing.
export const ACTIONS_LAYERS: u32 = 1; // where L2.5, L3 and L4 begin
export const ACTIONS_ALONE: u32 = 2; // it is one output
// Lists within lists, at most.
export const ACTIONS_NESTING_MAX: u32 = 32;
// Words of a list, at most: 64 kB, as of a Netlink attribute.
export const ACTIONS_WORDS_MAX: u32 = 16384;
