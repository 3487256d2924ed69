// ovs-flows - one thread's caches and megaflows, with names: how megaflows come and go and what they have seen, and the lookup of a burst by
// itself. Polls and upcalls are ovs-pmd's.
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import * as ids from "../../assembly/abi/ovs.ts";
import { ACTIONS_WORDS_MAX } from "../../assembly/abi/ovs-actions.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";
import type { DatapathAction } from "./ovs-actions.ts";
import { ActionCompiler, type ActionWords } from "./ovs-compile.ts";
import { exact, type FlowFields, flowBytes, flowFields } from "./ovs-flow.ts";
import { type PmdStats, readPmdStats } from "./ovs-stats.ts";

export interface FlowsOptions {
  /** Megaflows there may be at a time. */
  readonly flowLimit?: number;
  /** emc-insert-inv-prob: a key enters the EMC once in that many misses; 0: the EMC is off. */
  readonly emcInsertInvProb?: number;
  readonly smcEnable?: boolean;
  /** Tags that are fields. */
  readonly vlanLimit?: 0 | 1 | 2;
  /** Of the chance to enter the EMC, 1 to 2^32 - 1. */
  readonly seed?: number;
}

/** What a thread belongs to. */
export interface FlowsHome {
  /** Linear address of the datapath, 0: none. */
  readonly datapath: number;
  /** Port numbers below this may be sent to. */
  readonly ports: number;
  readonly compiler: ActionCompiler;
}

/** A megaflow: a handle until it is deleted. */
export type Megaflow = number;

/** What dump-flows says of a megaflow. */
export interface MegaflowState {
  readonly key: FlowFields;
  readonly mask: FlowFields;
  readonly packets: number;
  readonly bytes: number;
  /** ps, undefined: never */
  readonly usedPs: bigint | undefined;
  readonly tcpFlags: number;
  readonly cookie: number;
  /** miniflow_bits(,): words of the subtable's mask in the map's two units. */
  readonly miniflowBits: readonly [number, number];
}

/** What changes of a megaflow as packets come. */
export interface MegaflowStats {
  readonly flow: Megaflow;
  readonly cookie: number;
  readonly packets: number;
  readonly bytes: number;
  /** ms of virtual time, undefined: never */
  readonly usedMs: number | undefined;
  readonly tcpFlags: number;
}

/** What an upcall brought for packet `packet` of the burst: a megaflow it installed, "none", or "failed". */
export type LookupUpcall = (packet: number) => Megaflow | "none" | "failed";

export interface Burst {
  /** mbufs, 1 to 32, of one segment each. */
  readonly packets: readonly number[];
  /** Datapath port. */
  readonly inPort: number;
  readonly nowPs?: bigint;
  /** For packets that were recirculated. */
  readonly recirculated?: { readonly recircId: number; readonly dpHash: number; readonly depth: number };
}

/** ovs-vswitchd's defaults. */
const DEFAULTS = { flowLimit: 10_000, emcInsertInvProb: 100, smcEnable: false, vlanLimit: 1, seed: 1 } as const;
/** Of a megaflow with a subtable of its own; those that share a mask need a quarter of it. */
const BYTES_PER_FLOW = 1024;
const POOL_MIN_BYTES = 1 << 20;
const UINT32_MAX = 0xffff_ffff;
/** Megaflows whose statistics are read in one go. */
const STATS_AT_ONCE = 1024;
const PS_PER_MS = 1_000_000_000n;

export class OvsFlows {
  readonly address: number;
  protected readonly engine: Engine;
  protected readonly arena: Arena;
  protected readonly compiler: ActionCompiler;
  private readonly words: Uint32Array;
  private readonly metadata: number;
  private readonly packets: number;
  private readonly scratch: number;
  private readonly key: Uint32Array;
  private readonly mask: Uint32Array;
  private readonly statsAt: number;
  private readonly counters: BigUint64Array;

  constructor(engine: Engine, arena: Arena, options: FlowsOptions = {}, home?: FlowsHome) {
    const { flowLimit, emcInsertInvProb, smcEnable, vlanLimit, seed } = { ...DEFAULTS, ...options };
    const { datapath, ports, compiler } = home ?? { datapath: 0, ports: 0, compiler: new ActionCompiler() };
    this.engine = engine;
    this.arena = arena;
    this.compiler = compiler;
    if (!(Number.isInteger(seed) && seed >= 1 && seed <= UINT32_MAX))
      throw new UsageError(`seed: found ${seed}, expected 1 to ${UINT32_MAX}`);
    // the EMC may hold as many deleted ones as it has entries
    const poolBytes = Math.max(POOL_MIN_BYTES, (flowLimit + ids.EM_FLOW_HASH_ENTRIES) * BYTES_PER_FLOW);
    const pool = arena.allocate(poolBytes, "megaflows");
    this.address = arena.allocate(engine.pmdBytes(flowLimit, ports) >>> 0, "a datapath thread");
    this.metadata = arena.allocate(ids.METADATA_BYTES, "metadata");
    this.packets = arena.allocate(ids.NETDEV_MAX_BURST * 4, "a burst");
    this.scratch = arena.allocate(ids.MEGAFLOW_FIELDS * 8 + 2 * FLOW_BYTES, "scratch");
    this.statsAt = arena.allocate(STATS_AT_ONCE * ids.FLOW_STATS_BYTES, "megaflows' statistics");
    engine.pmdInit(this.address, flowLimit, ports, pool, poolBytes, seed, datapath);
    this.words = arena.u32(engine.pmdWords(this.address) >>> 0, 2 * ACTIONS_WORDS_MAX);
    this.counters = arena.u64(engine.pmdStats(this.address) >>> 0, ids.PMD_STAT_COUNT);
    this.key = arena.u32(this.scratch, FLOW_BYTES / 4);
    this.mask = arena.u32(this.scratch + FLOW_BYTES, FLOW_BYTES / 4);
    this.setEmcInsertInvProb(emcInsertInvProb);
    this.setSmcEnable(smcEnable);
    this.setVlanLimit(vlanLimit);
  }

  /** From the next burst on, as other_config:emc-insert-inv-prob. */
  setEmcInsertInvProb(invProb: number): void {
    if (!(Number.isInteger(invProb) && invProb >= 0 && invProb <= UINT32_MAX))
      throw new UsageError(`emc-insert-inv-prob: found ${invProb}, expected 0 to ${UINT32_MAX}`);
    this.set(ids.PMD_EMC_INSERT_MIN, invProb === 0 ? 0 : Math.floor(UINT32_MAX / invProb));
  }

  setSmcEnable(enable: boolean): void {
    this.set(ids.PMD_SMC_ENABLE, enable ? 1 : 0);
  }

  setVlanLimit(limit: 0 | 1 | 2): void {
    this.set(ids.PMD_VLAN_LIMIT, limit);
  }

  protected set(what: number, value: number): void {
    this.engine.pmdSet(this.address, what, value);
  }

  /**
   * Adds a megaflow for packets of key.in_port. The mask says which bits of the key count; recirc_id and packet_type always do, as in every
   * megaflow of OVS. It must not overlap with another of the port. @throws UsageError when there is no room
   */
  addFlow(key: FlowFields, mask: FlowFields, actions: readonly DatapathAction[] = [], cookie = 0): Megaflow {
    const { arena, scratch } = this;
    arena.bytes.set(flowBytes(key), scratch);
    arena.bytes.set(flowBytes({ ...mask, ...exact("recirc_id", "packet_type") }), scratch + FLOW_BYTES);
    return this.addScratch(actions, cookie);
  }

  /** The same with key and mask as struct flow, 168 words each, taken as they are but for in_port, which is exact. */
  putFlow(key: Uint32Array, mask: Uint32Array, actions: readonly DatapathAction[], cookie = 0): Megaflow {
    this.key.set(key);
    this.mask.set(mask);
    return this.addScratch(actions, cookie);
  }

  private addScratch(actions: readonly DatapathAction[], cookie: number): Megaflow {
    const { engine, address, scratch } = this;
    const { words, flags, port } = this.write(actions, 0);
    const flow = engine.pmdAddFlow(address, scratch, scratch + FLOW_BYTES, words.length, flags, port, cookie) >>> 0;
    if (flow === 0) throw new UsageError("megaflow: found no room for one more");
    return flow;
  }

  /** Other actions for a megaflow, whose counters stay. @throws UsageError when there is no room */
  modifyFlow(flow: Megaflow, actions: readonly DatapathAction[], cookie = 0): void {
    const { words, flags, port } = this.write(actions, 0);
    if (!this.engine.pmdModifyFlow(this.address, flow, words.length, flags, port, cookie))
      throw new UsageError("megaflow: found no room for its actions");
  }

  /** Writes a list where the engine takes it. which: 0 or 1, the place */
  protected write(actions: readonly DatapathAction[], which: 0 | 1): ActionWords {
    const compiled = this.compiler.compile(actions);
    this.words.set(compiled.words, which * ACTIONS_WORDS_MAX);
    return compiled;
  }

  /** Deletes a megaflow; packets that the EMC knew for it miss from now on. */
  deleteFlow(flow: Megaflow): void {
    this.engine.pmdDeleteFlow(this.address, flow);
  }

  /** Megaflows there are. */
  get flowCount(): number {
    return this.engine.pmdFlowCount(this.address) >>> 0;
  }

  describe(flow: Megaflow): MegaflowState {
    const { arena, scratch } = this;
    const { key, mask } = this.readFlow(flow);
    const fields = arena.u64(scratch, ids.MEGAFLOW_FIELDS);
    const number = (i: number): number => Number(fields[i]);
    const used = fields[ids.MEGAFLOW_USED] ?? 0n;
    return {
      key: flowFields(key),
      mask: flowFields(mask),
      packets: number(ids.MEGAFLOW_PACKETS),
      bytes: number(ids.MEGAFLOW_OCTETS),
      usedPs: used === 0n ? undefined : used,
      tcpFlags: number(ids.MEGAFLOW_TCP_FLAGS),
      cookie: number(ids.MEGAFLOW_COOKIE),
      miniflowBits: [number(ids.MEGAFLOW_MASK_WORDS0), number(ids.MEGAFLOW_MASK_WORDS1)],
    };
  }

  /** A megaflow's key and mask as struct flow: views, until the next call. */
  readFlow(flow: Megaflow): { readonly key: Uint8Array; readonly mask: Uint8Array } {
    const { arena, engine, scratch } = this;
    const images = scratch + ids.MEGAFLOW_FIELDS * 8;
    arena.bytes.fill(0, scratch, images + 2 * FLOW_BYTES);
    engine.pmdDescribeFlow(flow, scratch);
    return {
      key: arena.bytes.subarray(images, images + FLOW_BYTES),
      mask: arena.bytes.subarray(images + FLOW_BYTES, images + 2 * FLOW_BYTES),
    };
  }

  /** Statistics of all megaflows. Megaflows may be deleted meanwhile, none added. */
  *flowStats(): Generator<MegaflowStats> {
    const { arena, engine, address, statsAt } = this;
    const view = new DataView(arena.bytes.buffer, statsAt, STATS_AT_ONCE * ids.FLOW_STATS_BYTES);
    for (let from = 0, n = STATS_AT_ONCE; n === STATS_AT_ONCE; ) {
      n = engine.pmdFlowStats(address, from, statsAt, STATS_AT_ONCE) >>> 0;
      const all = Array.from({ length: n }, (_, i) => statsAtOffset(view, i * ids.FLOW_STATS_BYTES));
      const last = all.at(-1);
      if (last !== undefined) from = (engine.megaflowNumber(last.flow) >>> 0) + 1;
      yield* all;
    }
  }

  /** Looks up a burst. upcall: asked for each packet that nothing knows. @returns each packet's megaflow; undefined: an upcall's, or a runt */
  lookup(burst: Burst, upcall: LookupUpcall): (Megaflow | undefined)[] {
    const { engine, address } = this;
    const { packets, inPort, nowPs = 0n, recirculated } = burst;
    if (packets.length === 0 || packets.length > ids.NETDEV_MAX_BURST)
      throw new UsageError(`burst: found ${packets.length} packets, expected 1 to ${ids.NETDEV_MAX_BURST}`);
    this.arena.u32(this.packets, packets.length).set(packets);
    engine.metadataSet(this.metadata, inPort, recirculated?.recircId ?? 0, recirculated?.dpHash ?? 0, 0, 0);
    const depth = recirculated?.depth ?? 0;
    const missed = engine.pmdLookup(address, this.packets, packets.length, this.metadata, 0, depth, nowPs) >>> 0;
    for (let left = missed, i = 0; left !== 0; left >>>= 1, i++) {
      if ((left & 1) === 0 || engine.pmdLookUpAgain(address, i) !== 0) continue;
      const brought = upcall(i);
      engine.pmdUpcalled(address, i, typeof brought === "number" ? brought : 0, brought === "failed");
    }
    engine.pmdFinish(address);
    return packets.map((_, i) => engine.pmdFlowOf(address, i) >>> 0 || undefined);
  }

  /** Once in 1026 of the thread's rounds: sweeps the EMC by one entry, sorts subtables when a second has passed. */
  housekeeping(nowPs: bigint): void {
    this.engine.pmdHousekeeping(this.address, nowPs);
  }

  readStats(): PmdStats {
    return readPmdStats(this.counters);
  }

  /** dpif-netdev/pmd-stats-clear */
  clearStats(): void {
    this.counters.fill(0n);
  }
}

function statsAtOffset(view: DataView, at: number): MegaflowStats {
  const u32 = (field: number): number => view.getUint32(at + field, true);
  const u64 = (field: number): bigint => view.getBigUint64(at + field, true);
  const used = u64(ids.FLOW_STATS_USED);
  return {
    flow: u32(ids.FLOW_STATS_FLOW),
    cookie: u32(ids.FLOW_STATS_COOKIE),
    packets: Number(u64(ids.FLOW_STATS_PACKETS)),
    bytes: Number(u64(ids.FLOW_STATS_OCTETS)),
    usedMs: used === 0n ? undefined : Number(used / PS_PER_MS),
    tcpFlags: u32(ids.FLOW_STATS_TCP_FLAGS),
  };
}
