// group-id - numbers of groups, and the two that stand for several.
import type { OfLog } from "./ports.ts";
import { Scanner } from "./scan.ts";

/** The highest number that a group may have. */
export const OFPG_MAX = 0xffffff00;
export const OFPG_ALL = 0xfffffffc;
export const OFPG_ANY = 0xffffffff;

/** A number, `any` or `all`; undefined: none of them. */
export function parseGroupId(text: string, log?: OfLog): number | undefined {
  const word = text.toLowerCase();
  if (word === "any") return OFPG_ANY;
  if (word === "all") return OFPG_ALL;
  const scanner = new Scanner(text);
  if (scanner.int(10) && scanner.done && Number(text) >= 0 && Number(text) <= OFPG_ANY) return scanner.value;
  log?.(
    "WARN",
    "ofp_group",
    `${text} is not a valid group ID.  (Valid group IDs are 32-bit nonnegative integers or the keywords ANY or ALL.)`,
  );
  return undefined;
}
