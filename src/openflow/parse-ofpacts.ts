// parse-ofpacts - lists of actions and instructions as ovs-actions(7) writes them (ofpacts_parse of OVS 3.1).
import { UsageError } from "../errors.ts";
import { parseHexBytes } from "./hex-bytes.ts";
import { KeyValues } from "./key-value.ts";
import type { Ofpact } from "./ofpact.ts";
import { type OfNames, OfpactContext } from "./ofpact-context.ts";
import { parseCt, parseNat } from "./parse-ct.ts";
import { parseDecap, parseEncap } from "./parse-encap.ts";
import { parseLearn } from "./parse-learn.ts";
import { parseBundle, parseMultipath } from "./parse-ofpact-hash.ts";
import { parseController, parseEnqueue, parseOutput, parseResubmit, parseSample } from "./parse-ofpact-output.ts";
import {
  parseCheckPktLarger,
  parseConjunction,
  parseDecTtl,
  parseEthAddress,
  parseFinTimeout,
  parseIpAddress,
  parseIpEcn,
  parseIpTos,
  parseLoad,
  parseMplsLabel,
  parseMplsTc,
  parseMplsTtl,
  parsePushVlan,
  parseRegMove,
  parseSetField,
  parseStack,
  parseTunnelId,
  parseVlanPcp,
  parseVlanVid,
  parseWriteMetadata,
} from "./parse-ofpact-set.ts";
import { P_ANY, P_OF13_UP, P_OF15_UP, type Protocols } from "./protocol.ts";
import { strToU8, strToU16, strToU32 } from "./scan.ts";
import { type OuterAction, verifyOfpacts } from "./verify-ofpacts.ts";

const MAX_DEPTH = 100;

type Parse = (value: string, context: OfpactContext) => Ofpact;

function parseNote(text: string): Ofpact {
  const { bytes, end } = parseHexBytes(text);
  if (end < text.length) throw new UsageError("bad hex digit in `note' argument");
  return { type: "note", data: bytes };
}

function parseMeter(text: string, context: OfpactContext): Ofpact {
  context.only(P_OF13_UP);
  return { type: "meter", meterId: strToU32(text) };
}

function parseGotoTable(text: string, context: OfpactContext): Ofpact {
  const table = context.table(text);
  if (table === undefined) throw new UsageError(`unknown table "${text}"`);
  return { type: "goto_table", table };
}

/** What clone() holds forgets what the protocols were before, as the reference does. */
function parseClone(text: string, context: OfpactContext): Ofpact {
  context.protocols = P_ANY;
  return { type: "clone", actions: parseList(text, context, false, "clone") };
}

function parseWriteActions(text: string, context: OfpactContext): Ofpact {
  return { type: "write_actions", actions: parseList(text, context, false, "write_actions") };
}

function parseConnection(text: string, context: OfpactContext): Ofpact {
  return parseCt(text, context, (nested) => {
    const before = context.protocols;
    context.protocols = P_ANY;
    const actions = parseList(nested, context, false, "ct");
    context.only(before);
    return actions;
  });
}

const ETHERTYPE = (type: "push_mpls" | "pop_mpls"): Parse => {
  return (text) => ({ type, ethertype: strToU16(text, type) });
};
const L4_PORT = (type: "set_l4_src_port" | "set_l4_dst_port", what: string): Parse => {
  return (text) => ({ type, port: strToU16(text, what) });
};
const TTL: Parse = (text) => ({ type: "set_ip_ttl", ttl: strToU8(text, "TTL") });

/** Every action by its names, which are read in any case. */
const PARSERS = new Map<string, Parse>([
  ["output", parseOutput],
  ["output_reg", parseOutput],
  ["output_trunc", unknownTruncation],
  ["group", (text) => ({ type: "group", groupId: strToU32(text) })],
  ["controller", parseController],
  ["enqueue", parseEnqueue],
  ["bundle", (text, context) => parseBundle(text, context, false)],
  ["bundle_load", (text, context) => parseBundle(text, context, true)],
  ["set_field", parseSetField],
  ["load", parseLoad],
  ["set_vlan_vid", (text) => parseVlanVid(text, false)],
  ["mod_vlan_vid", (text) => parseVlanVid(text, true)],
  ["set_vlan_pcp", (text) => parseVlanPcp(text, false)],
  ["mod_vlan_pcp", (text) => parseVlanPcp(text, true)],
  ["strip_vlan", () => ({ type: "strip_vlan", compat: "strip_vlan" })],
  ["pop_vlan", () => ({ type: "strip_vlan", compat: "pop_vlan" })],
  ["push_vlan", parsePushVlan],
  ["mod_dl_src", (text) => parseEthAddress(text, "set_eth_src")],
  ["mod_dl_dst", (text) => parseEthAddress(text, "set_eth_dst")],
  ["mod_nw_src", (text, context) => parseIpAddress(text, "set_ipv4_src", context)],
  ["mod_nw_dst", (text, context) => parseIpAddress(text, "set_ipv4_dst", context)],
  ["mod_nw_tos", parseIpTos],
  ["mod_nw_ecn", parseIpEcn],
  ["mod_nw_ttl", TTL],
  ["set_nw_ttl", TTL],
  ["mod_tp_src", L4_PORT("set_l4_src_port", "source port")],
  ["mod_tp_dst", L4_PORT("set_l4_dst_port", "destination port")],
  ["move", parseRegMove],
  ["push", (text) => parseStack(text, "stack_push")],
  ["pop", (text) => parseStack(text, "stack_pop")],
  ["dec_ttl", parseDecTtl],
  ["set_mpls_label", parseMplsLabel],
  ["set_mpls_tc", parseMplsTc],
  ["set_mpls_ttl", parseMplsTtl],
  ["dec_mpls_ttl", () => ({ type: "dec_mpls_ttl" })],
  ["push_mpls", ETHERTYPE("push_mpls")],
  ["pop_mpls", ETHERTYPE("pop_mpls")],
  ["dec_nsh_ttl", () => ({ type: "dec_nsh_ttl" })],
  ["encap", parseEncap],
  ["decap", parseDecap],
  ["set_tunnel", (text) => parseTunnelId(text, false)],
  ["set_tunnel64", (text) => parseTunnelId(text, true)],
  ["set_queue", (text) => ({ type: "set_queue", queue: strToU32(text) })],
  ["pop_queue", () => ({ type: "pop_queue" })],
  ["fin_timeout", parseFinTimeout],
  ["resubmit", parseResubmit],
  ["learn", parseLearn],
  ["conjunction", parseConjunction],
  ["multipath", parseMultipath],
  ["note", parseNote],
  ["exit", () => ({ type: "exit" })],
  ["sample", parseSample],
  ["unroll_xlate", refuseUnroll],
  ["ct", parseConnection],
  ["ct_clear", () => ({ type: "ct_clear" })],
  ["nat", parseNat],
  ["clone", parseClone],
  ["check_pkt_larger", parseCheckPktLarger],
  ["debug_recirc", () => ({ type: "debug_recirc" })],
  ["debug_slow", () => ({ type: "debug_slow" })],
  ["meter", parseMeter],
  ["clear_actions", () => ({ type: "clear_actions" })],
  ["write_actions", parseWriteActions],
  ["write_metadata", parseWriteMetadata],
  ["goto_table", parseGotoTable],
]);

function unknownTruncation(text: string): Ofpact {
  throw new UsageError(`unknown action ${text}`);
}

function refuseUnroll(): Ofpact {
  throw new UsageError("UNROLL is an internal action that shouldn't be used via OpenFlow");
}

function parseList(
  text: string,
  context: OfpactContext,
  instructions: boolean,
  outer?: OuterAction,
): readonly Ofpact[] {
  if (context.depth >= MAX_DEPTH) throw new UsageError("Action nested too deeply");
  context.depth++;
  const actions: Ofpact[] = [];
  let drop = false;
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const name = pairs.key.toLowerCase();
    const parse = PARSERS.get(name);
    if (parse !== undefined) {
      actions.push(parse(pairs.value, context));
      if (name === "meter" && !instructions) context.only(P_OF15_UP);
    } else if (name === "drop") {
      drop = true;
    } else if (name === "apply_actions") {
      throw new UsageError("apply_actions is the default instruction");
    } else {
      const port = context.mustPort(pairs.key, `unknown action ${pairs.key}`);
      actions.push({ type: "output", port, maxLen: 0 });
    }
  }
  if (drop && actions.length > 0) {
    throw new UsageError('"drop" must not be accompanied by any other action or instruction');
  }
  const fault = verifyOfpacts(actions, instructions, outer);
  if (fault !== undefined) throw new UsageError(fault.text);
  context.depth--;
  return actions;
}

/** A parsed list, and the protocols that can carry it as far as its words alone tell. */
export interface ParsedOfpacts {
  readonly actions: readonly Ofpact[];
  readonly protocols: Protocols;
}

/** A flow's actions: with instructions. @throws UsageError in ovs-ofctl's words */
export function parseInstructions(text: string, names: OfNames = {}): ParsedOfpacts {
  const context = new OfpactContext(names);
  return { actions: parseList(text, context, true), protocols: context.protocols };
}

/**
 * A bucket's or packet-out's actions: without instructions, apart from meter. @throws UsageError in ovs-ofctl's words
 */
export function parseActions(text: string, names: OfNames = {}): ParsedOfpacts {
  const context = new OfpactContext(names);
  return { actions: parseList(text, context, false), protocols: context.protocols };
}
