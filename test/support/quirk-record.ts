// quirk-record - all hand-made rings, played on one device; and what the real net_vhost of DPDK 22.11 did with them.
import { readFileSync } from "node:fs";
import { type QuirkCase, SPLIT_CASES } from "./quirk-cases.ts";
import { type QuirkDevice, QuirkDriver } from "./quirk-driver.ts";
import { LOG_CASES, PACKED_LOG_CASES } from "./quirk-log-cases.ts";
import { PACKED_CASES, REQUEST_CASES } from "./quirk-packed-cases.ts";

export const QUIRK_CASES: readonly QuirkCase[] = [
  ...SPLIT_CASES,
  ...PACKED_CASES,
  ...REQUEST_CASES,
  ...LOG_CASES,
  ...PACKED_LOG_CASES,
];

/** Lines of each case, by name; of `dpdk-testpmd` 22.11. */
export const QUIRKS_RECORDED = new URL("../recorded/dpdk-quirks.json", import.meta.url);

export function recordedQuirks(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(QUIRKS_RECORDED, "utf8"));
}

/** @returns what the driver saw, a line a look */
export async function playQuirk(device: QuirkDevice, { options, play }: QuirkCase): Promise<readonly string[]> {
  const driver = await QuirkDriver.connect(device, options);
  try {
    await play(driver);
    return driver.seen;
  } finally {
    await driver.close();
  }
}
