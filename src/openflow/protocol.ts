// protocol - the ways in which flows travel over an OpenFlow connection (enum ofputil_protocol of OVS 3.1) as a bit
// each: what a flow uses narrows the set, and ovs-ofctl refuses a flow whose set has nothing in common with what -O and
// -F allow.

/** An OpenFlow version by its wire number: 1 is 1.0, 6 is 1.5. */
export type OfVersion = 1 | 2 | 3 | 4 | 5 | 6;

/** A set of OFPUTIL_P_* bits. */
export type Protocols = number;

export const P_NONE: Protocols = 0;
export const P_OF10_STD: Protocols = 1 << 0;
export const P_OF10_STD_TID: Protocols = 1 << 1;
export const P_OF10_NXM: Protocols = 1 << 2;
export const P_OF10_NXM_TID: Protocols = 1 << 3;
export const P_OF11_STD: Protocols = 1 << 4;
export const P_OF12_OXM: Protocols = 1 << 5;
const P_OF13_OXM: Protocols = 1 << 6;
const P_OF14_OXM: Protocols = 1 << 7;
const P_OF15_OXM: Protocols = 1 << 8;

export const P_ANY: Protocols = (1 << 9) - 1;
export const P_OF10_STD_ANY: Protocols = P_OF10_STD | P_OF10_STD_TID;
export const P_OF10_NXM_ANY: Protocols = P_OF10_NXM | P_OF10_NXM_TID;
export const P_OF10_ANY: Protocols = P_OF10_STD_ANY | P_OF10_NXM_ANY;
const P_ANY_OXM: Protocols = P_OF12_OXM | P_OF13_OXM | P_OF14_OXM | P_OF15_OXM;
export const P_NXM_OXM_ANY: Protocols = P_OF10_NXM_ANY | P_ANY_OXM;
export const P_OF11_UP: Protocols = P_OF11_STD | P_ANY_OXM;
export const P_OF12_UP: Protocols = P_ANY_OXM;
export const P_OF13_UP: Protocols = P_OF13_OXM | P_OF14_OXM | P_OF15_OXM;
export const P_OF15_UP: Protocols = P_OF15_OXM;
export const P_NXM_OF11_UP: Protocols = P_OF10_NXM_ANY | P_OF11_UP;
/** Protocols whose flow_mods name a table. */
export const P_TID: Protocols = P_OF10_STD_TID | P_OF10_NXM_TID | P_OF11_UP;

const NAMES: readonly (readonly [string, Protocols])[] = [
  ["OpenFlow10-table_id", P_OF10_STD],
  ["OpenFlow10+table_id", P_OF10_STD_TID],
  ["NXM-table_id", P_OF10_NXM],
  ["NXM+table_id", P_OF10_NXM_TID],
  ["OpenFlow11", P_OF11_STD],
  ["OXM-OpenFlow12", P_OF12_OXM],
  ["OXM-OpenFlow13", P_OF13_OXM],
  ["OXM-OpenFlow14", P_OF14_OXM],
  ["OXM-OpenFlow15", P_OF15_OXM],
];

const ABBREVIATIONS: readonly (readonly [string, Protocols])[] = [
  ["any", P_ANY],
  ["OpenFlow10", P_OF10_STD_ANY],
  ["NXM", P_OF10_NXM_ANY],
  ["OXM", P_ANY_OXM],
];

const VERSION_NAMES = ["OpenFlow10", "OpenFlow11", "OpenFlow12", "OpenFlow13", "OpenFlow14", "OpenFlow15"] as const;

/** A set as ovs-ofctl writes it: the largest abbreviations first, `none` when it is empty. */
export function formatProtocols(protocols: Protocols): string {
  const names: string[] = [];
  let left = protocols;
  while (left !== 0) {
    const found =
      ABBREVIATIONS.find(([, bits]) => (left & bits) === bits) ?? NAMES.find(([, bits]) => (left & bits) !== 0);
    if (found === undefined) break;
    names.push(found[0]);
    left &= ~found[1];
  }
  return names.length === 0 ? "none" : names.join(",");
}

/** One of -F's words, in any case: a protocol or an abbreviation; undefined if it is neither. */
export function parseProtocol(word: string): Protocols | undefined {
  const wanted = word.toLowerCase();
  return [...NAMES, ...ABBREVIATIONS].find(([name]) => name.toLowerCase() === wanted)?.[1];
}

export function protocolVersion(protocol: Protocols): OfVersion {
  if (protocol & P_OF10_ANY) return 1;
  if (protocol & P_OF11_STD) return 2;
  if (protocol & P_OF12_OXM) return 3;
  if (protocol & P_OF13_OXM) return 4;
  return protocol & P_OF14_OXM ? 5 : 6;
}

/** All protocols of a version. */
export function versionProtocols(version: OfVersion): Protocols {
  return version === 1 ? P_OF10_ANY : 1 << (version + 2);
}

/** The protocol that is tried first: the lowest bit, as ovs-ofctl does. */
export function lowestProtocol(protocols: Protocols): Protocols {
  return protocols & -protocols;
}

export function formatVersion(version: OfVersion): string {
  return VERSION_NAMES[version - 1]!;
}

/** `OpenFlow13` in any case; undefined: no version of that name. */
export function parseVersion(name: string): OfVersion | undefined {
  const at = VERSION_NAMES.findIndex((known) => known.toLowerCase() === name.toLowerCase());
  return at < 0 ? undefined : ((at + 1) as OfVersion);
}
