// format-ofpacts - actions as dump-flows prints them (ofpacts_format of OVS 3.1).
import { formatIpv4, formatMac } from "./address.ts";
import type { MfField } from "./field.ts";
import { formatHexBytes, mfFormat } from "./field-text.ts";
import { formatLearn } from "./format-learn.ts";
import { formatDottedHex } from "./hex-bytes.ts";
import { altHex } from "./match-parts.ts";
import type { Ct, Ofpact, Subfield } from "./ofpact.ts";
import type { OfNames } from "./ofpact-context.ts";
import { formatPort, OFPP_CONTROLLER, OFPP_IN_PORT, OFPP_MAX } from "./ports.ts";
import { copyBits, formatSubfield } from "./subfield.ts";
import { formatTable, TABLE_ANY } from "./tables.ts";

const U64_MAX = (1n << 64n) - 1n;
const MAX_LEN = 0xffff;
const ALGS = new Map([
  [0, ""],
  [21, "alg=ftp,"],
  [69, "alg=tftp,"],
]);
const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
const chomp = (text: string): string => (text.endsWith(",") ? text.slice(0, -1) : text);

/** A list; an empty one is `drop`. */
export function formatOfpacts(actions: readonly Ofpact[], names: OfNames = {}): string {
  return actions.length === 0 ? "drop" : actions.map((action) => formatOfpact(action, names)).join(",");
}

/** The runs of ones in a mask, from the lowest bit on, at most 64 bits each: what a load action can set. */
export function loadSegments(field: MfField, mask: Uint8Array): Subfield[] {
  const isOne = (bit: number): boolean => ((mask[mask.length - 1 - (bit >>> 3)]! >>> (bit & 7)) & 1) === 1;
  const segments: Subfield[] = [];
  let start = 0;
  while (start < field.bits) {
    if (!isOne(start)) {
      start++;
      continue;
    }
    let end = start + 1;
    while (end < field.bits && end < start + 64 && isOne(end)) end++;
    segments.push({ field, start, bits: end - start });
    start = end;
  }
  return segments;
}

function formatSetField(action: Extract<Ofpact, { type: "set_field" }>, names: OfNames): string {
  const { field, value, mask, compat } = action;
  if (compat === undefined) return `set_field:${mfFormat(field, value, mask, names.ports)}->${field.name}`;
  return loadSegments(field, mask)
    .map((segment) => {
      const bits = new Uint8Array(8);
      copyBits(value, segment.start, bits, 0, segment.bits);
      return `load:${formatHexBytes(bits)}->${formatSubfield(segment)}`;
    })
    .join(",");
}

function formatController(action: Extract<Ofpact, { type: "controller" }>): string {
  const { reason, maxLen, controllerId, userdata, pause, meterId } = action;
  let text = reason === "action" ? "" : `reason=${reason},`;
  if (maxLen !== MAX_LEN) text += `max_len=${maxLen},`;
  if (controllerId !== 0) text += `id=${controllerId},`;
  if (userdata !== undefined && userdata.length > 0) text += `userdata=${formatDottedHex(userdata)},`;
  if (pause) text += "pause,";
  if (meterId !== undefined) text += `meter_id=${meterId},`;
  // without anything special it is the output that it could have been
  const special =
    reason !== "action" || controllerId !== 0 || pause || (userdata?.length ?? 0) > 0 || meterId !== undefined;
  return special ? `controller(${chomp(text)})` : `CONTROLLER:${maxLen}`;
}

function formatOutput(port: number, maxLen: number, names: OfNames): string {
  const text = `${port < OFPP_MAX ? "output:" : ""}${formatPort(port, names.ports)}`;
  return port === OFPP_CONTROLLER ? `${text}:${maxLen}` : text;
}

function formatResubmit(action: Extract<Ofpact, { type: "resubmit" }>, names: OfNames): string {
  const { port, table, withCt } = action;
  const portText = port === OFPP_IN_PORT ? "" : formatPort(port, names.ports);
  if (portText !== "" && table === TABLE_ANY) return `resubmit:${portText}`;
  return `resubmit(${portText},${table === TABLE_ANY ? "" : formatTable(table, names.tables)}${withCt ? ",ct" : ""})`;
}

function formatBundle(action: Extract<Ofpact, { type: "bundle" }>, names: OfNames): string {
  const { fields, basis, algorithm, destination, members } = action;
  const name = destination === undefined ? "bundle" : "bundle_load";
  const to = destination === undefined ? "" : `${formatSubfield(destination)},`;
  const ports = members.map((port) => formatPort(port, names.ports)).join(",");
  return `${name}(${fields},${basis},${algorithm},ofport,${to}members:${ports})`;
}

function formatSample(action: Extract<Ofpact, { type: "sample" }>, names: OfNames): string {
  const { probability, collectorSet, obsDomain, obsPoint, samplingPort, direction } = action;
  const port = samplingPort === undefined ? "" : `,sampling_port=${formatPort(samplingPort, names.ports)}`;
  return (
    `sample(probability=${probability},collector_set_id=${collectorSet},obs_domain_id=${obsDomain},` +
    `obs_point_id=${obsPoint}${port}${direction === "" ? "" : `,${direction}`})`
  );
}

function formatFinTimeout(idle: number, hard: number): string {
  const parts = [...(idle === 0 ? [] : [`idle_timeout=${idle}`]), ...(hard === 0 ? [] : [`hard_timeout=${hard}`])];
  return `fin_timeout(${parts.join(",")})`;
}

/** `ct(...)`, also of a specification that is being read. */
export function formatCt(spec: Ct, names: OfNames): string {
  let text = spec.commit ? "commit," : "";
  if (spec.force) text += "force,";
  if (spec.table !== undefined) text += `table=${formatTable(spec.table, names.tables)},`;
  if (spec.zoneSource !== undefined) text += `zone=${formatSubfield(spec.zoneSource)},`;
  else if (spec.zone !== 0) text += `zone=${spec.zone},`;
  const [first, ...rest] = spec.actions;
  const nat = first?.type === "nat";
  if (nat) text += `${formatOfpact(first, names)},`;
  const executed = nat ? rest : spec.actions;
  if (executed.length > 0) text += `exec(${formatOfpacts(executed, names)}),`;
  return `ct(${chomp(text + (ALGS.get(spec.alg) ?? `alg=${spec.alg},`))})`;
}

export function formatOfpact(action: Ofpact, names: OfNames = {}): string {
  switch (action.type) {
    case "output":
      return formatOutput(action.port, action.maxLen, names);
    case "output_reg":
      return `output:${formatSubfield(action.source)}`;
    case "output_trunc":
      return `output(port=${formatPort(action.port, names.ports)},max_len=${action.maxLen})`;
    case "controller":
      return formatController(action);
    case "group":
      return `group:${action.groupId}`;
    case "enqueue":
      return `enqueue:${formatPort(action.port, names.ports)}:${action.queue}`;
    case "bundle":
      return formatBundle(action, names);
    case "set_field":
      return formatSetField(action, names);
    case "set_vlan_vid":
      return `${action.pushIfNeeded ? "mod" : "set"}_vlan_vid:${action.vid}`;
    case "set_vlan_pcp":
      return `${action.pushIfNeeded ? "mod" : "set"}_vlan_pcp:${action.pcp}`;
    case "strip_vlan":
      return action.compat;
    case "push_vlan":
      return `push_vlan:${altHex(action.ethertype)}`;
    case "set_eth_src":
      return `mod_dl_src:${formatMac(action.mac)}`;
    case "set_eth_dst":
      return `mod_dl_dst:${formatMac(action.mac)}`;
    case "set_ipv4_src":
      return `mod_nw_src:${formatIpv4(action.ip)}`;
    case "set_ipv4_dst":
      return `mod_nw_dst:${formatIpv4(action.ip)}`;
    case "set_ip_dscp":
      return `mod_nw_tos:${action.dscp}`;
    case "set_ip_ecn":
      return `mod_nw_ecn:${action.ecn}`;
    case "set_ip_ttl":
      return `mod_nw_ttl:${action.ttl}`;
    case "set_l4_src_port":
      return `mod_tp_src:${action.port}`;
    case "set_l4_dst_port":
      return `mod_tp_dst:${action.port}`;
    case "dec_ttl":
      return action.controllers.length === 0 ? "dec_ttl" : `dec_ttl(${action.controllers.join(",")})`;
    case "push_mpls":
    case "pop_mpls":
      return `${action.type}:${hex4(action.ethertype)}`;
    case "set_mpls_label":
      return `set_mpls_label(${action.label})`;
    case "set_mpls_tc":
      return `set_mpls_tc(${action.tc})`;
    case "set_mpls_ttl":
      return `set_mpls_ttl(${action.ttl})`;
    case "reg_move":
      return `move:${formatSubfield(action.source)}->${formatSubfield(action.destination)}`;
    case "stack_push":
      return `push:${formatSubfield(action.subfield)}`;
    case "stack_pop":
      return `pop:${formatSubfield(action.subfield)}`;
    case "set_queue":
      return `set_queue:${action.queue}`;
    case "fin_timeout":
      return formatFinTimeout(action.idle, action.hard);
    case "resubmit":
      return formatResubmit(action, names);
    case "learn":
      return formatLearn(action.spec, names);
    case "conjunction":
      return `conjunction(${action.id},${action.clause + 1}/${action.clauses})`;
    case "multipath": {
      const { fields, basis, algorithm, links, argument, destination } = action;
      return `multipath(${fields},${basis},${algorithm},${links},${argument},${formatSubfield(destination)})`;
    }
    case "note":
      return `note:${formatDottedHex(action.data)}`;
    case "sample":
      return formatSample(action, names);
    case "clone":
    case "write_actions":
      return `${action.type}(${formatOfpacts(action.actions, names)})`;
    case "check_pkt_larger":
      return `check_pkt_larger(${action.length})->${formatSubfield(action.destination)}`;
    case "ct":
      return formatCt(action.spec, names);
    case "nat":
    case "encap":
    case "decap":
      return action.text;
    case "set_tunnel":
      return `set_tunnel${action.wide || action.tunnelId > 0xffffffffn ? "64" : ""}:${altHex(action.tunnelId)}`;
    case "meter":
      return `meter:${action.meterId}`;
    case "write_metadata": {
      const mask = action.mask === U64_MAX ? "" : `/${altHex(action.mask)}`;
      return `write_metadata:${altHex(action.metadata)}${mask}`;
    }
    case "goto_table":
      return `goto_table:${formatTable(action.table, names.tables)}`;
    default:
      return action.type;
  }
}
