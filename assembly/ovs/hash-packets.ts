// hash-packets - the `hash` action: a packet's dp_hash, out of what it is now.
import { RX_RSS_HASH } from "../mbuf/flags";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { Burst, BURST_METADATA } from "./burst";
import { extract, Metadata, metadataSet } from "./extract";
import { Frame, FRAME_HASHES, framePacket } from "./frame";
import { frameParse } from "./frames";
import { flowHash5Tuple, hashInt, hashSymmetricL4 } from "./hash";
import { Pmd } from "./pmd";

/** Packet i's key as it is now, at pmd.scratchKey (flow_extract); that sets its layers anew. */
export function extractAgain(pmd: Pmd, frame: usize, i: u32): void {
  const f = changetype<Frame>(frame), b = changetype<Burst>(pmd.burst as usize), m = framePacket(frame, i);
  const recircId = changetype<Metadata>(pmd.burst + (BURST_METADATA as u32)).recircId;
  metadataSet(pmd.metadata, b.inPort, recircId, load<u32>(frame + (i << 2), FRAME_HASHES), f.skbPriority, f.pktMark);
  extract(pmd.scratchKey, mbufData(m), changetype<Mbuf>(m).pktLen, pmd.metadata, pmd.vlanLimit);
  if (f.layered) frameParse(pmd, frame, i);
}

/** OVS_HASH_ALG_L4: of the RSS hash, if there is one. */
export function hashL4(pmd: Pmd, frame: usize, basis: u32): void {
  for (let i: u32 = 0, n = changetype<Frame>(frame).count; i < n; i++) {
    const mbuf = changetype<Mbuf>(framePacket(frame, i));
    let hash = hashInt(mbuf.rss, basis);
    if (!(mbuf.olFlags & RX_RSS_HASH)) {
      extractAgain(pmd, frame, i);
      hash = flowHash5Tuple(pmd.scratchKey, basis);
    }
    store<u32>(frame + (i << 2), hash, FRAME_HASHES);
  }
}

/** OVS_HASH_ALG_SYM_L4 */
export function hashSymmetric(pmd: Pmd, frame: usize, basis: u32): void {
  for (let i: u32 = 0, n = changetype<Frame>(frame).count; i < n; i++) {
    extractAgain(pmd, frame, i);
    store<u32>(frame + (i << 2), hashSymmetricL4(pmd.scratchKey, basis), FRAME_HASHES);
  }
}
