// verify-ofpacts - what may stand beside and inside what in a list of actions (ofpacts_verify of OVS 3.1): the order
// that instructions have since OpenFlow 1.1, what nests, and who may write the connection's mark and label.
import type { MfField } from "./field.ts";
import type { Ofpact } from "./ofpact.ts";

/** A list that actions are nested in. */
export type OuterAction = "clone" | "ct" | "write_actions";

/** Instructions in the order in which a switch carries them out. */
const INSTRUCTIONS = [
  "meter",
  "apply_actions",
  "clear_actions",
  "write_actions",
  "write_metadata",
  "goto_table",
] as const;
const METER = 0;
const APPLY_ACTIONS = 1;

/** The names by which messages call actions whose type is called otherwise. */
const NAMES = new Map<Ofpact["type"], string>([
  ["set_eth_src", "mod_dl_src"],
  ["set_eth_dst", "mod_dl_dst"],
  ["set_ipv4_src", "mod_nw_src"],
  ["set_ipv4_dst", "mod_nw_dst"],
  ["set_ip_dscp", "mod_nw_tos"],
  ["set_ip_ecn", "mod_nw_ecn"],
  ["set_ip_ttl", "mod_nw_ttl"],
  ["set_l4_src_port", "mod_tp_src"],
  ["set_l4_dst_port", "mod_tp_dst"],
  ["reg_move", "move"],
  ["stack_push", "push"],
  ["stack_pop", "pop"],
]);

/** A fault: in words for who wrote the actions, and as the error a switch would send. */
export interface OfpactFault {
  readonly text: string;
  readonly error: string;
}

function ofpactName(type: Ofpact["type"]): string {
  return NAMES.get(type) ?? type;
}

/** The field that an action writes, where it writes one. */
function destinationField(action: Ofpact): MfField | undefined {
  if (action.type === "set_field") return action.field;
  return action.type === "reg_move" ? action.destination.field : undefined;
}

const requiresCt = (field: MfField): boolean => field.name === "ct_mark" || field.name === "ct_label";

function unsupportedNesting(action: Ofpact, outer: OuterAction): OfpactFault {
  return {
    text: `${outer} action doesn't support nested action ${ofpactName(action.type)}`,
    error: "OFPBAC_BAD_ARGUMENT",
  };
}

function verifyNested(action: Ofpact, outer: OuterAction | undefined): OfpactFault | undefined {
  const field = destinationField(action);
  if (field !== undefined && requiresCt(field) && outer !== "ct") {
    return { text: "cannot set CT fields outside of ct action", error: "OFPBAC_BAD_SET_ARGUMENT" };
  }
  if (action.type === "nat") {
    if (outer === "ct") return undefined;
    return { text: 'Cannot have NAT action outside of "ct" action', error: "OFPBAC_BAD_SET_ARGUMENT" };
  }
  if (outer === "ct") {
    if (field === undefined) return unsupportedNesting(action, outer);
    if (!requiresCt(field)) {
      return {
        text: `ct action doesn't support nested modification of ${field.name}`,
        error: "OFPBAC_BAD_ARGUMENT",
      };
    }
  }
  return outer !== undefined && action.type === "meter" ? unsupportedNesting(action, outer) : undefined;
}

/** Conjunctions stand alone, notes apart. */
function verifyConjunctions(actions: readonly Ofpact[]): OfpactFault | undefined {
  const other = actions.find(({ type }) => type !== "conjunction" && type !== "note");
  if (other === undefined) return undefined;
  return {
    text:
      '"conjunction" actions may be used along with "note" but not any other kind of action (such as the ' +
      `"${ofpactName(other.type)}" action used here)`,
    error: "NXBAC_BAD_CONJUNCTION",
  };
}

/** An action's place in INSTRUCTIONS. */
function instructionOf({ type }: Ofpact): number {
  const at = (INSTRUCTIONS as readonly string[]).indexOf(type);
  return at < 0 ? APPLY_ACTIONS : at;
}

function verifyOrder(previous: number, next: number): OfpactFault | undefined {
  const fine = previous === APPLY_ACTIONS ? next >= previous : next > previous;
  if (fine) return undefined;
  const name = INSTRUCTIONS[previous];
  const suffix = "for OpenFlow 1.1+ compatibility";
  const text =
    next === previous
      ? `duplicate ${name} instruction not allowed, ${suffix}`
      : `invalid instruction ordering: ${INSTRUCTIONS[next]} must appear before ${name}, ${suffix}`;
  return { text, error: "OFPBAC_UNSUPPORTED_ORDER" };
}

/**
 * The first fault of a list; instructions: whether there may be any but apply_actions and meter; outer: what the list
 * is nested in.
 */
export function verifyOfpacts(
  actions: readonly Ofpact[],
  instructions: boolean,
  outer?: OuterAction,
): OfpactFault | undefined {
  let previous = METER;
  for (const [i, action] of actions.entries()) {
    if (action.type === "conjunction") return verifyConjunctions(actions);
    const nested = verifyNested(action, outer);
    if (nested !== undefined) return nested;
    const next = instructionOf(action);
    const order = i === 0 ? undefined : verifyOrder(previous, next);
    if (order !== undefined) return order;
    if (!instructions && next !== APPLY_ACTIONS && next !== METER) {
      return { text: `${INSTRUCTIONS[next]} instruction not allowed here`, error: "OFPBIC_UNSUP_INST" };
    }
    previous = next;
  }
  return undefined;
}
