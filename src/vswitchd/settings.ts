// settings - other_config of Open_vSwitch and of interfaces as ovs-vswitchd reads it: numbers of C, defaults where a value is out of range, and the
// words it logs then (lib/dpif-netdev.c, lib/smap.c of OVS 3.1).

/** smap_get_bool: only the other of the two words changes the default. */
export function flag(map: ReadonlyMap<string, string>, key: string, usual: boolean): boolean {
  const value = map.get(key)?.toLowerCase();
  return usual ? value !== "false" : value === "true";
}

/** strtoll's number, base 10, of the whole text; undefined: it is none. */
function decimal(text: string | undefined): bigint | undefined {
  const [, sign, digits] = /^[ \t\n\v\f\r]*([-+]?)(\d+)$/.exec(text ?? "") ?? [];
  return digits === undefined ? undefined : BigInt(`${sign === "-" ? "-" : ""}${digits}`);
}

/** smap_get_int: what is no number, or too large for one, is the default. */
export function integer(map: ReadonlyMap<string, string>, key: string, usual: number): number {
  return within(map, key, -(2n ** 31n), 2n ** 31n - 1n) ?? usual;
}

/** smap_get_uint. */
export function unsigned32(map: ReadonlyMap<string, string>, key: string, usual: number): number {
  return within(map, key, 0n, 2n ** 32n - 1n) ?? usual;
}

function within(map: ReadonlyMap<string, string>, key: string, least: bigint, most: bigint): number | undefined {
  const value = decimal(map.get(key));
  return value === undefined || value < least || value > most ? undefined : Number(value);
}

/** smap_get_ullong: strtoull, for which -1 is the largest number. */
export function unsigned64(map: ReadonlyMap<string, string>, key: string, usual: bigint): bigint {
  const value = decimal(map.get(key));
  if (value === undefined || value >= 2n ** 64n || value <= -(2n ** 64n)) return usual;
  return BigInt.asUintN(64, value);
}

const UINT32_MAX = 0xffff_ffffn;
/** DEFAULT_EM_FLOW_INSERT_INV_PROB. */
const INSERT_INV_PROB = 100;

/** emc-insert-inv-prob: 0 turns the EMC off, what does not fit is the default. */
export function emcInsertInvProb(map: ReadonlyMap<string, string>): number {
  const value = unsigned64(map, "emc-insert-inv-prob", BigInt(INSERT_INV_PROB));
  return value <= UINT32_MAX ? Number(value) : INSERT_INV_PROB;
}

/** "0:3,1:7": cores by queue; undefined: it cannot be read. */
export function rxqAffinity(text: string): ReadonlyMap<number, number> | undefined {
  const pins = new Map<number, number>();
  for (const item of text.split(/[, ]+/).filter((word) => word !== "")) {
    const [, queue, core] = /^(\d+):(\d+)$/.exec(item) ?? [];
    if (queue === undefined) return undefined;
    pins.set(Number(queue), Number(core));
  }
  return pins;
}
