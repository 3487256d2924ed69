// wire-flow-mod - a flow_mod as the peer reads it (ofputil_encode_flow_mod and ofputil_decode_flow_mod of OVS 3.1, one
// behind the other).
import {
  FLOW_DL_DST,
  FLOW_DL_TYPE,
  FLOW_IN_PORT,
  FLOW_NW_DST,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_NW_TOS,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
} from "../../assembly/abi/flow.ts";
import { checkOfpacts, type OfpactLimits } from "./check-ofpacts.ts";
import type { Match } from "./flow.ts";
import { COOKIE_UNCHANGED, type FlowMod } from "./flow-mod.ts";
import { OFPG_ANY } from "./group-id.ts";
import type { OfLog } from "./ports.ts";
import { P_OF10_STD_ANY, P_OF11_STD, P_TID, type Protocols, protocolVersion } from "./protocol.ts";
import { TABLE_ANY } from "./tables.ts";
import { wireMatch } from "./wire-match.ts";
import { wireOfpacts } from "./wire-ofpacts.ts";

export type WiredFlowMod = { readonly mod: FlowMod } | { readonly error: string };

/** 1.0 gives a match without wildcards the highest priority; two /32 addresses are among what it asks for. */
function isOf10Exact({ mask }: Match): boolean {
  const whole = [FLOW_DL_DST, FLOW_DL_DST + 4, FLOW_DL_DST + 8, FLOW_NW_SRC, FLOW_NW_DST, FLOW_TP_SRC];
  return (
    whole.every((at) => mask.be32(at) === 0xffffffff) &&
    mask.u32(FLOW_IN_PORT) !== 0 &&
    mask.be16(FLOW_DL_TYPE) === 0xffff &&
    mask.be16(FLOW_VLAN_TCI) === 0xffff &&
    mask.u8(FLOW_NW_PROTO) === 0xff &&
    (mask.u8(FLOW_NW_TOS) & 0xfc) === 0xfc
  );
}

const deletes = ({ command }: FlowMod): boolean => command === "delete" || command === "delete_strict";

/** The table that the peer is told, where the protocol tells it one. */
function wireTable(mod: FlowMod, protocol: Protocols): number {
  if ((protocol & P_TID) === 0) return TABLE_ANY;
  const standard11 = (protocol & P_OF11_STD) !== 0;
  const of11up = protocolVersion(protocol) > 1;
  if (!of11up || mod.table !== TABLE_ANY || (!standard11 && deletes(mod))) return mod.table;
  return 0;
}

type Cookies = Pick<FlowMod, "cookie" | "cookieMask" | "newCookie" | "modifyCookie">;

function wireCookies(mod: FlowMod, protocol: Protocols): Cookies {
  const { newCookie, cookie, cookieMask } = mod;
  if (protocol & P_OF10_STD_ANY) {
    return { cookie: 0n, cookieMask: 0n, newCookie, modifyCookie: newCookie !== COOKIE_UNCHANGED };
  }
  if (protocolVersion(protocol) === 1) {
    return { cookie: cookie & cookieMask, cookieMask, newCookie, modifyCookie: newCookie !== COOKIE_UNCHANGED };
  }
  const adds = mod.command === "add" || (protocol === P_OF11_STD && !deletes(mod) && cookieMask === 0n);
  return adds
    ? { cookie: 0n, cookieMask: 0n, newCookie, modifyCookie: false }
    : { cookie: cookie & cookieMask, cookieMask, newCookie: COOKIE_UNCHANGED, modifyCookie: false };
}

/**
 * @param protocol one bit
 * @param limits of the peer: its ports and tables
 * @param to where the match goes; a new one, if it is not said
 * @returns the flow_mod as the peer has it, or the error that it answers with
 */
export function wireFlowMod(
  mod: FlowMod,
  protocol: Protocols,
  limits: Omit<OfpactLimits, "tableId">,
  log?: OfLog,
  to?: Match,
): WiredFlowMod {
  const version = protocolVersion(protocol);
  const wiredMatch = wireMatch(mod.match, protocol, to);
  if ("error" in wiredMatch) return wiredMatch;
  const { match } = wiredMatch;
  const wiredActions = wireOfpacts(mod.actions, version, mod.match.flow);
  if ("error" in wiredActions) return wiredActions;
  const { actions } = wiredActions;
  const table = wireTable(mod, protocol);
  if (table === TABLE_ANY && version > 1 && !deletes(mod)) return { error: "OFPFMFC_BAD_TABLE_ID" };
  const checked = checkOfpacts(actions, match, { ...limits, tableId: table }, log);
  const error = checked.error ?? ((protocol & ~checked.protocols) !== 0 ? "OFPBAC_MATCH_INCONSISTENT" : undefined);
  if (error !== undefined) return { error };
  const { flags } = mod;
  const { cookie, cookieMask, newCookie, modifyCookie } = wireCookies(mod, protocol);
  return {
    mod: {
      command: mod.command,
      match,
      priority: protocol & P_OF10_STD_ANY && isOf10Exact(match) ? 0xffff : mod.priority,
      table,
      cookie,
      cookieMask,
      newCookie,
      modifyCookie,
      idleTimeout: mod.idleTimeout,
      hardTimeout: mod.hardTimeout,
      importance: version >= 5 && mod.command === "add" ? mod.importance : 0,
      flags: {
        sendFlowRem: flags.sendFlowRem,
        checkOverlap: flags.checkOverlap,
        // before 1.2 every addition resets, and the flag is unknown
        resetCounts: version < 3 ? mod.command === "add" : flags.resetCounts,
        noPacketCounts: version >= 4 && flags.noPacketCounts,
        noByteCounts: version >= 4 && flags.noByteCounts,
      },
      outPort: mod.outPort,
      outGroup: version > 1 && deletes(mod) ? mod.outGroup : OFPG_ANY,
      actions,
    },
  };
}
