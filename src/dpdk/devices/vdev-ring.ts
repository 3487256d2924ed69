// vdev-ring - net_ring's arguments. Follows rte_pmd_ring_probe of drivers/net/ring (22.11): arguments with a key that it does not
// know are ignored as a whole, and the device is made as if there were none.
// Not modelled: the internal argument. The real program crashes on a nodeaction without a value; we refuse it.
import { strtol } from "../eal/c-number.ts";
import type { DevArgs } from "../eal/devargs.ts";
import { type EalLog, LOG_WARNING } from "../eal/eal-log.ts";
import { parseKvargs } from "../eal/kvargs.ts";
import type { Refusal, VdevBase } from "./vdev-base.ts";

export interface RingAction {
  readonly name: string;
  readonly node: number;
  readonly action: "CREATE" | "ATTACH";
}

export interface RingVdev extends VdevBase {
  readonly driver: "net_ring";
  /** Ports to make, in their order; attach is tried where create fails. */
  readonly actions: readonly RingAction[];
}

export function parseRing({ name, args }: DevArgs, log: EalLog): RingVdev | Refusal {
  const base = { driver: "net_ring", name, devargs: args } as const;
  const kvargs = args === "" ? undefined : parseKvargs(args, ["nodeaction"]);
  if (kvargs === undefined) return { ...base, actions: [{ name, node: 0, action: "CREATE" }] };
  const actions: RingAction[] = [];
  for (const { value = "" } of kvargs.pairs) {
    const action = parseRingAction(value, (text) => log.log("pmd.net.ring", LOG_WARNING, `parse_kvlist(): ${text}\n`));
    if (action === undefined) return "failed";
    actions.push(action);
  }
  return { ...base, actions };
}

/** `NAME:NODE:CREATE|ATTACH`. */
function parseRingAction(text: string, warn: (line: string) => void): RingAction | undefined {
  const [name = "", node, ...rest] = text.split(":");
  const action = rest.join(":");
  if (node === undefined) warn(`could not parse node value from ${text}`);
  else if (rest.length === 0) warn(`could not parse action value from ${node}`);
  else if (action === "CREATE" || action === "ATTACH") {
    const { value, end, overflow } = strtol(node, 10);
    if (!overflow && end === node.length) return { name, node: Number(BigInt.asIntN(32, value)), action };
    warn(`node value ${node} is unparseable as a number`);
  }
  return undefined;
}
