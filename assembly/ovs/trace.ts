// trace - records of traced packets' way through the datapath: which cache knew them, why the others did not, what was done with them. Called
// once a burst, a frame or an upcall, only while tracing is on (Pmd.tracing).
import {
  HIT_NO, HIT_YES, TRACE_BIT, TRACE_BYTES, TRACE_DETAIL, TRACE_OVS_ACTION, TRACE_OVS_DPCLS, TRACE_OVS_EMC, TRACE_OVS_KEY, TRACE_OVS_SIMPLE,
  TRACE_OVS_SMC,
} from "../abi/trace";
import { Mbuf } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { traceAt } from "../port/trace";
import { Burst, BURST_FLOWS, burstKey, burstPacket } from "./burst";
import { emcMissed } from "./emc";
import { FlowKey } from "./flow-key";
import { Frame, framePacket } from "./frame";
import { megaflowCookie } from "./megaflow";
import { Pmd } from "./pmd";
import { Rxq } from "./port";

/** One hop of a packet of the burst in hand. */
export function traceHop(pmd: Pmd, m: usize, kind: u32, reason: u32, detail: u32): void {
  const lcore: usize = pmd.tracing, l = changetype<Lcore>(lcore), before = l.traceCount;
  const queue: usize = changetype<Rxq>(pmd.rxq as usize).queue, depth = changetype<Burst>(pmd.burst as usize).depth;
  traceAt(lcore, l.clock, kind, queue, changetype<Mbuf>(m).id, m, 0, depth, reason);
  if (l.traceCount > before) store<u32>(l.traceList + before * TRACE_BYTES, detail, TRACE_DETAIL);
}

/** Likewise of packet i, unless nobody traces. */
// @ts-ignore: decorator
@inline
export function tracePacket(pmd: Pmd, i: u32, kind: u32, reason: u32, detail: u32): void {
  if (pmd.tracing) traceHop(pmd, burstPacket(pmd.burst, i), kind, reason, detail);
}

/** Keys, and the EMC's part before what the SMC finds enters it. looked: false where the EMC is off */
export function traceEmc(pmd: Pmd, misses: u32, looked: bool): void {
  const burst: usize = pmd.burst;
  for (let i: u32 = 0, n = changetype<Burst>(burst).count; i < n; i++) {
    const key = burstKey(burst, i), m = burstPacket(burst, i);
    if (!isTraced(m) || !changetype<FlowKey>(key).map0) continue; // a runt has no key
    traceHop(pmd, m, TRACE_OVS_KEY, 0, changetype<FlowKey>(key).hash);
    if (!looked) continue;
    if (misses & (1 << i)) traceHop(pmd, m, TRACE_OVS_EMC, HIT_NO, emcMissed(pmd.emc, key));
    else traceHop(pmd, m, TRACE_OVS_EMC, HIT_YES, cookieOf(burst, i));
  }
}

/** What came beside the EMC, after the whole lookup. */
export function traceLookup(pmd: Pmd, runts: u32): void {
  const burst: usize = pmd.burst, b = changetype<Burst>(burst);
  for (let i: u32 = 0, n = b.count; i < n; i++) {
    const bit: u32 = 1 << i, m = burstPacket(burst, i);
    if (!isTraced(m) || (runts | b.exact) & bit) continue;
    if (b.onlySimple) {
      traceHit(pmd, m, TRACE_OVS_SIMPLE, b.simple & bit, i);
      if (b.simple & bit) continue;
      traceHop(pmd, m, TRACE_OVS_KEY, 0, changetype<FlowKey>(burstKey(burst, i)).hash);
    } else if (pmd.smcEnable) {
      traceHit(pmd, m, TRACE_OVS_SMC, b.signature & bit, i);
      if (b.signature & bit) continue;
    }
    traceHit(pmd, m, TRACE_OVS_DPCLS, b.masked & bit, i);
  }
}

function traceHit(pmd: Pmd, m: usize, kind: u32, hit: u32, i: u32): void {
  if (hit) traceHop(pmd, m, kind, HIT_YES, cookieOf(pmd.burst, i));
  else traceHop(pmd, m, kind, HIT_NO, 0);
}

/** An action that is about to be carried out on a frame. id: ACTION_*; argument: its first */
export function traceAction(pmd: Pmd, frame: usize, id: u32, argument: u32): void {
  for (let i: u32 = 0, n = changetype<Frame>(frame).count; i < n; i++) traceHop(pmd, framePacket(frame, i), TRACE_OVS_ACTION, id, argument);
}

function isTraced(m: usize): bool {
  return (changetype<Mbuf>(m).id & TRACE_BIT) != 0;
}

function cookieOf(burst: usize, i: u32): u32 {
  return megaflowCookie(load<u32>(burst + (i << 2), BURST_FLOWS) as usize);
}
