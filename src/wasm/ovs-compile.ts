// ovs-compile - datapath actions as the words that the engine carries out (assembly/abi/ovs-actions).
import * as drops from "../../assembly/abi/drops.ts";
import * as ids from "../../assembly/abi/ovs-actions.ts";
import { UsageError } from "../errors.ts";
import type { DatapathAction, SetKey } from "./ovs-actions.ts";

export type UserspaceAction = Extract<DatapathAction, { type: "userspace" }>;

/** A list as the engine takes it. */
export interface ActionWords {
  readonly words: Uint32Array;
  /** ACTIONS_* */
  readonly flags: number;
  /** Of a list that is one output. */
  readonly port: number;
}

/** Where a set's arguments have a field: offset, bytes, and whether it is big-endian. */
type Places = Readonly<Record<string, readonly [offset: number, bytes: number, network: boolean]>>;

const PORTS: Places = { tp_src: [0, 2, true], tp_dst: [2, 2, true] };
const TYPE_CODE: Places = { tp_src: [0, 1, true], tp_dst: [1, 1, true] };

/** Id, bytes of the values, and the fields of each set. */
const SETS: Readonly<Record<SetKey, readonly [id: number, bytes: number, places: Places]>> = {
  skb_priority: [ids.ACTION_SET_PRIORITY, 4, { skb_priority: [0, 4, false] }],
  skb_mark: [ids.ACTION_SET_MARK, 4, { pkt_mark: [0, 4, false] }],
  eth: [ids.ACTION_SET_ETH, 12, { dl_dst: [0, 6, true], dl_src: [6, 6, true] }],
  ipv4: [
    ids.ACTION_SET_IPV4,
    12,
    { nw_src: [0, 4, true], nw_dst: [4, 4, true], nw_tos: [8, 1, true], nw_ttl: [9, 1, true] },
  ],
  ipv6: [
    ids.ACTION_SET_IPV6,
    40,
    {
      ipv6_src: [0, 16, true],
      ipv6_dst: [16, 16, true],
      ipv6_label: [32, 4, true],
      nw_tos: [36, 1, true],
      nw_ttl: [37, 1, true],
    },
  ],
  tcp: [ids.ACTION_SET_TCP, 4, PORTS],
  udp: [ids.ACTION_SET_UDP, 4, PORTS],
  sctp: [ids.ACTION_SET_SCTP, 4, PORTS],
  icmp: [ids.ACTION_SET_ICMP, 4, TYPE_CODE],
  icmpv6: [ids.ACTION_SET_ICMP, 4, TYPE_CODE],
  arp: [
    ids.ACTION_SET_ARP,
    24,
    {
      nw_src: [0, 4, true],
      nw_dst: [4, 4, true],
      nw_proto: [8, 2, true],
      arp_sha: [12, 6, true],
      arp_tha: [18, 6, true],
    },
  ],
  nd: [ids.ACTION_SET_ND, 28, { nd_target: [0, 16, true], arp_sha: [16, 6, true], arp_tha: [22, 6, true] }],
  mpls: [ids.ACTION_SET_MPLS, 4, { mpls_lse: [0, 4, true] }],
};

const WITHOUT_LAYERS: readonly SetKey[] = ["skb_priority", "skb_mark", "eth"];
const VLAN_CFI = 0x1000;
const DROP_ACTION = "DROP_DROP_ACTION_";
const DROP_REASONS: ReadonlyMap<string, number> = new Map(
  Object.entries(drops)
    .filter(([name]) => name.startsWith(DROP_ACTION))
    .map(([name, id]) => [name.slice(DROP_ACTION.length).toLowerCase(), id]),
);

const swap16 = (value: number): number => ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
const swap32 = (value: number): number => ((swap16(value & 0xffff) << 16) | swap16(value >>> 16)) >>> 0;

/** Compiles lists of one datapath; those it has seen it knows again. */
export class ActionCompiler {
  private readonly known = new WeakMap<readonly DatapathAction[], ActionWords>();
  private readonly userspace: UserspaceAction[] = [];
  private readonly numbers = new Map<string, number>();
  private words: number[] = [];
  private flags = 0;

  /** @throws UsageError naming what cannot be carried out */
  compile(actions: readonly DatapathAction[]): ActionWords {
    let compiled = this.known.get(actions);
    if (compiled === undefined) {
      compiled = this.compileAnew(actions);
      this.known.set(actions, compiled);
    }
    return compiled;
  }

  /** The `userspace` action of an upcall's number. */
  userspaceAction(number: number): UserspaceAction | undefined {
    return this.userspace[number];
  }

  private compileAnew(actions: readonly DatapathAction[]): ActionWords {
    this.words = [];
    this.flags = 0;
    this.list(actions, 0);
    if (this.words.length > ids.ACTIONS_WORDS_MAX)
      throw new UsageError(
        `actions: found ${4 * this.words.length} bytes, expected at most ${4 * ids.ACTIONS_WORDS_MAX}`,
      );
    const [only] = actions;
    const alone = actions.length === 1 && only?.type === "output";
    return {
      words: Uint32Array.from(this.words),
      flags: this.flags | (alone ? ids.ACTIONS_ALONE : 0),
      port: alone ? only.port : 0,
    };
  }

  private list(actions: readonly DatapathAction[], depth: number): void {
    if (depth > ids.ACTIONS_NESTING_MAX)
      throw new UsageError(`actions: found more than ${ids.ACTIONS_NESTING_MAX} lists within lists`);
    for (const action of actions) this.action(action, depth);
  }

  /** One action: its first word gets its length when its arguments are there. */
  private action(action: DatapathAction, depth: number): void {
    const { words } = this;
    const start = words.length;
    words.push(0);
    const id = this.arguments(action, depth);
    words[start] = ((words.length - start) << ids.ACTION_WORDS_SHIFT) | id;
  }

  private arguments(action: DatapathAction, depth: number): number {
    const { words } = this;
    switch (action.type) {
      case "output":
        words.push(action.port);
        return ids.ACTION_OUTPUT;
      case "trunc":
        words.push(action.maxLen);
        return ids.ACTION_TRUNC;
      case "push_vlan":
        words.push((swap16(action.tpid) | (swap16(action.tci & ~VLAN_CFI) << 16)) >>> 0);
        return ids.ACTION_PUSH_VLAN;
      case "pop_vlan":
        return ids.ACTION_POP_VLAN;
      case "push_mpls":
        this.flags |= ids.ACTIONS_LAYERS;
        words.push(swap32(action.lse), swap16(action.ethertype));
        return ids.ACTION_PUSH_MPLS;
      case "pop_mpls":
        this.flags |= ids.ACTIONS_LAYERS;
        words.push(swap16(action.ethertype));
        return ids.ACTION_POP_MPLS;
      case "set":
        return this.set(action);
      case "hash":
        words.push(action.basis);
        return action.algorithm === "l4" ? ids.ACTION_HASH_L4 : ids.ACTION_HASH_SYM_L4;
      case "recirc":
        words.push(action.id);
        return ids.ACTION_RECIRC;
      case "meter":
        words.push(action.id);
        return ids.ACTION_METER;
      case "userspace":
        words.push(this.numberOf(action));
        return ids.ACTION_USERSPACE;
      case "drop":
        words.push(dropReason(action.why));
        return ids.ACTION_DROP;
      case "sample":
      case "clone":
      case "check_pkt_len":
        return this.nested(action, depth + 1);
    }
  }

  private nested(
    action: Extract<DatapathAction, { type: "sample" | "clone" | "check_pkt_len" }>,
    depth: number,
  ): number {
    const { words } = this;
    if (action.type === "check_pkt_len") {
      this.flags |= ids.ACTIONS_LAYERS;
      const start = words.push(action.size, 0);
      this.list(action.greater, depth);
      words[start - 1] = words.length - start;
      this.list(action.lessOrEqual, depth);
      return ids.ACTION_CHECK_PKT_LEN;
    }
    if (action.type === "sample") words.push(action.probability);
    this.list(action.actions, depth);
    return action.type === "sample" ? ids.ACTION_SAMPLE : ids.ACTION_CLONE;
  }

  private set({ key, fields }: Extract<DatapathAction, { type: "set" }>): number {
    const [id, bytes, places] = SETS[key];
    const block = new Uint8Array(2 * bytes);
    for (const { field, value, mask } of fields) {
      const place = places[field];
      if (place === undefined)
        throw new UsageError(`set(${key}()): found ${field}, expected ${Object.keys(places).join(", ")}`);
      const [offset, length, network] = place;
      write(block, offset, length, network, value & mask);
      write(block, bytes + offset, length, network, mask);
    }
    this.words.push(...new Uint32Array(block.buffer));
    if (!WITHOUT_LAYERS.includes(key)) this.flags |= ids.ACTIONS_LAYERS;
    return id;
  }

  private numberOf(action: UserspaceAction): number {
    const text = `${action.reason} ${action.text}`;
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.userspace.push(action) - 1;
      this.numbers.set(text, number);
    }
    return number;
  }
}

function write(to: Uint8Array, offset: number, length: number, network: boolean, value: bigint): void {
  let rest = value;
  for (let i = 0; i < length; i++, rest >>= 8n) to[offset + (network ? length - 1 - i : i)] = Number(rest & 0xffn);
}

function dropReason(why: string): number {
  const reason = DROP_REASONS.get(why);
  if (reason === undefined) throw new UsageError(`drop: found ${why}, expected ${[...DROP_REASONS.keys()].join(", ")}`);
  return reason;
}
