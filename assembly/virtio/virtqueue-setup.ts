// virtqueue-setup - where a ring's parts lie, how both sides of a ring are set up, and what is asked of them from outside. Both layouts.
import {
  RING_CALLED, RING_DISCARDS, RING_DPDK_QUIRKS, RING_EVENT_IDX, RING_IN_ORDER, RING_INDIRECT, RING_LEGACY_FLAGS, RING_MERGEABLE, RING_OFFLOADS, RING_PACKED, RING_VECTOR,
} from "../abi/features";
import { MBUF_HEADROOM } from "../abi/limits";
import { STATUS_BAD_ADDRESS, STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { mbufRearm } from "../mbuf/mbuf";
import { Mempool } from "../mbuf/mempool";
import { firstGuest, firstLinear, firstSize, GuestMemory } from "./guest-memory";
import { NET_HEADER_NUM_BUFFERS } from "./net-header";
import { deviceQueueWantKicks, driverQueueWantCalls } from "./notification";
import { packedRingDeviceOffset, packedRingDriverOffset, packedSizeIsValid } from "./packed-ring";
import { ringSizeIsValid, splitRingAvailOffset, splitRingBytes, splitRingUsedOffset } from "./split-ring";
import { DeviceQueue, DRIVER_QUEUE_BYTES, DriverQueue, RX_MIN, TX_HEADER_BYTES, TX_INDIRECT_MAX } from "./virtqueue";

/** The longest buffer that the fast path takes without asking the region table: a segment, a header, and what is to spare. */
const FAST_SPAN: u64 = 2 * 65536;

function sizeIsValid(size: u32, agreed: u32): bool {
  return agreed & RING_PACKED ? packedSizeIsValid(size) : ringSizeIsValid(size);
}

/** Offsets of a ring's second and third part, and the whole, in DPDK's contiguous layout. agreed: RING_* */
export function ringAvailOffset(size: u32, agreed: u32): u32 {
  return agreed & RING_PACKED ? packedRingDriverOffset(size) : splitRingAvailOffset(size);
}

export function ringUsedOffset(size: u32, agreed: u32): u32 {
  return agreed & RING_PACKED ? packedRingDeviceOffset(size) : splitRingUsedOffset(size);
}

export function ringBytes(size: u32, agreed: u32): u32 {
  return agreed & RING_PACKED ? packedRingDeviceOffset(size) + 4 : splitRingBytes(size);
}

/** Bytes in the window behind each tx descriptor: a net header and, with indirect descriptors, a table. */
export function txRegionBytes(agreed: u32): u32 {
  return TX_HEADER_BYTES + (agreed & RING_INDIRECT ? TX_INDIRECT_MAX << 4 : 0);
}

/**
 * Sets up the device side of a ring that lies in the contiguous layout at `ring`, page aligned, and has not been used.
 * Otherwise as deviceQueueAttach.
 */
export function deviceQueueInit(at: usize, ring: usize, size: u32, headerBytes: u32, agreed: u32, memory: usize, ids: usize, pool: usize, port: u32): u32 {
  if (!sizeIsValid(size, agreed)) return STATUS_BAD_SIZE;
  if (ring & 4095) return STATUS_BAD_ADDRESS;
  const avail = ring + ringAvailOffset(size, agreed), used = ring + ringUsedOffset(size, agreed);
  const position: u32 = agreed & RING_PACKED ? 0x8000 : 0;
  const result = deviceQueueAttach(at, ring, avail, used, position, size, headerBytes, agreed, memory, ids, pool, port);
  if (result == STATUS_OK) deviceQueueWantKicks(at, 0);
  return result;
}

/**
 * Sets up the device side of a ring whose three parts a driver has placed: linear addresses, aligned as the specification demands.
 * at: DEVICE_QUEUE_BYTES, zero. position: the next avail entry to take, as VHOST_USER_SET_VRING_BASE says; packed: a slot below `size`, and its wrap
 * counter in bit 15. agreed: RING_*. memory: GuestMemory, whose first region is cached. ids: u32[size]. pool: for dequeued packets, 0 on an rx ring
 */
export function deviceQueueAttach(
  at: usize, desc: usize, avail: usize, used: usize, position: u32, size: u32, headerBytes: u32, agreed: u32, memory: usize, ids: usize, pool: usize,
  port: u32,
): u32 {
  const packed: u32 = agreed & RING_PACKED ? 1 : 0;
  if (!sizeIsValid(size, agreed) || (packed && (position & 0x7fff) >= size)) return STATUS_BAD_SIZE;
  if (desc & 15 || avail & (packed ? 3 : 1) || used & 3) return STATUS_BAD_ADDRESS;
  const q = changetype<DeviceQueue>(at);
  q.desc = desc as u32;
  q.avail = avail as u32;
  q.used = used as u32;
  q.mask = size - 1;
  q.lastAvail = packed ? position & 0x7fff : position & 0xffff;
  q.wrap = (position >> 15) & 1;
  q.packed = packed;
  q.inOrder = agreed & RING_IN_ORDER ? 1 : 0;
  q.indirect = agreed & RING_INDIRECT ? 1 : 0;
  q.eventIdx = agreed & RING_EVENT_IDX ? 1 : 0;
  q.headerBytes = headerBytes;
  q.mergeable = agreed & RING_MERGEABLE;
  q.offloads = agreed & RING_OFFLOADS ? 1 : 0;
  q.legacy = agreed & RING_LEGACY_FLAGS ? 1 : 0;
  q.discards = agreed & RING_DISCARDS ? 1 : 0;
  q.quirks = agreed & RING_DPDK_QUIRKS ? 1 : 0;
  q.keeps = q.quirks && !q.mergeable && headerBytes > NET_HEADER_NUM_BUFFERS ? 1 : 0;
  q.careful = q.offloads | q.keeps;
  q.uncalled = q.quirks && q.eventIdx && !(agreed & RING_CALLED) ? 1 : 0;
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

/** Bytes of a driver side's private arrays: mbufs, chains, scratch, error records. */
export function driverQueueBytes(size: u32): u32 {
  return DRIVER_QUEUE_BYTES + size * 12 + 64 * 8;
}

/**
 * Sets up the driver side and the ring itself, all descriptors free.
 * at: driverQueueBytes, zero. ring: in the window, page aligned, zero. agreed: RING_*. gpa: guest minus linear address. headers: txRegionBytes
 * a descriptor, in the window
 * freeThreshold: tx_free_thresh, 0 for DPDK's default min(size / 4, 32)
 */
export function driverQueueInit(
  at: usize, ring: usize, size: u32, headerBytes: u32, agreed: u32, gpa: u64, ids: usize, headers: usize, pool: usize, port: u32, freeThreshold: u32,
): u32 {
  if (!sizeIsValid(size, agreed)) return STATUS_BAD_SIZE;
  if (ring & 4095) return STATUS_BAD_ADDRESS;
  if (freeThreshold != 0 && freeThreshold + 3 >= size) return STATUS_BAD_SIZE; // virtio_dev_tx_queue_setup's rule
  const q = changetype<DriverQueue>(at);
  q.desc = ring as u32;
  q.avail = (ring as u32) + ringAvailOffset(size, agreed);
  q.used = (ring as u32) + ringUsedOffset(size, agreed);
  q.mask = size - 1;
  q.headerBytes = headerBytes;
  q.mergeable = agreed & RING_MERGEABLE;
  q.offloads = agreed & RING_OFFLOADS ? 1 : 0;
  q.packed = agreed & RING_PACKED ? 1 : 0;
  q.inOrder = agreed & RING_IN_ORDER ? 1 : 0;
  q.indirect = agreed & RING_INDIRECT ? 1 : 0;
  q.eventIdx = agreed & RING_EVENT_IDX ? 1 : 0;
  q.availWrap = 1;
  q.usedWrap = 1;
  q.gpa = gpa;
  q.ids = ids as u32;
  q.headers = headers as u32;
  q.headerStride = txRegionBytes(agreed);
  q.pool = pool as u32;
  q.vector = agreed & RING_VECTOR ? 1 : 0;
  q.shortest = q.vector ? 1 : RX_MIN;
  q.longest = pool ? changetype<Mempool>(pool).bufferLength - MBUF_HEADROOM - q.shortest : 0;
  q.headerAt = MBUF_HEADROOM - headerBytes;
  q.buffersAt = q.headerAt + (q.mergeable ? (NET_HEADER_NUM_BUFFERS as u32) : 0);
  q.mbufs = (at as u32) + DRIVER_QUEUE_BYTES;
  q.chains = q.mbufs + size * 4;
  q.scratch = q.chains + size * 4;
  q.errorPackets = q.scratch + size * 4;
  q.freeCount = size;
  q.freeTail = size - 1;
  q.freeThreshold = freeThreshold ? freeThreshold : min<u32>(size >> 2, 32);
  q.rearm = mbufRearm(port);
  if (!q.packed) for (let i: u32 = 0; i < size; i++) store<u16>(q.desc + (i << 4), ((i + 1) & q.mask) as u16, 14);
  driverQueueWantCalls(at, 0); // it polls
  return STATUS_OK;
}

/** Leaves a driver side, as it was set up, at most `descriptors` of its ring. Source: vq_free_cnt of virtio_dev_rx_queue_setup, 22.11 */
export function driverQueueLimit(at: usize, descriptors: u32): void {
  const q = changetype<DriverQueue>(at);
  if (descriptors >= q.freeCount) return;
  q.freeCount = descriptors;
  q.partial = 1;
}

/** The next avail entry that a device side takes: VHOST_USER_GET_VRING_BASE's answer; packed: a slot, its wrap counter in bit 15. */
export function deviceQueuePosition(at: usize): u32 {
  const q = changetype<DeviceQueue>(at);
  return q.packed ? q.lastAvail | (q.wrap << 15) : q.lastAvail & 0xffff;
}

/** (stop, broken, calls, burstBytes) of a device side as u64[4] at `to`: for tests and the console. */
export function deviceQueueState(at: usize, to: usize): void {
  const q = changetype<DeviceQueue>(at);
  store<u64>(to, q.stop);
  store<u64>(to, q.broken, 8);
  store<u64>(to, q.calls, 16);
  store<u64>(to, q.burstBytes, 24);
}

/** (freeCount, errors, kicks, burstBytes, strays, broken) of a driver side as u64[6] at `to`. */
export function driverQueueState(at: usize, to: usize): void {
  const q = changetype<DriverQueue>(at);
  store<u64>(to, q.freeCount);
  store<u64>(to, q.errors, 8);
  store<u64>(to, q.kicks, 16);
  store<u64>(to, q.burstBytes, 24);
  store<u64>(to, q.strays, 32);
  store<u64>(to, q.broken, 40);
}

/** Bytes in a guest's window that a ring of either layout needs, and those of its tx headers. */
export function virtqueueWindowBytes(size: u32, agreed: u32): u32 {
  return ((splitRingBytes(size) + 4095) & ~4095) + size * txRegionBytes(agreed);
}

/** Other offloads were agreed on, rings being as they are. agreed: RING_OFFLOADS and RING_LEGACY_FLAGS count */
export function deviceQueueOffloads(at: usize, agreed: u32): void {
  const q = changetype<DeviceQueue>(at);
  q.offloads = agreed & RING_OFFLOADS ? 1 : 0;
  q.careful = q.offloads | q.keeps;
  q.legacy = agreed & RING_LEGACY_FLAGS ? 1 : 0;
}

export function driverQueueOffloads(at: usize, agreed: u32): void {
  changetype<DriverQueue>(at).offloads = agreed & RING_OFFLOADS ? 1 : 0;
}
