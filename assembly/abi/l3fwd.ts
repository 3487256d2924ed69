// l3fwd - how an lcore of l3fwd-power spends time in which nothing arrives.
export const L3FWD_POLL: u32 = 0; // it polls: --telemetry, --pmd-mgmt
export const L3FWD_INTERRUPT: u32 = 1; // pauses of a microsecond, then it sleeps until an rx interrupt comes
export const L3FWD_PAUSE: u32 = 2; // likewise, but its rx queues have no interrupts ("RX interrupt won't enable.")
