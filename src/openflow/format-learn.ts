// format-learn - learn() as dump-flows prints it (learn_format of OVS 3.1).
import { formatHexBytes, mfFormat } from "./field-text.ts";
import { altHex } from "./match-parts.ts";
import type { Learn, LearnSpec } from "./ofpact.ts";
import type { OfNames } from "./ofpact-context.ts";
import { formatSubfield, isWholeField } from "./subfield.ts";
import { formatTable } from "./tables.ts";

function formatMatchSpec({ source, destination }: LearnSpec, names: OfNames): string {
  const to = destination!;
  if ("subfield" in source) {
    const same = source.subfield.field === to.field && source.subfield.start === to.start;
    return same ? formatSubfield(to) : `${formatSubfield(to)}=${formatSubfield(source.subfield)}`;
  }
  if (!isWholeField(to)) return `${formatSubfield(to)}=${formatHexBytes(source.value)}`;
  const value = new Uint8Array(to.field.bytes);
  value.set(source.value, value.length - source.value.length);
  return `${to.field.name}=${mfFormat(to.field, value, undefined, names.ports)}`;
}

function formatSpec(spec: LearnSpec, names: OfNames): string {
  if (spec.what === "match") return formatMatchSpec(spec, names);
  const from = "subfield" in spec.source ? formatSubfield(spec.source.subfield) : formatHexBytes(spec.source.value);
  return spec.what === "output" ? `output:${from}` : `load:${from}->${formatSubfield(spec.destination!)}`;
}

export function formatLearn(spec: Learn, names: OfNames): string {
  const parts = [`table=${formatTable(spec.table, names.tables)}`];
  if (spec.idleTimeout !== 0) parts.push(`idle_timeout=${spec.idleTimeout}`);
  if (spec.hardTimeout !== 0) parts.push(`hard_timeout=${spec.hardTimeout}`);
  if (spec.finIdleTimeout !== 0) parts.push(`fin_idle_timeout=${spec.finIdleTimeout}`);
  if (spec.finHardTimeout !== 0) parts.push(`fin_hard_timeout=${spec.finHardTimeout}`);
  if (spec.priority !== 0x8000) parts.push(`priority=${spec.priority}`);
  if (spec.sendFlowRem) parts.push("send_flow_rem");
  if (spec.deleteLearned) parts.push("delete_learned");
  if (spec.cookie !== 0n) parts.push(`cookie=${altHex(spec.cookie)}`);
  if (spec.limit !== 0) parts.push(`limit=${spec.limit}`);
  if (spec.resultDestination !== undefined) parts.push(`result_dst=${formatSubfield(spec.resultDestination)}`);
  return `learn(${[...parts, ...spec.specs.map((each) => formatSpec(each, names))].join(",")})`;
}
