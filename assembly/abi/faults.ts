// faults - what the device side of a virtqueue met that the rules forbid. The report's name is the constant's, in lower case and with `ring_` for FAULT_.
// A queue counts each (counters.ts), once while the ring stays where it is.
export const FAULT_HEAD: u32 = 0; // split: the avail ring names a descriptor that the ring does not have
export const FAULT_NEXT: u32 = 1; // split: next leads out of the ring, or out of its table
export const FAULT_LOOP: u32 = 2; // a chain has more descriptors than ring or table, or a burst more than the ring
export const FAULT_ADDRESS: u32 = 3; // a buffer or a table lies in no memory region
export const FAULT_TABLE: u32 = 4; // an indirect table that was not agreed on, is empty, too long, in another one, or no multiple of 16 bytes
export const FAULT_WRITE: u32 = 5; // a buffer towards the driver that the device may only read
export const FAULT_AVAIL_IDX: u32 = 6; // split: more is available than the ring has
export const FAULT_REWRITTEN: u32 = 7; // changed between two looks
export const FAULT_COUNT: u32 = 8;
