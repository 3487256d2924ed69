// ovs-upcalls - what a datapath thread asks of TypeScript in the middle of a poll, and the answers.
// The question, u32 each, at pmdUpcall(); behind it a struct flow, the packet's key, and another, zero, for the answer's mask.
export const UPCALL_KIND: u32 = 0; // UPCALL_MISS, UPCALL_ACTION
export const UPCALL_PACKET: u32 = 4; // linear address of the first byte
export const UPCALL_LENGTH: u32 = 8; // bytes
export const UPCALL_USERDATA: u32 = 12; // of UPCALL_ACTION: ACTION_USERSPACE's argument
export const UPCALL_DEPTH: u32 = 16; // how often the packet was recirculated
export const UPCALL_ID: u32 = 20; // the packet's number in the run
export const UPCALL_NOW: u32 = 24; // u64: ps
export const UPCALL_KEY: u32 = 64;
export const UPCALL_MASK: u32 = 736; // UPCALL_KEY + FLOW_BYTES
export const UPCALL_BYTES: u32 = 1408;
// Kinds (dpif_upcall_type).
export const UPCALL_MISS: u32 = 0;
export const UPCALL_ACTION: u32 = 1;
// Answers.
export const ANSWER_FAILED: u32 = 0; // the packet is lost
export const ANSWER_INSTALL: u32 = 1; // carry out, and make a megaflow
export const ANSWER_EXECUTE: u32 = 2; // carry out only (ENOSPC)
