// virtqueue - the private state of the two sides of a ring. The driver side is the guest's (virtio PMD), the device side the
// host's (vhost library). Neither struct is in memory that a peer maps.
//
// A packet's id does not travel in ring or buffer: the device writes it to ids[head], the driver reads it there (and the other way
// round on a tx ring). Across a live peer `ids` is a private array that nobody reads.
// Writers: each struct its side's lcore; ids: the side that publishes the descriptor.
// One struct a side serves both layouts: what only one of them has is said beside the field.
import { DEVICE_QUEUE_BYTES } from "../abi/sizes";

@unmanaged
export class DeviceQueue {
  desc: u32;
  avail: u32; // packed: the driver's event area
  used: u32; // packed: the device's event area
  mask: u32; // size - 1
  // Next entry to take and, as each is used at once, to write: split: avail and used index, free-running mod 65536; packed: slot
  lastAvail: u32;
  wrap: u32; // packed: wrap counter of that slot
  packed: u32; // 0 or 1, like the next three: what was agreed on
  inOrder: u32;
  indirect: u32;
  eventIdx: u32;
  interrupt: u32; // Interrupt: its vector in virtual time, 0: whoever polls it counts calls (live: rings a bell)
  headerBytes: u32; // 10 or 12
  mergeable: u32; // 0 or 1
  guest: u64; // cached region: guest address of its first byte
  fastEnd: u64; // offsets below leave room for the longest copy of the fast path
  linear: u32; // cached region: linear address
  memory: u32; // GuestMemory
  ids: u32; // u32[size]
  pool: u32; // Mempool for received packets
  broken: u32; // 1: met a chain that the rules forbid; the ring stands still
  stop: u32; // why the last burst ended early: STOP_*
  rearm: u64; // mbuf_initializer of received packets
  calls: u64;
  burstBytes: u32; // bytes of the packets that the last burst moved
  lostId: u32; // number of the packet of STOP_LOST or STOP_SHORT
  offloads: u32; // 0 or 1: net headers may ask for checksums and segmentation
  legacy: u32; // 0 or 1: what they ask for becomes Tx flags
  request: u64; // slow path: the header in hand, its first eight bytes (net-header.ts),
  requestOffset: u32; // and its csum_offset
  // Where the slow path stands in a chain (split-chain.ts).
  at: u32; // linear address of the next byte of this descriptor's buffer
  left: u32; // bytes left in it
  descriptor: u32; // its index
  steps: u32; // descriptors of this chain walked so far
  chainsLeft: u32; // further chains that the packet being written was measured to need
  table: u32; // linear address of the indirect table (packed: of the entry in it), 0: in none
  entries: u32; // its length (packed: entries behind the cursor)
  more: u32; // the descriptor at the cursor has NEXT,
  next: u32; // and (split) this next
  // Packed: the burst's first used descriptor is published last (packed-device.ts).
  held: u32; // 1: there is one
  lastId: u32; // buffer id of the last chain used, which in order stands for the whole burst
  chainId: u32; // of the chain that the cursor is in: its buffer id as far as it was seen (split: its head),
  chainSlots: u32; // and the slots it takes
  log: u32; // linear address of the dirty log (dirty-log.ts), 0: none,
  logBytes: u32; // its length,
  logsUsed: u32; // 1: it is told of the ring's own pages too
  budget: u32; // descriptors and table entries that the slow path may still look at in this burst
  write: u32; // the buffer at the cursor is the device's to write
  // Of a control queue's command (control-device.ts).
  readable: u32; // bytes left to read, as measured
  cut: u32; // 1: they were not there, so the chain was rewritten since
  tableGuest: u64; // the indirect table's guest address
  entry0: u64; // an entry of a table that lies in several regions,
  entry1: u64; // as copied from there
  restGuest: u64; // what is left of the descriptor's buffer in further regions: where,
  rest: u32; // and how much
  writes: u32; // 1: the chain in hand is to be written
  fault: u32; // 1 + FAULT_*: what the last burst met; 0: nothing
  faultAt: u32; // 1 + lastAvail where a fault was counted last
  discards: u32; // 1: what is received is dropped: the ring is disabled
  // What DPDK's vhost library does otherwise (RING_DPDK_QUIRKS).
  quirks: u32; // 0 or 1
  careful: u32; // 0: a burst towards the driver may take the usual way whatever its packets ask for
  keeps: u32; // 1: num_buffers is left as it was
  uncalled: u32; // 1: the ring's first burst, which is called for
  vectors: u32; // pieces of memory that the packet in hand was found to need
  heldFlags: u32; // packed: flags of the burst's first used descriptor
}

/** Why a burst stopped before its last packet. */
export const STOP_NONE: u32 = 0;
export const STOP_FULL: u32 = 1; // no further buffer available
export const STOP_TOO_BIG: u32 = 2; // the next packet does not fit the next buffer
export const STOP_BROKEN: u32 = 3; // malformed chain: the ring stands still
export const STOP_NO_MBUF: u32 = 4; // dequeue: no mbufs for the burst, the ring is as it was
export const STOP_SHORT: u32 = 5; // dequeue: a chain with nothing behind the net header was consumed
export const STOP_LOST: u32 = 6; // dequeue: a packet was consumed and lost, no mbuf for a further segment
export const STOP_MALFORMED: u32 = 7; // dequeue: a chain that the rules forbid was consumed (packed; split: it was rewritten since it was measured)

@unmanaged
export class DriverQueue {
  desc: u32;
  avail: u32; // packed: the driver's event area
  used: u32; // packed: the device's event area
  mask: u32;
  availIdx: u32; // private copy of what is published; packed: next slot to make available
  usedCons: u32; // next used entry to take; packed: its slot
  availWrap: u32; // packed: wrap counters of those slots
  usedWrap: u32;
  packed: u32; // 0 or 1, like the next three: what was agreed on
  inOrder: u32;
  indirect: u32;
  eventIdx: u32;
  broken: u32; // 1: the device wrote into the free list, or (packed, in order) used what was never made available
  batchLast: u32; // in order: 1 + the id up to which the device gave buffers back by one entry that was taken in part, 0: none
  batchLength: u32; // and the length in that entry
  nextId: u32; // packed: where the search for a free id begins; split in order, tx: the head of the oldest chain in flight
  partial: u32; // 1: the driver uses fewer descriptors than the ring has
  freeHead: u32; // split: head of the free descriptor list
  freeCount: u32;
  headerBytes: u32;
  mergeable: u32;
  gpa: u64; // guest address minus linear address, modulo 2^64
  freeTail: u32; // split: its tail: freed descriptors are appended, as vq_ring_free_chain does
  chained: u32; // packets in flight that took more than one descriptor
  mbufs: u32; // u32[size]: the mbuf behind each head
  chains: u32; // {last u16, length u16}[size]: of the chain at each head or id, where length > 1 (last: split)
  ids: u32; // u32[size], shared with the device side
  headers: u32; // tx: a net header and, with indirect descriptors, a table for each descriptor or id, in the window
  headerStride: u32; // bytes between them
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
  vector: u32; // 1: a vector burst function serves this ring; it neither needs headers nor refills to the brim
  shortest: u32; // rx: the shortest frame that is taken: RX_MIN, by a vector path 1
  missing: u32; // rx by a vector path: mbufs that the last burst asked for in vain
  offloads: u32; // 0 or 1: net headers may ask for checksums and segmentation
  command: u32; // of a control queue: where the command in flight lies
}

/** Shortest frame the PMD accepts behind the net header: RTE_ETHER_HDR_LEN. */
export const RX_MIN: u32 = 14;

/** Bytes of a side's struct, rounded to cache lines. */
if (offsetof<DeviceQueue>() > DEVICE_QUEUE_BYTES) ERROR();

export const DRIVER_QUEUE_BYTES: u32 = 256;
if (offsetof<DriverQueue>() > DRIVER_QUEUE_BYTES) ERROR();

/** Entries of an indirect table that the driver fills at most (VIRTIO_MAX_TX_INDIRECT), and bytes of a net header's place in front of it. */
export const TX_INDIRECT_MAX: u32 = 8;
export const TX_HEADER_BYTES: u32 = 16;

/**
 * Descriptors and table entries that the slow path looks at in a burst: chains of one ring share no descriptor, so N for them and N for the tables
 * that drivers use, and some more. Without it a ring whose every chain is every descriptor takes N x N steps a packet.
 */
// @ts-ignore: decorator
@inline
export function walkBudget(q: DeviceQueue): u32 {
  return ((q.mask + 1) << 1) + 65536;
}

/** Notes what is wrong with the chain in hand, 1 + FAULT_*. @returns false */
export function refuse(q: DeviceQueue, fault: u32): bool {
  q.fault = fault + 1;
  return false;
}

/** The ring cannot go on: it stands still for good; DPDK's looks at the same place again in the next burst. @returns STOP_BROKEN */
export function breakRing(q: DeviceQueue): u32 {
  if (!q.quirks) q.broken = 1;
  return STOP_BROKEN;
}

/** Bytes that a buffer of the fast path may have beyond its packet: so that all of it lies in the cached region, unasked. */
export const FAST_SPARE: u32 = 65000;
