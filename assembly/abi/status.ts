// status - what a set-up function returns. TypeScript turns anything but STATUS_OK into an Error with words.
export const STATUS_OK: u32 = 0;
export const STATUS_BAD_SIZE: u32 = 1; // a ring, cache or burst size outside its limits
export const STATUS_BAD_ADDRESS: u32 = 2; // an address outside its window, or not aligned
export const STATUS_FULL: u32 = 3; // a table of fixed capacity is full
export const STATUS_NO_MBUF: u32 = 4; // the mempool cannot give what the set-up needs
// How a slice of the virtual executor ended.
export const SLICE_MORE: u32 = 0; // the poll budget was used up: call again
export const SLICE_DONE: u32 = 1; // no arrival, no timer and nothing moved in a full round: the run is over
export const SLICE_EGRESS: u32 = 2; // an egress buffer reached its high-water mark, or bursts were dumped: hand it out, call again
export const SLICE_INGRESS: u32 = 3; // the ingress index is used up and more was announced: feed, call again
export const SLICE_TRACE: u32 = 4; // the trace buffer is nearly full, or verbose dumps are there: hand them out, call again
export const SLICE_UPCALL: u32 = 5; // a poll of an OVS thread waits for an upcall's answer: answer, call again
