// control-device - the device side of a control queue: one command a chain. virtio 1.3, 5.1.6.5 and 2.7.4.3: the parts may be cut anywhere, the
// header over several descriptors, the ack byte behind empty ones; what is to be read stands in front of what is to be written.
//
// Invariants: C1 a command's effect is there before its buffer is used. C2 a chain without room for an ack or without a whole header, with parts in
// the wrong order, or one that the ring's rules forbid is given back with nothing written and counted, and the ring lives; QEMU's stops there
// ("virtio-net ctrl missing headers"). Only a head that the ring does not have, or more heads than it has, break a split ring.
// Writers: used ring, DeviceQueue, NetControl: this side.
import { VIRTIO_NET_ERR } from "../abi/control";
import { loadIndex16 } from "../memory/barrier";
import { chainNext, chainOpen, readBytes } from "./chain-copy";
import { NetControl, netControlServe } from "./net-control";
import { packedChainCapacity, packedChainClose } from "./packed-cursor";
import { isAvailable, packedGiveBack, packedTogether } from "./packed-device";
import { PACKED_DESC_F_WRITE, usedBits } from "./packed-ring";
import { splitChainCapacity, splitChainClose, splitHead } from "./split-cursor";
import { splitGiveBack } from "./split-device";
import { RING_IDX } from "./split-ring";
import { DeviceQueue, walkBudget } from "./virtqueue";

/** Class and command. */
const HEADER_BYTES: u32 = 2;

/**
 * Serves the commands that wait, a whole ring of them at most, each published by itself. control: NetControl
 * @returns chains taken
 */
export function controlServe(lcore: usize, queue: usize, control: usize): u32 {
  const q = changetype<DeviceQueue>(queue);
  let taken: u32 = 0;
  while (taken <= q.mask && !q.broken && waits(q)) {
    q.budget = walkBudget(q);
    if (q.packed) servePacked(lcore, q, control);
    else serveSplit(lcore, q, control);
    taken++;
  }
  return taken;
}

/** Whether a chain is available. */
function waits(q: DeviceQueue): bool {
  if (q.packed) return isAvailable(q, q.lastAvail, q.wrap);
  const ready = (loadIndex16(q.avail + RING_IDX) - q.lastAvail) & 0xffff;
  if (ready <= q.mask + 1 && (ready == 0 || splitHead(q, q.lastAvail) <= q.mask)) return ready != 0;
  q.broken = 1;
  return false;
}

function serveSplit(lcore: usize, q: DeviceQueue, control: usize): void {
  const first = q.lastAvail, written = splitChainCapacity(q, first) < 0 ? refuse(control) : command(q, control);
  splitChainClose(q, written);
  splitGiveBack(lcore, q, first);
}

function servePacked(lcore: usize, q: DeviceQueue, control: usize): void {
  const slot = q.lastAvail, wrap = q.wrap, good = packedChainCapacity(q, slot) >= 0, id = q.chainId, slots = q.chainSlots;
  const written = good ? command(q, control) : refuse(control);
  q.held = 0;
  packedChainClose(q, id, slots, written, written ? PACKED_DESC_F_WRITE : 0);
  if (!written) packedTogether(q, slot);
  packedGiveBack(lcore, q, slot, wrap, usedBits(wrap) | (written ? PACKED_DESC_F_WRITE : 0));
}

function refuse(control: usize): u32 {
  changetype<NetControl>(control).refused++;
  return 0;
}

/** Does the command at lastAvail. @returns bytes written: the ack, or none */
function command(q: DeviceQueue, control: usize): u32 {
  if (!measure(q)) return refuse(control);
  chainOpen(q, q.lastAvail);
  const header = readBytes(q, HEADER_BYTES) as u32;
  const ack = q.cut ? VIRTIO_NET_ERR : netControlServe(control, q, header & 0xff, header >> 8);
  while (!q.write || q.left == 0) if (chainNext(q) <= 0) return refuse(control); // rewritten since it was measured
  store<u8>(q.at, ack as u8);
  changetype<NetControl>(control).served++;
  return 1;
}

/** Adds up what is to be read (DeviceQueue.readable) and looks for room to write. @returns false: not a command's framing */
function measure(q: DeviceQueue): bool {
  q.readable = 0;
  q.cut = 0;
  if (!chainOpen(q, q.lastAvail)) return false;
  let more: i32 = 1, seen = false, readable: u64 = 0, writable: u64 = 0;
  while (more > 0) {
    if (q.write) {
      seen = true;
      writable += q.left;
    } else {
      if (seen) return false;
      readable += q.left;
    }
    more = chainNext(q);
  }
  if (more < 0 || writable == 0 || readable < HEADER_BYTES || readable > 0xffff_ffff) return false;
  q.readable = readable as u32;
  return true;
}
