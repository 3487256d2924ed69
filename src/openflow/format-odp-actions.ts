// format-odp-actions - datapath actions as dpctl/dump-flows and ofproto/trace print them (format_odp_actions of OVS
// 3.1).
import { fixed } from "../printf.ts";
import type { DatapathAction, SetKey } from "../wasm/ovs-actions.ts";
import { Flow } from "./flow.ts";
import { formatMplsLse, formatOdpGroup, formatVlanTci } from "./format-odp-fields.ts";
import { formatOdpPort, type OdpFormat } from "./format-odp-flow.ts";
import { altHex } from "./match-parts.ts";
import { ODP_GROUPS, type OdpField, odpFieldBytes } from "./odp-fields.ts";

const ETH_TYPE_VLAN = 0x8100;
const U32_MAX = 0xffffffff;

type SetAction = Extract<DatapathAction, { type: "set" }>;
type SetFieldPart = SetAction["fields"][number];

/** Writes a number where a group's field has it, most significant byte first; type and code are one byte there. */
function put(flow: Flow, { kind, at }: OdpField, value: bigint): void {
  const n = odpFieldBytes(kind);
  let left = value;
  for (let i = n - 1; i >= 0; i--, left >>= 8n) flow.setU8(at + i, Number(left & 0xffn));
}

/** Groups of one number, by their keys. */
function formatSingle(key: SetKey, { value, mask }: SetFieldPart): string {
  if (key === "mpls") return `mpls(${formatMplsLse(Number(value))})`;
  const exact = mask === BigInt(U32_MAX);
  return `${key}(${altHex(value)}${exact ? "" : `/${altHex(mask)}`})`;
}

function formatSet({ key, fields }: SetAction): string {
  const group = ODP_GROUPS.find(({ name }) => name === key);
  if (group === undefined) return `set(${formatSingle(key, fields[0]!)})`;
  const value = new Flow();
  const mask = new Flow();
  for (const part of fields) {
    const field = group.fields.find(({ name }) => name === part.field);
    if (field === undefined) continue;
    put(value, field, part.value);
    put(mask, field, part.mask);
  }
  return `set(${formatOdpGroup(group, value, mask, false)})`;
}

function formatPushVlan(tpid: number, tci: number): string {
  const type = tpid === ETH_TYPE_VLAN ? "" : `tpid=0x${tpid.toString(16).padStart(4, "0")},`;
  return `push_vlan(${type}${formatVlanTci(tci, 0xffff, false)})`;
}

function formatAction(action: DatapathAction, options: OdpFormat): string {
  switch (action.type) {
    case "output":
      return formatOdpPort(action.port, options);
    case "trunc":
      return `trunc(${action.maxLen})`;
    case "push_vlan":
      return formatPushVlan(action.tpid, action.tci);
    case "pop_vlan":
      return "pop_vlan";
    case "push_mpls":
      return `push_mpls(${formatMplsLse(action.lse)},eth_type=0x${action.ethertype.toString(16)})`;
    case "pop_mpls":
      return `pop_mpls(eth_type=0x${action.ethertype.toString(16)})`;
    case "set":
      return formatSet(action);
    case "hash":
      return `hash(${action.algorithm}(${action.basis}))`;
    case "recirc":
      return `recirc(${altHex(action.id)})`;
    case "meter":
      return `meter(${action.id})`;
    case "userspace":
      return action.text;
    case "sample": {
      const percent = fixed((100 * action.probability) / U32_MAX, 1);
      return `sample(sample=${percent}%,actions(${formatOdpActions(action.actions, options)}))`;
    }
    case "clone":
      return `clone(${formatOdpActions(action.actions, options)})`;
    case "check_pkt_len": {
      const greater = formatOdpActions(action.greater, options);
      const lessOrEqual = formatOdpActions(action.lessOrEqual, options);
      return `check_pkt_len(size=${action.size},gt(${greater}),le(${lessOrEqual}))`;
    }
    case "drop":
      return "drop";
  }
}

/** A list; an empty one is `drop`. */
export function formatOdpActions(actions: readonly DatapathAction[], options: OdpFormat = {}): string {
  return actions.length === 0 ? "drop" : actions.map((action) => formatAction(action, options)).join(",");
}
