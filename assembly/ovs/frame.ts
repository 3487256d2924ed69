// frame - packets with a list of actions that is being carried out on them. Lists hold lists, and a recirculated packet's pass begins and ends
// in the middle of one: frames stand on a stack of the thread's own, because a pass may have to wait for an upcall's answer.
// A packet's record lies side by side in arrays: its mbuf, dp_hash, cutlen and layers.
import { NETDEV_MAX_BURST } from "../abi/ovs";
import { LAYERS_BYTES } from "./layers";

@unmanaged
export class Frame {
  next: u32; // the next action,
  end: u32; // and where the list ends
  count: u32; // packets
  steal: u32; // 1: they are the frame's, and end with it
  truncated: u32; // 1: the next output gets them cut
  index: u32; // of an action that takes packets one by one: the next
  layered: u32; // 1: their layers are known
  consumes: u32; // 1: what the list has not sent ends by design, not as a drop
  skbPriority: u32;
  pktMark: u32;
  heap: u32; // 1: they are on OVS's heap
  list: u32; // ActionList that ends with the frame, 0: it is another's
}

/** How a frame is left, when it waits or is done. */
export const FRAME_DONE: u32 = 0; // its list is done, it is gone
export const FRAME_BELOW: u32 = 1; // a frame or a burst is on top of it
export const FRAME_ASKS: u32 = 2; // an upcall's answer is awaited

const ARRAY: usize = (NETDEV_MAX_BURST as usize) << 2;
export const FRAME_PACKETS: usize = 64;
export const FRAME_HASHES: usize = FRAME_PACKETS + ARRAY;
export const FRAME_CUTS: usize = FRAME_HASHES + ARRAY;
export const FRAME_LAYERS: usize = FRAME_CUTS + ARRAY;
export const FRAME_BYTES: usize = FRAME_LAYERS + (NETDEV_MAX_BURST as usize) * LAYERS_BYTES;
if (offsetof<Frame>() > FRAME_PACKETS) ERROR();

// @ts-ignore: decorator
@inline
export function framePacket(frame: usize, i: u32): usize {
  return load<u32>(frame + (i << 2), FRAME_PACKETS);
}

// @ts-ignore: decorator
@inline
export function frameLayers(frame: usize, i: u32): usize {
  return frame + FRAME_LAYERS + (i * (LAYERS_BYTES as u32));
}

/** A frame's packets but for their mbufs, from another's: all of them. */
export function frameCopy(to: usize, from: usize): void {
  const t = changetype<Frame>(to), f = changetype<Frame>(from), n = f.count << 2;
  t.count = f.count;
  t.truncated = f.truncated;
  t.layered = f.layered;
  t.skbPriority = f.skbPriority;
  t.pktMark = f.pktMark;
  t.heap = f.heap;
  memory.copy(to + FRAME_HASHES, from + FRAME_HASHES, n);
  memory.copy(to + FRAME_CUTS, from + FRAME_CUTS, n);
  memory.copy(to + FRAME_LAYERS, from + FRAME_LAYERS, n << 1);
}

/** Likewise of packet i alone. */
export function frameCopyOne(to: usize, from: usize, i: u32): void {
  const t = changetype<Frame>(to), f = changetype<Frame>(from);
  t.count = 1;
  t.truncated = 0; // a batch of its own
  t.layered = f.layered;
  t.skbPriority = f.skbPriority;
  t.pktMark = f.pktMark;
  t.heap = f.heap;
  store<u32>(to, load<u32>(from + (i << 2), FRAME_HASHES), FRAME_HASHES);
  store<u32>(to, load<u32>(from + (i << 2), FRAME_CUTS), FRAME_CUTS);
  store<u64>(to, load<u64>(frameLayers(from, i)), FRAME_LAYERS);
}

/** Packets of a frame that are left where `kept` has a bit, in their order. */
export function frameKeep(frame: usize, kept: u32): void {
  const f = changetype<Frame>(frame);
  let n: u32 = 0;
  for (let left = kept; left; left &= left - 1, n++) {
    const i = ctz<u32>(left) as u32;
    store<u32>(frame + (n << 2), framePacket(frame, i), FRAME_PACKETS);
    store<u32>(frame + (n << 2), load<u32>(frame + (i << 2), FRAME_HASHES), FRAME_HASHES);
    store<u32>(frame + (n << 2), load<u32>(frame + (i << 2), FRAME_CUTS), FRAME_CUTS);
    store<u64>(frameLayers(frame, n), load<u64>(frameLayers(frame, i)));
  }
  f.count = n;
}
