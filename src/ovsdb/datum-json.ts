// datum-json - a column's value as JSON on the wire (RFC 7047 section 5.1).
import type { Atom, Datum } from "./datum.ts";
import type { BaseType, ColumnType } from "./schema.ts";

function atomJson(type: BaseType, atom: Atom): unknown {
  return type.type === "uuid" ? ["uuid", atom] : atom;
}

export function datumJson(type: ColumnType, { keys, values }: Datum): unknown {
  if (type.value !== undefined)
    return ["map", keys.map((key, i) => [atomJson(type.key, key), atomJson(type.value!, values![i]!)])];
  if (keys.length === 1) return atomJson(type.key, keys[0]!);
  return ["set", keys.map((key) => atomJson(type.key, key))];
}
