// control-driver - the driver side of a control queue: one command at a time, as a descriptor for class and command, one for each part of its data, and
// a writable one for the ack byte. virtio 1.3, 5.1.6.5; follows virtio_send_command_split and _packed of DPDK 22.11: a split ring's command
// begins at descriptor 0 again, a packed ring's where the last one ended.
//
// Invariants: C3 nothing is asked of the ring's free list, which the device may write. C4 an answer counts only from the chain that is in flight: any
// other id breaks the ring. The ack is 0xff before the device writes it, so a command given back without one has failed.
// Writers: desc, avail, DriverQueue: this side.
import { CONTROL_ACK, CONTROL_DATA, CONTROL_PARTS_MAX, CONTROL_PENDING, VIRTIO_NET_ERR } from "../abi/control";
import { loadIndex16, publish16 } from "../memory/barrier";
import { splitKick } from "./notification";
import { isUsed, passAvail, passUsed, publish, usedWord } from "./packed-driver";
import { availBits, PACKED_DESC_F_NEXT, PACKED_DESC_F_WRITE, PACKED_FLAGS, PACKED_ID, PACKED_LEN, WORD_ID } from "./packed-ring";
import { DESC_FLAGS, DESC_LEN, DESC_NEXT, RING_ENTRIES, RING_IDX, VRING_DESC_F_NEXT, VRING_DESC_F_WRITE } from "./split-ring";
import { DriverQueue } from "./virtqueue";

const HEADER_BYTES: u32 = 2;
const NO_ACK: u8 = 0xff;

/**
 * Sends a command. at: class, command, ack, data (CONTROL_*), in the window. parts: u32[n], bytes of each part of the data
 * @returns false: one is in flight, or it takes more descriptors than the ring has
 */
export function controlPost(lcore: usize, queue: usize, at: usize, parts: usize, n: u32): bool {
  const q = changetype<DriverQueue>(queue), slots = n + 2;
  if (q.broken || q.freeCount <= q.mask || n > CONTROL_PARTS_MAX || slots > q.mask + 1) return false;
  store<u8>(at, NO_ACK, CONTROL_ACK);
  q.command = at as u32;
  q.freeCount -= slots;
  if (q.packed) postPacked(lcore, q, at, parts, n);
  else postSplit(lcore, q, at, parts, n);
  return true;
}

/** Bytes of part i of n + 2, header and ack included. */
function partBytes(parts: usize, n: u32, i: u32): u32 {
  if (i == 0) return HEADER_BYTES;
  return i > n ? 1 : load<u32>(parts + ((i - 1) << 2));
}

/** Where part i begins: the header in front, the ack behind it, then the data. from: where data part i does */
function partAt(at: usize, n: u32, i: u32, from: u32): usize {
  if (i == 0) return at;
  return at + (i > n ? CONTROL_ACK : from);
}

function postSplit(lcore: usize, q: DriverQueue, at: usize, parts: usize, n: u32): void {
  let from = CONTROL_DATA;
  for (let i: u32 = 0; i <= n + 1; i++) {
    const d: usize = q.desc + (i << 4), bytes = partBytes(parts, n, i);
    store<u64>(d, q.gpa + partAt(at, n, i, from));
    store<u32>(d, bytes, DESC_LEN);
    store<u16>(d, (i > n ? VRING_DESC_F_WRITE : VRING_DESC_F_NEXT) as u16, DESC_FLAGS);
    store<u16>(d, (i > n ? 0 : i + 1) as u16, DESC_NEXT);
    if (i > 0) from += bytes;
  }
  const old = q.availIdx;
  store<u16>(q.avail + ((old & q.mask) << 1), 0, RING_ENTRIES);
  q.availIdx = (old + 1) & 0xffff;
  publish16(lcore, q.avail + RING_IDX, q.availIdx);
  splitKick(q, old);
}

function postPacked(lcore: usize, q: DriverQueue, at: usize, parts: usize, n: u32): void {
  const slot = q.availIdx, wrap = q.availWrap;
  let from = CONTROL_DATA;
  q.nextId = slot;
  for (let i: u32 = 0; i <= n + 1; i++) {
    const d: usize = q.desc + (q.availIdx << 4), bytes = partBytes(parts, n, i);
    store<u64>(d, q.gpa + partAt(at, n, i, from));
    store<u32>(d, bytes, PACKED_LEN);
    store<u16>(d, slot as u16, PACKED_ID);
    if (i > 0) {
      store<u16>(d, (availBits(q.availWrap) | (i > n ? PACKED_DESC_F_WRITE : PACKED_DESC_F_NEXT)) as u16, PACKED_FLAGS);
      from += bytes;
    }
    passAvail(q, 1);
  }
  publish(lcore, q, slot, wrap, PACKED_DESC_F_NEXT);
}

/** The ack of the command in flight, which then is no more. @returns CONTROL_PENDING: not used yet, or there is none */
export function controlAnswer(queue: usize): u32 {
  const q = changetype<DriverQueue>(queue), slots = q.mask + 1 - q.freeCount;
  if (slots == 0) return CONTROL_PENDING;
  if (q.broken) return VIRTIO_NET_ERR;
  if (q.packed) {
    const word = usedWord(q);
    if (!isUsed(q, word)) return CONTROL_PENDING;
    if ((((word >> WORD_ID) & 0xffff) as u32) != q.nextId) return stray(q);
    passUsed(q, slots);
  } else {
    const used = (loadIndex16(q.used + RING_IDX) - q.usedCons) & 0xffff;
    if (used == 0) return CONTROL_PENDING;
    if (used != 1 || load<u32>(q.used + ((q.usedCons & q.mask) << 3), RING_ENTRIES) != 0) return stray(q);
    q.usedCons = (q.usedCons + 1) & 0xffff;
  }
  q.freeCount = q.mask + 1;
  return load<u8>(q.command, CONTROL_ACK);
}

function stray(q: DriverQueue): u32 {
  q.strays++;
  q.broken = 1;
  return VIRTIO_NET_ERR;
}
