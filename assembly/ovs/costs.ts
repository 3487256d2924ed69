// costs - what a burst's lookup costs in virtual time: a stage for each way in which packets find their megaflows.
import {
  STAGE_FWD_OVS, STAGE_OVS_DPCLS, STAGE_OVS_EMC, STAGE_OVS_EMC_MISS, STAGE_OVS_SIMPLE, STAGE_OVS_SMC, STAGE_OVS_SUBTABLE,
} from "../abi/stages";
import { charge, Lcore } from "../memory/lcore-context";
import { Burst } from "./burst";
import { Pmd } from "./pmd";

/** After burstLookup. */
export function chargeLookup(lcore: usize, pmd: Pmd): void {
  if (!changetype<Lcore>(lcore).deferred) return;
  const b = changetype<Burst>(pmd.burst as usize), simple = popcnt<u32>(b.simple) as u32, emc = popcnt<u32>(b.exact) as u32;
  const smc = popcnt<u32>(b.signature) as u32, rest = b.count - simple - emc - smc;
  charge(lcore, STAGE_FWD_OVS, b.count, 0);
  chargeSome(lcore, STAGE_OVS_SIMPLE, simple);
  chargeSome(lcore, STAGE_OVS_EMC, emc);
  if (pmd.emcMin && !b.onlySimple) chargeSome(lcore, STAGE_OVS_EMC_MISS, b.count - emc);
  chargeSome(lcore, STAGE_OVS_SMC, smc);
  chargeSome(lcore, STAGE_OVS_DPCLS, rest);
  if (b.subtables > rest) chargeSome(lcore, STAGE_OVS_SUBTABLE, b.subtables - rest);
}

function chargeSome(lcore: usize, stage: u32, n: u32): void {
  if (n) charge(lcore, stage, n, 0);
}
