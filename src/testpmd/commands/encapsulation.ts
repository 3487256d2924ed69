// encapsulation - `set vxlan`, `set nvgre`, `set l2_encap`, `set mplsogre_encap`, `set conntrack` and the like: headers and states for
// flow rules, which no device here takes. 22.11 keeps them without a word, and never shows them.

import { isIpv4 } from "../../dpdk/address.ts";
import { type Command, command } from "../console/command.ts";
import type { Value } from "../console/token.ts";
import { silent } from "./refusal.ts";

/** Headers whose addresses must be of their version. */
function addressed(pattern: string, help: string): Command {
  return command(pattern, help, (app, args) => {
    const values: Readonly<Record<string, Value>> = args;
    const addresses = Object.entries(values).filter(([name]) => /^ip[-_](src|dst)$/.test(name));
    const wrong = addresses.some(([, address]) => isIpv4(`${address}`) !== (values.ip_version === "ipv4"));
    if (wrong) app.err("invalid parameter.\n");
  });
}

export const encapsulationCommands = [
  addressed(
    "set vxlan ip-version <ip_version:ipv4|ipv6> vni <vni:u32> udp-src <udp-src:u16> udp-dst <udp-dst:u16> ip-src <ip-src:ip> ip-dst <ip-dst:ip> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  addressed(
    "set vxlan-tos-ttl ip-version <ip_version:ipv4|ipv6> vni <vni:u32> udp-src <udp-src:u16> udp-dst <udp-dst:u16> ip-tos <ip-tos:u8> ip-ttl <ip-ttl:u8> ip-src <ip-src:ip> ip-dst <ip-dst:ip> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  addressed(
    "set vxlan-with-vlan ip-version <ip_version:ipv4|ipv6> vni <vni:u32> udp-src <udp-src:u16> udp-dst <udp-dst:u16> ip-src <ip-src:ip> ip-dst <ip-dst:ip> vlan-tci <vlan-tci:u16> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  addressed(
    "set nvgre ip-version <ip_version:ipv4|ipv6> tni <tni:u32> ip-src <ip_src:ip> ip-dst <ip_dst:ip> eth-src <eth_src:mac> eth-dst <eth_dst:mac>",
    "set nvgre ip-version <ipv4|ipv6> tni <tni> ip-src <ip-src> ip-dst <ip-dst> eth-src <eth-src> eth-dst <eth-dst>",
  ),
  addressed(
    "set nvgre-with-vlan ip-version <ip_version:ipv4|ipv6> tni <tni:u32> ip-src <ip_src:ip> ip-dst <ip_dst:ip> vlan-tci <tci:u16> eth-src <eth_src:mac> eth-dst <eth_dst:mac>",
    "set nvgre-with-vlan ip-version <ipv4|ipv6> tni <tni> ip-src <ip-src> ip-dst <ip-dst> vlan-tci <vlan-tci> eth-src <eth-src> eth-dst <eth-dst>",
  ),
  silent("set l2_encap ip-version <ip_version:ipv4|ipv6> eth-src <eth-src:mac> eth-dst <eth-dst:mac>", ""),
  silent(
    "set l2_encap-with-vlan ip-version <ip_version:ipv4|ipv6> vlan-tci <vlan-tci:u16> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  silent("set l2_decap", ""),
  silent("set l2_decap-with-vlan", ""),
  addressed(
    "set mplsogre_encap ip-version <ip_version:ipv4|ipv6> label <label:u32> ip-src <ip-src:ip> ip-dst <ip-dst:ip> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  addressed(
    "set mplsogre_encap-with-vlan ip-version <ip_version:ipv4|ipv6> label <label:u32> ip-src <ip-src:ip> ip-dst <ip-dst:ip> vlan-tci <vlan-tci:u16> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  silent("set mplsogre_decap ip-version <ip_version:ipv4|ipv6>", ""),
  silent("set mplsogre_decap-with-vlan ip-version <ip_version:ipv4|ipv6>", ""),
  addressed(
    "set mplsoudp_encap ip-version <ip_version:ipv4|ipv6> label <label:u32> udp-src <udp-src:u16> udp-dst <udp-dst:u16> ip-src <ip-src:ip> ip-dst <ip-dst:ip> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  addressed(
    "set mplsoudp_encap-with-vlan ip-version <ip_version:ipv4|ipv6> label <label:u32> udp-src <udp-src:u16> udp-dst <udp-dst:u16> ip-src <ip-src:ip> ip-dst <ip-dst:ip> vlan-tci <vlan-tci:u16> eth-src <eth-src:mac> eth-dst <eth-dst:mac>",
    "",
  ),
  silent("set mplsoudp_decap ip-version <ip_version:ipv4|ipv6>", ""),
  silent("set mplsoudp_decap-with-vlan ip-version <ip_version:ipv4|ipv6>", ""),
  silent(
    "set conntrack com peer <peer_port:u16> is_orig <is_original:u32> enable <en:u32> live <is_live:u32> sack <s_ack:u32> cack <c_ack:u32> last_dir <ld:u32> liberal <lb:u32> state <stat:u8> max_ack_win <factor:u8> r_lim <re_num:u8> last_win <lw:u16> last_seq <ls:u32> last_ack <la:u32> last_end <le:u32> last_index <li:u8>",
    "set conntrack com peer <port_id> is_orig <dir> enable <en> live <ack_seen> sack <en> cack <passed> last_dir <dir> liberal <en> state <s> max_ack_win <factor> r_lim <num> last_win <win> last_seq <seq> last_ack <ack> last_end <end> last_index <flag>",
  ),
  silent(
    "set conntrack <dir:orig|rply> scale <factor:u32> fin <f:u32> acked <as:u32> unack_data <un:u32> sent_end <se:u32> reply_end <re:u32> max_win <mw:u32> max_ack <ma:u32>",
    "set conntrack orig|rply scale <factor> fin <sent> acked <seen> unack_data <unack> sent_end <sent> reply_end <reply> max_win <win> max_ack <ack>",
  ),
];
