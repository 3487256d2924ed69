// option-older - what 22.11 does not take and we do: the documents' older spellings, each with a line that says what it means
// today, and the options that are ours. They must be written out, so that no abbreviation of 22.11 changes its meaning.
import type { Apply, OptionRun } from "./option-run.ts";
import { chooseForwardMode } from "./setters.ts";

export interface ExtraOption {
  readonly name: string;
  readonly argument: "none" | "required";
  readonly apply: Apply;
}

function remark(run: OptionRun, text: string): void {
  run.err(`ringbed: ${text}\n`);
}

/** Options of DPDK up to 17.11: accepted without effect. */
const OLDER: readonly (readonly [name: string, argument: "none" | "required", today: string])[] = [
  ["txqflags", "required", "Tx offloads are chosen by --tx-offloads today"],
  ["disable-hw-vlan", "none", "VLAN offloads are off today, unless --enable-hw-vlan"],
  ["disable-hw-vlan-filter", "none", "the VLAN filter is off today, unless --enable-hw-vlan-filter"],
  ["disable-hw-vlan-strip", "none", "VLAN stripping is off today, unless --enable-hw-vlan-strip"],
  ["disable-hw-vlan-extend", "none", "extended VLAN is off today, unless --enable-hw-vlan-extend"],
  ["crc-strip", "none", "the CRC is stripped today, unless --disable-crc-strip"],
];

/** Ours. */
const OURS: readonly ExtraOption[] = [
  { name: "virtual", argument: "none", apply: (run) => (run.virtual = true) },
  { name: "dpdk-quirks", argument: "none", apply: () => {} }, // devices were told: DeviceContext
  { name: "idle", argument: "none", apply: (run) => (run.settings.idle = true) },
];

export const EXTRA_OPTIONS: readonly ExtraOption[] = [
  ...OLDER.map(([name, argument, today]): ExtraOption => {
    return { name, argument, apply: (run) => remark(run, `--${name} is of DPDK 17.11 and older: ${today}`) };
  }),
  ...OURS,
];

/** Forwarding modes of DPDK up to 16.04. @returns false when it is none of them */
export function chooseOlderMode(run: OptionRun, mode: string): boolean {
  if (mode === "mac_fwd") {
    remark(run, "--forward-mode=mac_fwd is called mac");
    chooseForwardMode(run, run.settings, "mac");
  } else if (mode === "mac_retry") {
    remark(run, "--forward-mode=mac_retry is of DPDK 16.04 and older: mac with `set fwd mac retry` today");
    chooseForwardMode(run, run.settings, "mac_retry");
  } else {
    return false;
  }
  return true;
}
