// lookup-steps - the lookup of a burst by itself, step by step, without a poll around it: for who has packets and wants to know their
// megaflows.
//   pmdLookup   the whole burst; says which packets have no megaflow
//   pmdLookUpAgain, pmdUpcalled   for each of these in order
//   pmdFinish   the classifier's hits enter the caches; megaflows count their packets
import { METADATA_BYTES } from "../abi/ovs";
import { Mbuf } from "../mbuf/mbuf";
import { Burst, BURST_FLOWS, BURST_METADATA, BURST_PACKETS, burstPacket, BURST_TCP_FLAGS } from "./burst";
import { Metadata } from "./extract";
import { megaflowUsed } from "./megaflow";
import { Pmd, pmdBurstAt } from "./pmd";
import { burstLookup, burstLookUpAgain, burstRemember, burstUpcalled } from "./pmd-lookup";

/**
 * packets: u32[n] mbufs of one segment, n 1 to 32; metadata: of packet i at i x metadataStride, all with the first's in_port; depth: how
 * often they were recirculated; now: ps.
 * @returns a bit for each packet that has no megaflow. Those below 14 bytes are neither in it nor have one
 */
export function pmdLookup(at: usize, packets: usize, n: u32, metadata: usize, metadataStride: u32, depth: u32, now: u64): u32 {
  const pmd = changetype<Pmd>(at), burst = pmdBurstAt(pmd, depth), b = changetype<Burst>(burst);
  b.count = n;
  b.depth = depth;
  b.inPort = changetype<Metadata>(metadata).inPort;
  b.metadataStride = metadataStride;
  pmd.now = now;
  memory.copy(burst + BURST_PACKETS, packets, n << 2);
  for (let i: u32 = 0; i < n && (i == 0 || metadataStride); i++)
    memory.copy(burst + BURST_METADATA + i * metadataStride, metadata + i * metadataStride, METADATA_BYTES);
  burstLookup(at);
  return b.misses;
}

/** @returns packet i's megaflow, 0: none, upcall */
export function pmdLookUpAgain(at: usize, i: u32): usize {
  return burstLookUpAgain(at, i);
}

/** See burstUpcalled. */
export function pmdUpcalled(at: usize, i: u32, megaflow: usize, failed: bool): void {
  burstUpcalled(at, i, megaflow, failed);
}

/** An upcall's packet counts nowhere. */
export function pmdFinish(at: usize): void {
  const pmd = changetype<Pmd>(at), burst: usize = pmd.burst;
  burstRemember(at);
  for (let i: u32 = 0, n = changetype<Burst>(burst).count; i < n; i++) {
    const flow: usize = pmdFlowOf(at, i);
    if (flow) megaflowUsed(flow, 1, changetype<Mbuf>(burstPacket(burst, i)).pktLen, load<u32>(burst + (i << 2), BURST_TCP_FLAGS), pmd.now);
  }
}

/** @returns the megaflow of packet i of the last burst, 0: none */
export function pmdFlowOf(at: usize, i: u32): usize {
  return load<u32>(changetype<Pmd>(at).burst + (i << 2), BURST_FLOWS);
}
