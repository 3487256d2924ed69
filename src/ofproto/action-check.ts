// action-check - whether a bridge can carry actions out: groups and meters they name must be there (ofproto_check_ofpacts); what is not modelled is
// refused by its name.
import { UsageError } from "../errors.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import type { Bridge } from "./bridge.ts";
import { OfpError } from "./ofp-error.ts";
import { flattened } from "./rule.ts";

const NOT_MODELLED = new Set<Ofpact["type"]>(["ct", "ct_clear", "nat", "encap", "decap", "dec_nsh_ttl", "set_tunnel"]);

/** @throws OfpError, or UsageError for what is not modelled */
export function checkActions(actions: readonly Ofpact[], bridge: Bridge): void {
  for (const action of flattened(actions)) {
    if (NOT_MODELLED.has(action.type)) throw new UsageError(`action: found ${action.type}, which is not modelled`);
    if (action.type === "meter" && !bridge.meters.has(action.meterId)) throw new OfpError("OFPMMFC_INVALID_METER");
    if (action.type === "group" && !bridge.groups.has(action.groupId)) throw new OfpError("OFPBAC_BAD_OUT_GROUP");
    if (action.type === "resubmit" && action.withCt)
      throw new UsageError("action: found resubmit with ct, which is not modelled");
  }
}
