// vdev-base - what all virtual devices' arguments share.
import { strtoul, uint32 } from "../eal/c-number.ts";

export interface VdevBase {
  readonly name: string;
  /** The arguments as given. */
  readonly devargs: string;
}

/** failed: the bus will say that it could not be initialised. absent: no port, and no more is said. */
export type Refusal = "failed" | "absent";

/** strtoul of base 0, cut to unsigned int. */
export function numberOf(text: string): number {
  return uint32(strtoul(text, 0).value);
}
