// counters - the u64 counters of one queue in one direction, written once a burst by the lcore that owns the queue.
// Then DROP_COUNT counters, one a drop reason (drops.ts), and FAULT_COUNT, one a fault of a virtqueue (faults.ts).
export const COUNTER_PACKETS: u32 = 0; // returned by rx burst, or accepted by tx burst
export const COUNTER_BYTES: u32 = 1; // their bytes, without FCS
export const COUNTER_ERRORS: u32 = 2; // rx: malformed; ethdev's ierrors
export const COUNTER_NOMBUF: u32 = 3; // rx: allocations that failed; ethdev's rx_nombuf
export const COUNTER_RECEIVED: u32 = 4; // entered the simulation here, whatever became of them
export const COUNTER_GENERATED: u32 = 5; // made here by an engine or a generating port
export const COUNTER_SENT: u32 = 6; // left the simulation here
export const COUNTER_CONSUMED: u32 = 7; // ended here by design: rxonly, a null port's tx
export const COUNTER_NOTIFIED: u32 = 8; // kicks or calls given to the other side
export const COUNTER_COPIED: u32 = 9; // copies made of packets received here
export const COUNTER_DROPS: u32 = 10; // first of DROP_COUNT
export const COUNTER_FAULTS: u32 = 59; // first of FAULT_COUNT: COUNTER_DROPS + DROP_COUNT
export const COUNTER_COUNT: u32 = 72; // counters a queue has room for (COUNTER_FAULTS + FAULT_COUNT, rounded to cache lines)
