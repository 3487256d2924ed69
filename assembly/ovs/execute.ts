// execute - carries lists of actions out (odp_execute_actions, dp_execute_cb of OVS 3.1). A list within a list is a frame on top of the stack,
// recirculation a burst on top of both, so that an upcall may interrupt any of them; the order is that of calls, depth first.
// An action that gives packets away takes a frame's own with its last action, and copies before that.
import {
  DROP_DATAPATH_DROP_INVALID_PORT, DROP_DATAPATH_DROP_METER, DROP_DATAPATH_DROP_RECIRC_ERROR,
} from "../abi/drops";
import {
  ACTION_CHECK_PKT_LEN, ACTION_CLONE, ACTION_DROP, ACTION_HASH_L4, ACTION_HASH_SYM_L4, ACTION_ID_MASK, ACTION_METER, ACTION_OUTPUT,
  ACTION_RECIRC, ACTION_SAMPLE, ACTION_TRUNC, ACTION_USERSPACE, ACTION_WORDS_SHIFT,
} from "../abi/ovs-actions";
import { METADATA_BYTES } from "../abi/ovs";
import { OVS_PORT_VHOST } from "../abi/ovs-ports";
import { STAGE_OVS_ACTION } from "../abi/stages";
import { Mbuf } from "../mbuf/mbuf";
import { copyHandles } from "../memory/copy";
import { charge, Lcore } from "../memory/lcore-context";
import { Burst, BURST_METADATA, BURST_PACKETS, PHASE_LOOKUP } from "./burst";
import { copyBurst, cutPacket } from "./copies";
import { Datapath, isNew } from "./datapath";
import { edit } from "./edit";
import { checkLengths, sample, userspace } from "./execute-each";
import { metadataSet } from "./extract";
import { Frame, FRAME_BELOW, FRAME_CUTS, FRAME_DONE, FRAME_HASHES, frameKeep, FRAME_PACKETS, framePacket } from "./frame";
import { dropCopies, dropPackets, pop, pushNested, rxQueueOf } from "./frames";
import { hashL4, hashSymmetric } from "./hash-packets";
import { meterRun } from "./meter";
import { output, txPortOf } from "./output";
import { MAX_RECIRC_DEPTH, Pmd, pmdBurstAt } from "./pmd";
import { OvsPort, TxPort } from "./port";
import { traceAction } from "./trace";

const PS_PER_US: u64 = 1_000_000;
/** Of 2.7. */
const OLD_RECIRC_DEPTH: u32 = 5;
const ETHER_BYTES: u32 = 14;

/** Goes on with the innermost frame. @returns FRAME_* */
export function execute(lcore: usize, pmd: Pmd): u32 {
  const frame: usize = pmd.frame, f = changetype<Frame>(frame);
  while (f.next != f.end && f.count) {
    const at: usize = f.next, head = load<u32>(at), after = at + (head >> ACTION_WORDS_SHIFT << 2), id = head & ACTION_ID_MASK;
    const steal = f.steal != 0 && after == <usize>f.end;
    if (pmd.tracing && !f.index) traceAction(pmd, frame, id, load<u32>(at, 4));
    if (id != ACTION_OUTPUT && !f.index) charge(lcore, STAGE_OVS_ACTION, f.count, 0);
    let left = FRAME_DONE;
    switch (id) {
      case ACTION_SAMPLE: left = sample(lcore, pmd, frame, at, after, steal); break;
      case ACTION_CHECK_PKT_LEN: left = checkLengths(lcore, pmd, frame, at, after, steal); break;
      case ACTION_USERSPACE: left = userspace(lcore, pmd, frame, at, after, steal); break;
      default:
        f.next = after as u32;
        left = executeBatch(lcore, pmd, frame, id, at, after, steal);
    }
    if (left != FRAME_DONE) return left;
  }
  pop(lcore, pmd);
  return FRAME_DONE;
}

/** An action that takes all packets at once. */
function executeBatch(lcore: usize, pmd: Pmd, frame: usize, id: u32, at: usize, after: usize, steal: bool): u32 {
  switch (id) {
    case ACTION_OUTPUT: executeOutput(lcore, pmd, frame, load<u32>(at, 4), steal); break;
    case ACTION_RECIRC: return recirculate(lcore, pmd, frame, load<u32>(at, 4), steal);
    case ACTION_CLONE: return executeClone(lcore, pmd, frame, at + 4, (after - at - 4) as u32 >> 2, steal);
    case ACTION_METER: executeMeter(lcore, pmd, frame, load<u32>(at, 4)); break;
    case ACTION_HASH_L4: hashL4(pmd, frame, load<u32>(at, 4)); break;
    case ACTION_HASH_SYM_L4: hashSymmetric(pmd, frame, load<u32>(at, 4)); break;
    case ACTION_TRUNC: setCuts(frame, load<u32>(at, 4)); break;
    case ACTION_DROP: executeDrop(lcore, pmd, frame, load<u32>(at, 4)); break;
    default: edit(frame, id, at + 4, pmd.metadata);
  }
  return FRAME_DONE;
}

/** dp_execute_output_action */
function executeOutput(lcore: usize, pmd: Pmd, frame: usize, number: u32, steal: bool): void {
  const tx = txPortOf(pmd, number), f = changetype<Frame>(frame), n = f.count;
  if (!tx) {
    if (steal) endWith(lcore, pmd, frame, DROP_DATAPATH_DROP_INVALID_PORT);
    else dropCopies(pmd, n, DROP_DATAPATH_DROP_INVALID_PORT);
    return;
  }
  if (steal) {
    applyCuts(lcore, frame, frame + FRAME_PACKETS, n);
    output(lcore, pmd, tx, frame + FRAME_PACKETS, n, f.heap);
    f.count = 0;
    return;
  }
  // 2.7 cuts the packets that DPDK's ports copy, not the copies
  if (!isNew(pmd.datapath) && changetype<OvsPort>(changetype<TxPort>(tx).port as usize).kind <= OVS_PORT_VHOST) {
    applyCuts(lcore, frame, frame + FRAME_PACKETS, n);
    f.truncated = 0;
  }
  const copies: usize = changetype<Lcore>(lcore).packets;
  const made = copyBurst(lcore, pmd.datapath, rxQueueOf(pmd), frame + FRAME_PACKETS, copies, n);
  applyCuts(lcore, frame, copies, made);
  f.truncated = 0;
  if (made) output(lcore, pmd, tx, copies, made, 1);
}

/** dp_packet_batch_apply_cutlen. packets: u32[n], the frame's or copies of them */
function applyCuts(lcore: usize, frame: usize, packets: usize, n: u32): void {
  if (!changetype<Frame>(frame).truncated) return;
  for (let i: u32 = 0; i < n; i++) cutPacket(lcore, load<u32>(packets + (i << 2)), load<u32>(frame + (i << 2), FRAME_CUTS));
}

/** dp_packet_set_cutlen */
function setCuts(frame: usize, most: u32): void {
  const f = changetype<Frame>(frame), kept = max<u32>(most, ETHER_BYTES);
  f.truncated = 1;
  for (let i: u32 = 0, n = f.count; i < n; i++) {
    const length = changetype<Mbuf>(framePacket(frame, i)).pktLen;
    store<u32>(frame + (i << 2), length > kept ? length - kept : 0, FRAME_CUTS);
  }
}

/** All packets of the frame are dropped. */
function endWith(lcore: usize, pmd: Pmd, frame: usize, reason: u32): void {
  const f = changetype<Frame>(frame);
  dropPackets(lcore, pmd, frame + FRAME_PACKETS, f.count, reason);
  f.count = 0;
}

/** What is behind it is not carried out. */
function executeDrop(lcore: usize, pmd: Pmd, frame: usize, reason: u32): void {
  const f = changetype<Frame>(frame);
  if (f.steal) endWith(lcore, pmd, frame, reason);
  else dropCopies(pmd, f.count, reason);
  f.next = f.end;
}

/** The packets' next pass, a burst of their own. */
function recirculate(lcore: usize, pmd: Pmd, frame: usize, id: u32, steal: bool): u32 {
  const f = changetype<Frame>(frame), from = changetype<Burst>(pmd.burst as usize), inPort = from.inPort, depth = from.depth;
  if (depth >= (isNew(pmd.datapath) ? MAX_RECIRC_DEPTH : OLD_RECIRC_DEPTH)) {
    if (steal) endWith(lcore, pmd, frame, DROP_DATAPATH_DROP_RECIRC_ERROR);
    else dropCopies(pmd, f.count, DROP_DATAPATH_DROP_RECIRC_ERROR);
    return FRAME_DONE;
  }
  let packets = frame + FRAME_PACKETS, n = f.count;
  if (!steal) {
    packets = changetype<Lcore>(lcore).packets;
    n = copyBurst(lcore, pmd.datapath, rxQueueOf(pmd), frame + FRAME_PACKETS, packets, n);
    if (!n) return FRAME_DONE;
  }
  const burst = pmdBurstAt(pmd, depth + 1), b = changetype<Burst>(burst);
  b.count = n;
  b.inPort = inPort;
  b.depth = depth + 1;
  b.phase = PHASE_LOOKUP;
  b.base = pmd.frame;
  b.heap = steal ? f.heap : 1;
  b.metadataStride = METADATA_BYTES;
  copyHandles(burst + BURST_PACKETS, packets, n);
  for (let i: u32 = 0; i < n; i++) {
    const hash = load<u32>(frame + (i << 2), FRAME_HASHES);
    metadataSet(burst + BURST_METADATA + i * METADATA_BYTES, inPort, id, hash, f.skbPriority, f.pktMark);
  }
  if (steal) f.count = 0;
  return FRAME_BELOW;
}

/** odp_execute_clone */
function executeClone(lcore: usize, pmd: Pmd, frame: usize, words: usize, n: u32, steal: bool): u32 {
  const f = changetype<Frame>(frame);
  if (steal) {
    if (!pushNested(pmd, words, n, frame + FRAME_PACKETS)) endWith(lcore, pmd, frame, DROP_DATAPATH_DROP_RECIRC_ERROR);
    f.count = 0;
    return FRAME_BELOW;
  }
  const copies: usize = changetype<Lcore>(lcore).packets;
  const made = copyBurst(lcore, pmd.datapath, rxQueueOf(pmd), frame + FRAME_PACKETS, copies, f.count);
  const nested = pushNested(pmd, words, n, copies);
  f.truncated = 0;
  if (nested) {
    changetype<Frame>(nested).count = made;
    changetype<Frame>(nested).heap = 1;
  } else {
    dropPackets(lcore, pmd, copies, made, DROP_DATAPATH_DROP_RECIRC_ERROR);
  }
  return FRAME_BELOW;
}

/** Packets that exceed the meter are dropped; one that is not there lets all pass. */
function executeMeter(lcore: usize, pmd: Pmd, frame: usize, id: u32): void {
  const dp = changetype<Datapath>(pmd.datapath as usize), f = changetype<Frame>(frame), n = f.count;
  const meter: usize = id < dp.meterCapacity ? load<u32>(dp.meters + (id << 2)) : 0;
  if (!meter) return;
  const rejected: usize = changetype<Lcore>(lcore).packets;
  const dropped = meterRun(meter, frame + FRAME_PACKETS, n, pmd.now / PS_PER_US, rejected);
  if (!dropped) return;
  if (!f.steal) {
    // they are still another frame's; OVS frees them all the same, and then uses them
    dropCopies(pmd, popcnt<u32>(dropped) as u32, DROP_DATAPATH_DROP_METER);
    frameKeep(frame, (0xffff_ffff as u32) >> (32 - n) & ~dropped);
    return;
  }
  let count: u32 = 0;
  for (let left = dropped; left; left &= left - 1) store<u32>(rejected + (count++ << 2), framePacket(frame, ctz<u32>(left) as u32) as u32);
  dropPackets(lcore, pmd, rejected, count, DROP_DATAPATH_DROP_METER);
  frameKeep(frame, (0xffff_ffff as u32) >> (32 - n) & ~dropped);
}
