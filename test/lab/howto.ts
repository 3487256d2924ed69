// howto - the scripts of the howto's sections, for tests.
import { readFileSync } from "node:fs";

/** A script that stands in the folder of the howto's sections. */
export function howto(name: string): string {
  return readFileSync(new URL(`howto/${name}.sh`, import.meta.url), "utf8");
}
