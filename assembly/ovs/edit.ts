// edit - the actions that change packets and nothing else, on all packets of a frame.
import {
  ACTION_POP_MPLS, ACTION_POP_VLAN, ACTION_PUSH_MPLS, ACTION_PUSH_VLAN, ACTION_SET_ARP, ACTION_SET_ETH, ACTION_SET_ICMP, ACTION_SET_IPV4,
  ACTION_SET_IPV6, ACTION_SET_MARK, ACTION_SET_MPLS, ACTION_SET_ND, ACTION_SET_PRIORITY, ACTION_SET_SCTP, ACTION_SET_TCP, ACTION_SET_UDP,
} from "../abi/ovs-actions";
import { setIpv4, setIpv6 } from "./edit-ip";
import { popMpls, popVlan, pushMpls, pushVlan, setEth, setMpls } from "./edit-l2";
import { setIcmp, setSctp, setTcp, setUdp } from "./edit-l4";
import { setArp, setNd } from "./edit-neighbour";
import { Frame, frameLayers, framePacket } from "./frame";

/** id: an action's; args: its arguments; scratch: 16 bytes */
export function edit(frame: usize, id: u32, args: usize, scratch: usize): void {
  const f = changetype<Frame>(frame), n = f.count;
  if (id == ACTION_SET_PRIORITY) {
    f.skbPriority = load<u32>(args) | (f.skbPriority & ~load<u32>(args, 4));
    return;
  }
  if (id == ACTION_SET_MARK) {
    f.pktMark = load<u32>(args) | (f.pktMark & ~load<u32>(args, 4));
    return;
  }
  for (let i: u32 = 0; i < n; i++) editOne(framePacket(frame, i), frameLayers(frame, i), id, args, scratch);
}

function editOne(m: usize, layers: usize, id: u32, args: usize, scratch: usize): void {
  switch (id) {
    case ACTION_PUSH_VLAN: pushVlan(m, layers, load<u32>(args)); break;
    case ACTION_POP_VLAN: popVlan(m, layers); break;
    case ACTION_PUSH_MPLS: pushMpls(m, layers, load<u32>(args), load<u32>(args, 4)); break;
    case ACTION_POP_MPLS: popMpls(m, layers, load<u32>(args)); break;
    case ACTION_SET_ETH: setEth(m, args); break;
    case ACTION_SET_IPV4: setIpv4(m, layers, args); break;
    case ACTION_SET_IPV6: setIpv6(m, layers, args, scratch); break;
    case ACTION_SET_TCP: setTcp(m, layers, args); break;
    case ACTION_SET_UDP: setUdp(m, layers, args); break;
    case ACTION_SET_SCTP: setSctp(m, layers, args); break;
    case ACTION_SET_ICMP: setIcmp(m, layers, args); break;
    case ACTION_SET_ARP: setArp(m, layers, args); break;
    case ACTION_SET_ND: setNd(m, layers, args, scratch); break;
    case ACTION_SET_MPLS: setMpls(m, layers, args); break;
  }
}
