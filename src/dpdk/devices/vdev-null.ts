// vdev-null - net_null's arguments. Follows rte_pmd_null_probe of drivers/net/null (22.11): the last of a repeated key counts.
import type { DevArgs } from "../eal/devargs.ts";
import { type EalLog, LOG_ERR } from "../eal/eal-log.ts";
import { parseKvargs } from "../eal/kvargs.ts";
import { numberOf, type Refusal, type VdevBase } from "./vdev-base.ts";

export interface NullVdev extends VdevBase {
  readonly driver: "net_null";
  /** Bytes of a received packet; 0 lets the set-up of its queues fail. */
  readonly size: number;
  readonly copy: boolean;
  readonly noRx: boolean;
}

export function parseNull({ name, args }: DevArgs, log: EalLog): NullVdev | Refusal {
  const kvargs = parseKvargs(args, ["size", "copy", "no-rx"]);
  if (kvargs === undefined) return "failed";
  const last = (key: string, fallback: number): number =>
    kvargs.all(key).reduce((_, { value }) => (value === undefined ? Number.NaN : numberOf(value)), fallback);
  const size = last("size", 64);
  const copy = last("copy", 0);
  const noRx = last("no-rx", 0);
  const unreadable = (n: number): boolean => Number.isNaN(n) || n === 0xffff_ffff;
  if (unreadable(size) || unreadable(copy) || (noRx !== 0 && noRx !== 1)) return "failed";
  if (noRx === 1 && copy !== 0) {
    const what = "Both copy and no-rx arguments at the same time not supported";
    log.log("pmd.net.null", LOG_ERR, `rte_pmd_null_probe(): ${what}\n`);
    return "absent";
  }
  return { driver: "net_null", name, devargs: args, size, copy: copy !== 0, noRx: noRx === 1 };
}
