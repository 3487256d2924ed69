// virtqueue - the private state of the two sides of a ring. The driver side is the guest's (virtio PMD), the device side the
// host's (vhost library). Neither struct is in memory that a peer maps.
//
// A packet's id does not travel in ring or buffer: the device writes it to ids[head], the driver reads it there (and the other way
// round on a tx ring). Across a live peer `ids` is a private array that nobody reads.
// Writers: each struct its side's lcore; ids: the side that publishes the descriptor.
// The seam for other layouts (packed) and features is here: layout, headerBytes, mergeable.
import { DEVICE_QUEUE_BYTES } from "../abi/sizes";
import { MBUF_HEADROOM } from "../abi/limits";
import { STATUS_BAD_ADDRESS, STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { mbufRearm } from "../mbuf/mbuf";
import { Mempool } from "../mbuf/mempool";
import { storeFlags16 } from "../memory/barrier";
import { firstGuest, firstLinear, firstSize, GuestMemory } from "./guest-memory";
import { NET_HEADER_NUM_BUFFERS } from "./net-header";
import { RING_F_NO_NOTIFY, ringSizeIsValid, splitRingAvailOffset, splitRingBytes, splitRingUsedOffset } from "./split-ring";

@unmanaged
export class DeviceQueue {
  desc: u32;
  avail: u32;
  used: u32;
  mask: u32; // size - 1
  lastAvail: u32; // free-running mod 65536: next avail entry to take, and, as each is used at once, next used entry to write
  headerBytes: u32; // 10 or 12
  mergeable: u32; // 0 or 1
  guest: u64; // cached region: guest address of its first byte
  fastEnd: u64; // offsets below leave room for the longest copy of the fast path
  linear: u32; // cached region: linear address
  memory: u32; // GuestMemory
  ids: u32; // u32[size]
  pool: u32; // Mempool for received packets
  broken: u32; // 1: met a chain that the rules forbid; the ring stands still, as DPDK's does
  stop: u32; // why the last burst ended early: STOP_*
  rearm: u64; // mbuf_initializer of received packets
  calls: u64;
  burstBytes: u32; // bytes of the packets that the last burst moved
  lostId: u32; // number of the packet of STOP_LOST or STOP_SHORT
  // Where the slow path stands in a chain (split-chain.ts).
  at: u32; // linear address of the next byte of this descriptor's buffer
  left: u32; // bytes left in it
  descriptor: u32; // its index
  steps: u32; // descriptors of this chain walked so far
  chainsLeft: u32; // further chains that the packet being written was measured to need
}

/** Why a burst stopped before its last packet. */
export const STOP_NONE: u32 = 0;
export const STOP_FULL: u32 = 1; // no further buffer available
export const STOP_TOO_BIG: u32 = 2; // the next packet does not fit the next buffer
export const STOP_BROKEN: u32 = 3; // malformed chain: the ring stands still
export const STOP_NO_MBUF: u32 = 4; // dequeue: no mbufs for the burst, the ring is as it was
export const STOP_SHORT: u32 = 5; // dequeue: a chain with nothing behind the net header was consumed
export const STOP_LOST: u32 = 6; // dequeue: a packet was consumed and lost, no mbuf for a further segment

@unmanaged
export class DriverQueue {
  desc: u32;
  avail: u32;
  used: u32;
  mask: u32;
  availIdx: u32; // private copy of what is published
  usedCons: u32; // next used entry to take
  freeHead: u32; // head of the free descriptor list
  freeCount: u32;
  headerBytes: u32;
  mergeable: u32;
  gpa: u64; // guest address minus linear address, modulo 2^64
  freeTail: u32; // its tail: freed descriptors are appended, as vq_ring_free_chain does
  chained: u32; // packets in flight that took more than one descriptor
  mbufs: u32; // u32[size]: the mbuf behind each head
  chains: u32; // {last u16, length u16}[size]: of the chain at each head, where length > 1
  ids: u32; // u32[size], shared with the device side
  headers: u32; // tx: a net header a descriptor, 16 bytes apart, in the window
  scratch: u32; // u32[size]
  pool: u32;
  longest: u32; // rx: bytes that a frame may have beyond the shortest, in one buffer
  headerAt: u32; // rx: where in an mbuf's buffer the net header is
  buffersAt: u32; // and its number of buffers; not mergeable: its flags, so that what is read there is 0 or 1 as well
  freeThreshold: u32; // tx_free_thresh: a burst cleans up first when more than size - this are used
  errors: u32; // rx packets of the last burst that were dropped: their number
  errorPackets: u32; // {id u32, DROP_* u32}[64]: the packets dropped
  rearm: u64;
  kicks: u64;
  burstBytes: u32; // bytes of the packets that the last burst moved
  strays: u32; // used ids so far that stand for no posted buffer: passed over
}

/** Shortest frame the PMD accepts behind the net header: RTE_ETHER_HDR_LEN. */
export const RX_MIN: u32 = 14;

/** Bytes of a side's struct, rounded to cache lines. */
if (offsetof<DeviceQueue>() > DEVICE_QUEUE_BYTES) ERROR();
export const DRIVER_QUEUE_BYTES: u32 = 192;

/** Bytes that a buffer of the fast path may have beyond its packet: so that all of it lies in the cached region, unasked. */
export const FAST_SPARE: u32 = 65000;
/** The longest buffer that the fast path takes without asking the region table: a segment, a header, and what is to spare. */
const FAST_SPAN: u64 = 2 * 65536;

/**
 * Sets up the device side of a ring that lies in the contiguous layout at `ring`, page aligned, and has not been used.
 * Otherwise as deviceQueueAttach.
 */
export function deviceQueueInit(at: usize, ring: usize, size: u32, headerBytes: u32, mergeable: u32, memory: usize, ids: usize, pool: usize, port: u32): u32 {
  if (!ringSizeIsValid(size)) return STATUS_BAD_SIZE;
  if (ring & 4095) return STATUS_BAD_ADDRESS;
  const avail = ring + splitRingAvailOffset(size), used = ring + splitRingUsedOffset(size);
  const result = deviceQueueAttach(at, ring, avail, used, 0, size, headerBytes, mergeable, memory, ids, pool, port);
  if (result == STATUS_OK) deviceQueueWantKicks(at, 0);
  return result;
}

/**
 * Sets up the device side of a ring whose three parts a driver has placed: linear addresses, aligned as the specification demands.
 * at: DEVICE_QUEUE_BYTES, zero. lastAvail: the next avail entry to take, as VHOST_USER_SET_VRING_BASE says. memory: GuestMemory, whose
 * first region is cached. ids: u32[size]. pool: for dequeued packets, 0 on an rx ring
 */
export function deviceQueueAttach(
  at: usize, desc: usize, avail: usize, used: usize, lastAvail: u32, size: u32, headerBytes: u32, mergeable: u32, memory: usize, ids: usize, pool: usize,
  port: u32,
): u32 {
  if (!ringSizeIsValid(size)) return STATUS_BAD_SIZE;
  if (desc & 15 || avail & 1 || used & 3) return STATUS_BAD_ADDRESS;
  const q = changetype<DeviceQueue>(at);
  q.desc = desc as u32;
  q.avail = avail as u32;
  q.used = used as u32;
  q.mask = size - 1;
  q.lastAvail = lastAvail & 0xffff;
  q.headerBytes = headerBytes;
  q.mergeable = mergeable;
  q.memory = memory as u32;
  if (changetype<GuestMemory>(memory).count) {
    const regionSize = firstSize(memory);
    q.guest = firstGuest(memory);
    q.linear = firstLinear(memory);
    q.fastEnd = regionSize > FAST_SPAN ? regionSize - FAST_SPAN : 0;
  }
  q.ids = ids as u32;
  q.pool = pool as u32;
  q.rearm = mbufRearm(port);
  return STATUS_OK;
}

/**
 * Tells the driver whether this side sleeps (1: kicks are wanted) or polls (0), before whatever is looked at next. The only one of these calls
 * that touches the driver's memory.
 */
export function deviceQueueWantKicks(at: usize, wanted: u32): void {
  storeFlags16(changetype<DeviceQueue>(at).used, wanted ? 0 : RING_F_NO_NOTIFY);
}

/** Likewise the device, and its calls. */
export function driverQueueWantCalls(at: usize, wanted: u32): void {
  storeFlags16(changetype<DriverQueue>(at).avail, wanted ? 0 : RING_F_NO_NOTIFY);
}

/** Bytes of a driver side's private arrays: mbufs, chains, scratch, error records. */
export function driverQueueBytes(size: u32): u32 {
  return DRIVER_QUEUE_BYTES + size * 12 + 64 * 8;
}

/**
 * Sets up the driver side and the ring itself, all descriptors free.
 * at: driverQueueBytes, zero. ring: in the window, page aligned, zero. gpa: guest minus linear address. headers: 16 bytes a descriptor, in the window
 * freeThreshold: tx_free_thresh, 0 for DPDK's default min(size / 4, 32)
 */
export function driverQueueInit(
  at: usize, ring: usize, size: u32, headerBytes: u32, mergeable: u32, gpa: u64, ids: usize, headers: usize, pool: usize, port: u32, freeThreshold: u32,
): u32 {
  if (!ringSizeIsValid(size)) return STATUS_BAD_SIZE;
  if (ring & 4095) return STATUS_BAD_ADDRESS;
  if (freeThreshold != 0 && freeThreshold + 3 >= size) return STATUS_BAD_SIZE; // virtio_dev_tx_queue_setup's rule
  const q = changetype<DriverQueue>(at);
  q.desc = ring as u32;
  q.avail = (ring as u32) + splitRingAvailOffset(size);
  q.used = (ring as u32) + splitRingUsedOffset(size);
  q.mask = size - 1;
  q.headerBytes = headerBytes;
  q.mergeable = mergeable;
  q.gpa = gpa;
  q.ids = ids as u32;
  q.headers = headers as u32;
  q.pool = pool as u32;
  q.longest = pool ? changetype<Mempool>(pool).bufferLength - MBUF_HEADROOM - RX_MIN : 0;
  q.headerAt = MBUF_HEADROOM - headerBytes;
  q.buffersAt = q.headerAt + (mergeable ? (NET_HEADER_NUM_BUFFERS as u32) : 0);
  q.mbufs = (at as u32) + DRIVER_QUEUE_BYTES;
  q.chains = q.mbufs + size * 4;
  q.scratch = q.chains + size * 4;
  q.errorPackets = q.scratch + size * 4;
  q.freeCount = size;
  q.freeTail = size - 1;
  q.freeThreshold = freeThreshold ? freeThreshold : min<u32>(size >> 2, 32);
  q.rearm = mbufRearm(port);
  for (let i: u32 = 0; i < size; i++) store<u16>(q.desc + (i << 4), ((i + 1) & q.mask) as u16, 14);
  store<u16>(q.avail, 1); // polls: wants no call
  return STATUS_OK;
}

/** Leaves a driver side, as it was set up, at most `descriptors` of its ring. Source: vq_free_cnt of virtio_dev_rx_queue_setup, 22.11 */
export function driverQueueLimit(at: usize, descriptors: u32): void {
  const q = changetype<DriverQueue>(at);
  q.freeCount = min<u32>(q.freeCount, descriptors);
}

/** The next avail entry that a device side takes: VHOST_USER_GET_VRING_BASE's answer. */
export function deviceQueuePosition(at: usize): u32 {
  return changetype<DeviceQueue>(at).lastAvail & 0xffff;
}

/** (stop, broken, calls, burstBytes) of a device side as u64[4] at `to`: for tests and the console. */
export function deviceQueueState(at: usize, to: usize): void {
  const q = changetype<DeviceQueue>(at);
  store<u64>(to, q.stop);
  store<u64>(to, q.broken, 8);
  store<u64>(to, q.calls, 16);
  store<u64>(to, q.burstBytes, 24);
}

/** (freeCount, errors, kicks, burstBytes, strays) of a driver side as u64[5] at `to`. */
export function driverQueueState(at: usize, to: usize): void {
  const q = changetype<DriverQueue>(at);
  store<u64>(to, q.freeCount);
  store<u64>(to, q.errors, 8);
  store<u64>(to, q.kicks, 16);
  store<u64>(to, q.burstBytes, 24);
  store<u64>(to, q.strays, 32);
}

/** Bytes in a guest's window that a ring needs, and those of its tx headers. */
export function virtqueueWindowBytes(size: u32): u32 {
  return ((splitRingBytes(size) + 4095) & ~4095) + size * 16;
}
