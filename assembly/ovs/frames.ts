// frames - a thread's stack of frames: how packets get one, and how they end when its list does.
import { DROP_ACTIONS_END, DROP_DATAPATH_DROP_RECIRC_ERROR } from "../abi/drops";
import { COUNTER_CONSUMED, COUNTER_COPIED } from "../abi/counters";
import { ACTIONS_LAYERS } from "../abi/ovs-actions";
import { TRACE_CONSUMED, TRACE_DROP } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { copyHandles } from "../memory/copy";
import { Lcore } from "../memory/lcore-context";
import { countAdd, countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";
import { ActionList, ACTION_LIST_WORDS, actionListFree } from "./actions";
import { Burst, BURST_METADATA } from "./burst";
import { Metadata } from "./extract";
import { Frame, FRAME_BYTES, frameCopy, frameCopyOne, FRAME_CUTS, FRAME_HASHES, frameLayers, FRAME_PACKETS, framePacket } from "./frame";
import { Layers, layersParse, NO_LAYER } from "./layers";
import { Pmd } from "./pmd";
import { Rxq } from "./port";

/** The PortQueue that the poll's packets came from: its counters get what ends in the datapath. */
// @ts-ignore: decorator
@inline
export function rxQueueOf(pmd: Pmd): usize {
  return changetype<Rxq>(pmd.rxq as usize).queue;
}

/** Frees packets that end here and counts them. packets: u32[n] */
export function dropPackets(lcore: usize, pmd: Pmd, packets: usize, n: u32, reason: u32): void {
  if (!n) return;
  const queue = rxQueueOf(pmd);
  countDrop(changetype<PortQueue>(queue), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, queue, packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}

/**
 * Packets that a frame goes on with, and that an action all the same says it has lost: as copies that were made and dropped, without
 * making them.
 */
export function dropCopies(pmd: Pmd, n: u32, reason: u32): void {
  const q = changetype<PortQueue>(rxQueueOf(pmd));
  countAdd(q, COUNTER_COPIED, n);
  countDrop(q, reason, n);
}

/** Likewise by design. */
export function consumePackets(lcore: usize, pmd: Pmd, packets: usize, n: u32): void {
  if (!n) return;
  const queue = rxQueueOf(pmd);
  countAdd(changetype<PortQueue>(queue), COUNTER_CONSUMED, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_CONSUMED, queue, packets, n, 0, 0, false);
  mbufFreeBurst(lcore, packets, n);
}

/** A new frame on top, its list and packets unset. @returns 0: there are too many, which no translated flow comes to */
function push(pmd: Pmd): usize {
  const frame: usize = pmd.frame + (FRAME_BYTES as u32);
  if (frame >= <usize>pmd.framesEnd) return 0;
  pmd.frame = frame as u32;
  const f = changetype<Frame>(frame);
  f.steal = 1;
  f.index = 0;
  f.consumes = 0;
  f.list = 0;
  return frame;
}

function setWords(f: Frame, words: usize, n: u32): void {
  f.next = words as u32;
  f.end = (words + (n << 2)) as u32;
}

/**
 * Packets of the burst in hand under a list. packets: u32[n]; order: u32[n], which of the burst's each is, 0: they are those from `first` on
 */
export function pushList(lcore: usize, pmd: Pmd, packets: usize, n: u32, order: usize, first: u32, list: usize): void {
  const frame = push(pmd), b = changetype<Burst>(pmd.burst as usize), f = changetype<Frame>(frame), l = changetype<ActionList>(list);
  if (!frame) {
    dropPackets(lcore, pmd, packets, n, DROP_DATAPATH_DROP_RECIRC_ERROR);
    return;
  }
  const metadata: usize = pmd.burst + (BURST_METADATA as u32), stride = b.metadataStride;
  setWords(f, list + ACTION_LIST_WORDS, l.words);
  f.count = n;
  f.truncated = 0;
  f.heap = b.heap;
  f.skbPriority = changetype<Metadata>(metadata).skbPriority;
  f.pktMark = changetype<Metadata>(metadata).pktMark;
  copyHandles(frame + FRAME_PACKETS, packets, n);
  memory.fill(frame + FRAME_CUTS, 0, n << 2);
  for (let i: u32 = 0; i < n; i++) {
    const position = order ? load<u32>(order + (i << 2)) : first + i;
    store<u32>(frame + (i << 2), changetype<Metadata>(metadata + position * stride).dpHash, FRAME_HASHES);
  }
  f.layered = l.flags & ACTIONS_LAYERS ? 1 : 0;
  if (f.layered) for (let i: u32 = 0; i < n; i++) frameParse(pmd, frame, i);
}

/** Bytes of L4 headers that actions change. */
const L4_EDITED: u32 = 20;

/** Where packet i's layers begin, as its bytes are now. */
export function frameParse(pmd: Pmd, frame: usize, i: u32): void {
  const m = framePacket(frame, i), mbuf = changetype<Mbuf>(m), l = changetype<Layers>(pmd.layers as usize);
  layersParse(pmd.layers, mbufData(m), mbuf.pktLen, pmd.vlanLimit);
  if (<u32>l.l4 + L4_EDITED > <u32>mbuf.dataLen && mbuf.pktLen > mbuf.dataLen) l.l4 = NO_LAYER as u16; // in a later segment: OVS writes behind the first
  store<u64>(frameLayers(frame, i), load<u64>(pmd.layers));
}

/** A list within the innermost frame's. packets: u32[], all of that frame's, or copies of them. @returns 0: none is left */
export function pushNested(pmd: Pmd, words: usize, n: u32, packets: usize): usize {
  const from: usize = pmd.frame, frame = push(pmd);
  if (!frame) return 0;
  frameCopy(frame, from);
  copyHandles(frame + FRAME_PACKETS, packets, changetype<Frame>(frame).count);
  setWords(changetype<Frame>(frame), words, n);
  return frame;
}

/** Likewise with one packet: m, which is packet i or a copy of it. */
export function pushNestedOne(pmd: Pmd, words: usize, n: u32, m: usize, i: u32): usize {
  const from: usize = pmd.frame, frame = push(pmd);
  if (!frame) return 0;
  frameCopyOne(frame, from, i);
  store<u32>(frame, m as u32, FRAME_PACKETS);
  setWords(changetype<Frame>(frame), words, n);
  return frame;
}

/** The innermost list is done. */
export function pop(lcore: usize, pmd: Pmd): void {
  const frame: usize = pmd.frame, f = changetype<Frame>(frame);
  if (f.steal) {
    if (f.consumes) consumePackets(lcore, pmd, frame + FRAME_PACKETS, f.count);
    else dropPackets(lcore, pmd, frame + FRAME_PACKETS, f.count, DROP_ACTIONS_END);
  }
  actionListFree(pmd.blocks, f.list);
  pmd.frame -= FRAME_BYTES as u32;
}
