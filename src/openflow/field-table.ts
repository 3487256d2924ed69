// field-table - all fields in the order of ovs-fields(7), and the ways to find one by a name.
import { UsageError } from "../errors.ts";
import { type MfField, mfField } from "./field.ts";
import { PACKET_ROWS } from "./field-rows-packet.ts";
import { PIPELINE_ROWS } from "./field-rows-pipeline.ts";

export const MF_FIELDS: readonly MfField[] = [...PIPELINE_ROWS, ...PACKET_ROWS].map((row, id) => mfField(id, row));

const byName = new Map<string, MfField>(
  MF_FIELDS.flatMap((field) =>
    [field.name, ...(field.alias === undefined ? [] : [field.alias])].map((n) => [n, field]),
  ),
);
const byNxmName = new Map<string, MfField>(MF_FIELDS.flatMap((field) => field.nxmNames.map((name) => [name, field])));

/** By its name in matches, old or new: dl_src, eth_src. */
export function mfFromName(name: string): MfField | undefined {
  return byName.get(name);
}

/** By any name, NXM_OF_ETH_SRC as well, the masked form `_W` included: as actions name fields. */
export function mfFromAnyName(name: string): MfField | undefined {
  const nxm = name.length > 2 && name.endsWith("_W") ? name.slice(0, -2) : name;
  return byNxmName.get(nxm) ?? byName.get(name);
}

/** A field that is known to be there. @throws UsageError otherwise */
export function mf(name: string): MfField {
  const field = mfFromAnyName(name);
  if (field === undefined) throw new UsageError(`field: found ${name}, expected one of ovs-fields(7)`);
  return field;
}
