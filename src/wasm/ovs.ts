// ovs - one thread of the userspace datapath, with names: its caches, its megaflows, and the lookup of a burst. Which actions a megaflow stands
// for, and what an upcall decides, is the caller's.

import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import * as ids from "../../assembly/abi/ovs.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";
import { exact, type FlowFields, flowBytes, flowFields } from "./ovs-flow.ts";

export interface PmdOptions {
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
  readonly actions: number;
  /** miniflow_bits(,): words of the subtable's mask in the map's two units. */
  readonly miniflowBits: readonly [number, number];
}

/** pmd-stats-show's. */
export interface PmdStats {
  readonly received: number;
  readonly recirculated: number;
  readonly emcHits: number;
  readonly smcHits: number;
  readonly megaflowHits: number;
  /** avg. subtable lookups per megaflow hit, 0 without hits */
  readonly subtableLookupsPerHit: number;
  readonly missed: number;
  readonly lost: number;
  /** datapath_drop_rx_invalid_packet */
  readonly invalid: number;
}

/** What an upcall brought for packet `packet` of the burst: a megaflow it installed, "none", or "failed". */
export type Upcall = (packet: number) => Megaflow | "none" | "failed";

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

export class OvsPmd {
  readonly address: number;
  private readonly engine: Engine;
  private readonly arena: Arena;
  private readonly vlanLimit: number;
  private readonly metadata: number;
  private readonly packets: number;
  private readonly scratch: number;
  private readonly stats: BigUint64Array;

  constructor(engine: Engine, arena: Arena, options: PmdOptions = {}) {
    const { flowLimit, emcInsertInvProb, smcEnable, vlanLimit, seed } = { ...DEFAULTS, ...options };
    this.engine = engine;
    this.arena = arena;
    this.vlanLimit = vlanLimit;
    if (!(Number.isInteger(seed) && seed >= 1 && seed <= UINT32_MAX))
      throw new UsageError(`seed: found ${seed}, expected 1 to ${UINT32_MAX}`);
    // the EMC may hold as many deleted ones as it has entries
    const poolBytes = Math.max(POOL_MIN_BYTES, (flowLimit + ids.EM_FLOW_HASH_ENTRIES) * BYTES_PER_FLOW);
    const pool = arena.allocate(poolBytes, "megaflows");
    this.address = arena.allocate(engine.pmdBytes(flowLimit, smcEnable) >>> 0, "a datapath thread");
    this.metadata = arena.allocate(ids.METADATA_BYTES, "metadata");
    this.packets = arena.allocate(ids.NETDEV_MAX_BURST * 4, "a burst");
    this.scratch = arena.allocate(ids.MEGAFLOW_FIELDS * 8 + 2 * FLOW_BYTES, "scratch");
    engine.pmdInit(this.address, flowLimit, smcEnable, pool, poolBytes, seed);
    this.stats = arena.u64(engine.pmdStats(this.address) >>> 0, ids.PMD_STAT_COUNT);
    this.setEmcInsertInvProb(emcInsertInvProb);
  }

  /** From the next burst on, as other_config:emc-insert-inv-prob, or 0 for bursts of a port whose emc-enable is false. */
  setEmcInsertInvProb(invProb: number): void {
    if (!(Number.isInteger(invProb) && invProb >= 0 && invProb <= UINT32_MAX))
      throw new UsageError(`emc-insert-inv-prob: found ${invProb}, expected 0 to ${UINT32_MAX}`);
    const min = invProb === 0 ? 0 : Math.floor(UINT32_MAX / invProb);
    this.engine.pmdConfigure(this.address, min, this.vlanLimit);
  }

  /**
   * Adds a megaflow for packets of key.in_port. The mask says which bits of the key count; recirc_id and packet_type always do, as in every
   * megaflow of OVS. It must not overlap with another of the port. @throws UsageError when there is no room
   */
  addFlow(key: FlowFields, mask: FlowFields, actions = 0): Megaflow {
    const { arena, engine, scratch } = this;
    arena.bytes.set(flowBytes(key), scratch);
    arena.bytes.set(flowBytes({ ...mask, ...exact("recirc_id", "packet_type") }), scratch + FLOW_BYTES);
    const flow = engine.pmdAddFlow(this.address, scratch, scratch + FLOW_BYTES, actions) >>> 0;
    if (flow === 0) throw new UsageError("megaflow: found no room for one more");
    return flow;
  }

  /** Deletes a megaflow; packets that the EMC knew for it miss from now on. */
  deleteFlow(flow: Megaflow): void {
    this.engine.pmdDeleteFlow(this.address, flow);
  }

  describe(flow: Megaflow): MegaflowState {
    const { arena, engine, scratch } = this;
    const images = scratch + ids.MEGAFLOW_FIELDS * 8;
    arena.bytes.fill(0, scratch, images + 2 * FLOW_BYTES);
    engine.pmdDescribeFlow(flow, scratch);
    const fields = arena.u64(scratch, ids.MEGAFLOW_FIELDS);
    const number = (i: number): number => Number(fields[i]);
    const used = fields[ids.MEGAFLOW_USED] ?? 0n;
    return {
      key: flowFields(arena.bytes.subarray(images, images + FLOW_BYTES)),
      mask: flowFields(arena.bytes.subarray(images + FLOW_BYTES, images + 2 * FLOW_BYTES)),
      packets: number(ids.MEGAFLOW_PACKETS),
      bytes: number(ids.MEGAFLOW_OCTETS),
      usedPs: used === 0n ? undefined : used,
      tcpFlags: number(ids.MEGAFLOW_TCP_FLAGS),
      actions: number(ids.MEGAFLOW_ACTIONS),
      miniflowBits: [number(ids.MEGAFLOW_MASK_WORDS0), number(ids.MEGAFLOW_MASK_WORDS1)],
    };
  }

  /** Looks up a burst. upcall: asked for each packet that nothing knows. @returns each packet's megaflow; undefined: an upcall's, or a runt */
  lookup(burst: Burst, upcall: Upcall): (Megaflow | undefined)[] {
    const { engine, address } = this;
    const { packets, inPort, nowPs = 0n, recirculated } = burst;
    if (packets.length === 0 || packets.length > ids.NETDEV_MAX_BURST)
      throw new UsageError(`burst: found ${packets.length} packets, expected 1 to ${ids.NETDEV_MAX_BURST}`);
    this.arena.u32(this.packets, packets.length).set(packets);
    engine.metadataSet(this.metadata, inPort, recirculated?.recircId ?? 0, recirculated?.dpHash ?? 0);
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

  /** Once in 1025 of the thread's rounds: sweeps the EMC by one entry, sorts subtables when a second has passed. */
  housekeeping(nowPs: bigint): void {
    this.engine.pmdHousekeeping(this.address, nowPs);
  }

  readStats(): PmdStats {
    const at = (i: number): number => Number(this.stats[i]);
    const megaflowHits = at(ids.PMD_STAT_MASKED_HIT);
    return {
      received: at(ids.PMD_STAT_RECV),
      recirculated: at(ids.PMD_STAT_RECIRC),
      emcHits: at(ids.PMD_STAT_EXACT_HIT),
      smcHits: at(ids.PMD_STAT_SMC_HIT),
      megaflowHits,
      subtableLookupsPerHit: megaflowHits === 0 ? 0 : at(ids.PMD_STAT_MASKED_LOOKUP) / megaflowHits,
      missed: at(ids.PMD_STAT_MISS),
      lost: at(ids.PMD_STAT_LOST),
      invalid: at(ids.PMD_STAT_RX_INVALID),
    };
  }
}
