// xlate-context - the state of one translation of a packet through a bridge (struct xlate_ctx, xlate_in, xlate_out of ofproto-dpif-xlate.c).
// One object is used again and again: `begin` makes it new.
import { Flow } from "../openflow/flow.ts";
import type { Ofpact } from "../openflow/ofpact.ts";
import type { PortMap } from "../openflow/ports.ts";
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { Bridge } from "./bridge.ts";
import type { Bundle, Port } from "./port.ts";
import type { RecircIds, Step } from "./recirc.ts";
import type { Rule } from "./rule.ts";
import type { Credited, PushedStats } from "./stats.ts";
import type { TraceNode, TraceType } from "./xlate-trace.ts";

/** Why a translation failed, by the ending of its drop_action_* counter. */
export type XlateError =
  | "bridge_not_found"
  | "recursion_too_deep"
  | "too_many_resubmit"
  | "stack_too_deep"
  | "no_recirculation_context"
  | "recirculation_conflict"
  | "too_many_mpls_labels";

/** Bridges and what joins them. */
export interface Network {
  readonly recircs: RecircIds;
  /** What a patch port leads to. */
  peer(bridge: Bridge, port: Port): { readonly bridge: Bridge; readonly port: Port } | undefined;
}

/** Steps that lead back to earlier ones. */
export interface Pipeline {
  /** isLast: nothing comes after them; inBucket: they are a group's bucket */
  actions(ctx: XlateContext, steps: readonly Step[], isLast: boolean, inBucket: boolean): void;
  /** The same, on a packet of their own. */
  cloned(ctx: XlateContext, steps: readonly Step[], isLast: boolean): void;
  /** Copies for mirrors, given as bits. */
  mirror(ctx: XlateContext, bundle: Bundle, mirrors: number): void;
}

export interface HashBeforeRecirc {
  readonly algorithm: "l4" | "sym_l4";
  readonly basis: number;
}

/** Who wants what of a translation. */
export interface XlateWishes {
  /** Tables are learned in, rules are added, timeouts lowered. */
  readonly sideEffects: boolean;
  /** Packets that are credited at once. */
  readonly stats: PushedStats | undefined;
  /** Gets all that later packets are to be credited to. */
  readonly cache: Credited[] | undefined;
  readonly tcpFlags: number;
  /** The packet itself, where there is one: a whole frame. */
  readonly packet?: Uint8Array | undefined;
  /** Gets the way. */
  readonly trace: TraceNode[] | undefined;
  /** The way has ports' names. */
  readonly names?: boolean;
}

/** OVS's cookie of a packet for which no rule was found yet. */
const NO_COOKIE = 0xffff_ffff_ffff_ffffn;

export class XlateContext {
  readonly network: Network;
  readonly pipeline: Pipeline;
  bridge!: Bridge;
  /** That the translation began in. */
  entryBridge!: Bridge;
  /** The packet as it came, with the bridge's port number. */
  readonly original = new Flow();
  /** The packet as actions have changed it. */
  readonly flow = new Flow();
  /** The packet as the datapath actions so far have changed it. */
  readonly base = new Flow();
  /** Bits of the original that the result depends on. */
  readonly wildcards = new Flow();
  wishes!: XlateWishes;
  actions: DatapathAction[] = [];
  /** Netlink bytes of `actions` and of the lists around them. */
  actionBytes = 0;
  recircs: number[] = [];
  isSlow = false;
  avoidCaching = false;
  error: XlateError | undefined;
  rule: Rule | undefined;
  table = 0;
  /** Of the bridge's tables when the packet came: it does not see what is learned from it. */
  version = 0;
  cookie = NO_COOKIE;
  stack: Uint8Array[] = [];
  actionSet: Ofpact[] = [];
  actionSetHasGroup = false;
  inActionSet = false;
  /** Nested resubmits that lead back, groups, patch ports. */
  depth = 0;
  resubmits = 0;
  exit = false;
  mirrors = 0;
  mirrorSnaplen = 0;
  wasMpls = false;
  /** The port that the packet came to the datapath by. */
  entryPort: Port | undefined;
  isFreezing = false;
  hashBeforeRecirc: HashBeforeRecirc | undefined;
  frozen: Step[] = [];
  pause: (Ofpact & { readonly type: "controller" }) | undefined;
  trace: TraceNode[] | undefined;

  constructor(network: Network, pipeline: Pipeline) {
    this.network = network;
    this.pipeline = pipeline;
  }

  begin(bridge: Bridge, wishes: XlateWishes): void {
    this.bridge = bridge;
    this.entryBridge = bridge;
    this.wishes = wishes;
    this.trace = wishes.trace;
    this.wildcards.clear();
    this.actions = [];
    this.actionBytes = 0;
    this.recircs = [];
    this.isSlow = false;
    this.avoidCaching = false;
    this.error = undefined;
    this.rule = undefined;
    this.table = 0;
    this.version = bridge.tables.version;
    this.cookie = NO_COOKIE;
    this.stack = [];
    this.actionSet = [];
    this.actionSetHasGroup = false;
    this.inActionSet = false;
    this.depth = 0;
    this.resubmits = 0;
    this.exit = false;
    this.mirrors = 0;
    this.mirrorSnaplen = 0;
    this.wasMpls = false;
    this.entryPort = undefined;
    this.isFreezing = false;
    this.hashBeforeRecirc = undefined;
    this.frozen = [];
    this.pause = undefined;
  }

  emit(action: DatapathAction, bytes: number): void {
    this.actions.push(action);
    this.actionBytes += bytes;
  }

  /** The packets that are translated, and later ones like them, count for target. */
  account(target: Credited): void {
    const { stats, cache } = this.wishes;
    if (stats !== undefined) target.credit(stats);
    cache?.push(target);
  }

  /** What ports are called in remarks. */
  get shownPorts(): PortMap | undefined {
    if (this.wishes.names !== true) return undefined;
    const { ports } = this.bridge;
    return { name: (number) => ports.get(number)?.name, number: () => undefined };
  }

  /** Adds a remark to the trace, if there is one. @returns where remarks below it go */
  report(type: TraceType, text: string): TraceNode[] | undefined {
    if (this.trace === undefined) return undefined;
    const node: TraceNode = { type, text, subs: [] };
    this.trace.push(node);
    return node.subs;
  }

  /** A list of datapath actions of its own. */
  nested(fill: () => void): DatapathAction[] {
    const outer = this.actions;
    const inner: DatapathAction[] = [];
    this.actions = inner;
    fill();
    this.actions = outer;
    return inner;
  }
}
