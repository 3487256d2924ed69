// policer - the token bucket of ingress and egress policers: rte_meter's srTCM of DPDK 22.11, colour-blind and without excess burst, as
// netdev-dpdk uses it. Follows rte_meter_srtcm_color_blind_check and srtcm_policer_run_single_packet: one time stamp a burst; what is counted
// of a packet is what is behind its Ethernet header.
import { lockGive, lockTake } from "../memory/barrier";
import { Mbuf } from "../mbuf/mbuf";
import { ETHER_BYTES } from "../net/layers";

@unmanaged
export class Policer {
  lock: u32; // ingress: threads share it
  on: u32;
  time: u64; // TSC cycles up to which tokens were given
  tokens: u64; // bytes
  burst: u64; // cbs
  period: u64; // cycles
  perPeriod: u64; // bytes
}

/** burst 0: off. now: TSC cycles. The bucket is full. */
export function policerSet(at: usize, burst: u64, period: u64, perPeriod: u64, now: u64): void {
  const p = changetype<Policer>(at);
  p.on = burst ? 1 : 0;
  p.burst = burst;
  p.tokens = burst;
  p.period = period;
  p.perPeriod = perPeriod;
  p.time = now;
}

/** Splits a burst. packets: u32[n], those that pass go to its front, in order; those that do not to `dropped`. @returns how many pass */
export function policerRun(at: usize, packets: usize, n: u32, dropped: usize, now: u64): u32 {
  const p = changetype<Policer>(at);
  lockTake(at);
  // time that fills no whole period is kept
  const periods = now > p.time ? (now - p.time) / p.period : 0;
  p.time += periods * p.period;
  let tokens = min<u64>(p.tokens + periods * p.perPeriod, p.burst), passed: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const m = load<u32>(packets + (i << 2)), length: u32 = changetype<Mbuf>(m as usize).pktLen - ETHER_BYTES;
    if (tokens >= length) {
      tokens -= length;
      store<u32>(packets + (passed++ << 2), m);
    } else {
      store<u32>(dropped + ((i - passed) << 2), m);
    }
  }
  p.tokens = tokens;
  lockGive(at);
  return passed;
}
