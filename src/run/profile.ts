// profile - the cost profile: what each stage of the data plane costs, in cycles per poll, burst, packet and byte of one clock. It is
// what makes virtual time pass; its figures are a model's, measured on real testpmd, never a claim about hardware.
import * as stages from "../../assembly/abi/stages.ts";
import { UsageError } from "../errors.ts";

export interface Profile {
  readonly name: string;
  readonly clockHz: number;
  readonly note: string;
  /** picoseconds (poll, burst, packet, byte) by stage id */
  readonly costs: readonly (readonly [number, number, number, number])[];
}

/** Stage names by id: STAGE_NIC_RX is `nic.rx`, STAGE_FWD_MAC_RETRY is `fwd.mac_retry`, STAGE_OVS_EMC_MISS is `ovs.emc_miss`. */
export const STAGE_NAMES: readonly string[] = Object.entries(stages)
  .filter(([name]) => /^STAGE_[A-Z_]+_(RX|TX)$|^STAGE_(FWD|OVS|INTERRUPT)_/.test(name))
  .sort(([, a], [, b]) => a - b)
  .map(([name]) =>
    /^STAGE_(FWD|OVS|INTERRUPT)_/.test(name)
      ? name.slice("STAGE_".length).toLowerCase().replace("_", ".")
      : name.slice("STAGE_".length).toLowerCase().replace("_", "."),
  );

const PARTS = ["poll", "burst", "packet", "byte"] as const;
const U32_MAX = 2 ** 32 - 1;

/** Reads a profile's JSON. @throws UsageError naming the stage and part that is missing or out of range */
export function parseProfile(text: string, name: string): Profile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `profile: found no JSON, expected a cost profile (${name}: ${error instanceof Error ? error.message : ""})`,
    );
  }
  const fail = (what: string, found: unknown, expected: string): never => {
    throw new UsageError(`profile ${what}: found ${JSON.stringify(found)}, expected ${expected} (${name})`);
  };
  const object = (value: unknown, what: string): Record<string, unknown> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : fail(what, value, "an object");
  const number = (value: unknown, what: string, low: number): number =>
    typeof value === "number" && value >= low && Number.isFinite(value)
      ? value
      : fail(what, value, `a number from ${low}`);
  const top = object(json, "file");
  if (top.format !== "ringbed-profile/1") fail("format", top.format, '"ringbed-profile/1"');
  const clockHz = number(top.clockHz, "clockHz", 1_000);
  const table = object(top.stages, "stages");
  const costs = STAGE_NAMES.map((stage): [number, number, number, number] => {
    const record = object(table[stage], stage);
    const [poll, burst, packet, byte] = PARTS.map((part) => {
      const ps = Math.round((number(record[part], `${stage}.${part}`, 0) * 1e12) / clockHz);
      return ps <= U32_MAX ? ps : fail(`${stage}.${part}`, record[part], `at most ${U32_MAX} ps`);
    }) as [number, number, number, number];
    // A poll that took no time would let an idle lcore poll for ever at one instant.
    if (poll === 0 && stage.endsWith(".rx")) fail(`${stage}.poll`, record.poll, "more than 0");
    return [poll, burst, packet, byte];
  });
  return { name: String(top.name ?? name), clockHz, note: String(top.note ?? ""), costs };
}
