// groups - a burst's packets by megaflow (packet_batch_per_flow): each megaflow's actions are carried out once, on all of its packets, in the
// order in which the megaflows were met first. Arrival order inside a megaflow is kept; 2.7 takes the EMC's hits before the classifier's.
import { OVS_3_1 } from "../abi/ovs";
import { Mbuf } from "../mbuf/mbuf";
import {
  Burst, BURST_FLOWS, BURST_GROUP_OF, BURST_GROUPS, BURST_ORDER, BURST_PACKETS, BURST_SORTED, BURST_TCP_FLAGS, burstPacket, GROUP_BYTES,
} from "./burst";
import { Datapath } from "./datapath";
import { Megaflow } from "./megaflow";
import { Pmd } from "./pmd";

@unmanaged
export class Group {
  flow: u32; // Megaflow
  first: u32; // where its packets begin,
  count: u32; // how many,
  octets: u32; // and their bytes
  tcpFlags: u32;
  whole: u32; // 1: it is the whole burst, unsorted
}
if (offsetof<Group>() > GROUP_BYTES) ERROR();

// @ts-ignore: decorator
@inline
export function groupOf(burst: usize, index: u32): Group {
  return changetype<Group>(burst + BURST_GROUPS + (index as usize) * GROUP_BYTES);
}

/** u32[]: the group's mbufs. */
export function groupPackets(burst: usize, g: Group): usize {
  return burst + (g.whole ? BURST_PACKETS : BURST_SORTED) + (g.first << 2);
}

/** u32[]: which of the burst's packets each is; 0: all, in their order. */
export function groupOrder(burst: usize, g: Group): usize {
  return g.whole ? 0 : burst + BURST_ORDER + (g.first << 2);
}

/** Makes the groups of the packets that have a megaflow. */
export function groupBurst(pmd: Pmd): void {
  const burst: usize = pmd.burst, b = changetype<Burst>(burst);
  b.group = 0;
  b.groups = 0;
  if (isWhole(burst, b.count)) {
    wholeGroup(burst, b);
    return;
  }
  const all: u32 = 0xffff_ffff >> (32 - b.count), first = changetype<Datapath>(pmd.datapath as usize).version == OVS_3_1 ? all : b.exact;
  countGroups(burst, first);
  if (first != all) countGroups(burst, all & ~first);
  let next: u32 = 0;
  for (let i: u32 = 0; i < b.groups; i++) {
    const g = groupOf(burst, i);
    g.first = next;
    next += g.count;
    g.count = 0;
    changetype<Megaflow>(g.flow as usize).group = 0;
  }
  placePackets(burst, first);
  if (first != all) placePackets(burst, all & ~first);
}

/** All packets have one megaflow. */
function isWhole(burst: usize, n: u32): bool {
  const flow = load<u32>(burst, BURST_FLOWS);
  let differs = flow ? 0 : 1;
  for (let i: u32 = 1; i < n; i++) differs |= flow ^ load<u32>(burst + (i << 2), BURST_FLOWS);
  return differs == 0;
}

function wholeGroup(burst: usize, b: Burst): void {
  const g = groupOf(burst, 0);
  b.groups = 1;
  g.flow = load<u32>(burst, BURST_FLOWS);
  g.first = 0;
  g.count = b.count;
  g.octets = 0;
  g.tcpFlags = 0;
  g.whole = 1;
  for (let i: u32 = 0, n = b.count; i < n; i++) {
    g.octets += changetype<Mbuf>(burstPacket(burst, i)).pktLen;
    g.tcpFlags |= load<u32>(burst + (i << 2), BURST_TCP_FLAGS);
  }
}

/** Which group each of these packets is in, and how many each has. */
function countGroups(burst: usize, packets: u32): void {
  const b = changetype<Burst>(burst);
  for (let left = packets; left; left &= left - 1) {
    const at = burst + ((ctz<u32>(left) as usize) << 2), flow = load<u32>(at, BURST_FLOWS);
    if (!flow) continue;
    const f = changetype<Megaflow>(flow as usize);
    if (!f.group) {
      const g = groupOf(burst, b.groups++);
      f.group = b.groups;
      g.flow = flow;
      g.count = 0;
      g.octets = 0;
      g.tcpFlags = 0;
      g.whole = 0;
    }
    store<u32>(at, f.group - 1, BURST_GROUP_OF);
    groupOf(burst, f.group - 1).count++;
  }
}

function placePackets(burst: usize, packets: u32): void {
  for (let left = packets; left; left &= left - 1) {
    const i = ctz<u32>(left) as u32, at = burst + (i << 2);
    if (!load<u32>(at, BURST_FLOWS)) continue;
    const g = groupOf(burst, load<u32>(at, BURST_GROUP_OF)), m = burstPacket(burst, i), place = burst + (g.first + g.count++ << 2);
    store<u32>(place, m as u32, BURST_SORTED);
    store<u32>(place, i, BURST_ORDER);
    g.octets += changetype<Mbuf>(m).pktLen;
    g.tcpFlags |= load<u32>(at, BURST_TCP_FLAGS);
  }
}
