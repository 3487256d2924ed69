// forwarding - what testpmd's streams share, with names: its globals, its ports' settings, and streams that are told of both. One a
// machine; used between runs. Settings that are not named keep what they were, at first testpmd 22.11's defaults.
// A change reaches a stream when it is configured again: at each `start`.

import * as ids from "../../assembly/abi/forwarding.ts";
import { MAX_BURST, MAX_SEGMENTS } from "../../assembly/abi/limits.ts";
import { FORWARD_CONFIG_BYTES, PORT_CONFIG_BYTES } from "../../assembly/abi/sizes.ts";
import { STATUS_OK } from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";

/** testpmd's globals. */
export interface ForwardSettings {
  /** txpkts: bytes of each segment, 1 to 255 of them. */
  readonly txSegments?: readonly number[];
  readonly txSplit?: "off" | "on" | "rand";
  /** txtimes: ns between bursts, between packets of a burst. */
  readonly txTimesInterNs?: number;
  readonly txTimesIntraNs?: number;
  readonly txMultiFlow?: boolean;
  /** IPv4 addresses as numbers. */
  readonly txIpSource?: number;
  readonly txIpDestination?: number;
  readonly txUdpSource?: number;
  readonly txUdpDestination?: number;
  readonly flowgenFlows?: number;
  readonly flowgenClones?: number;
  /** --noisy-tx-sw-buffer-flushtime, 0: never. */
  readonly noisyFlushMs?: number;
  /** --noisy-lkup-memory, bytes. */
  readonly noisyMemoryBytes?: number;
  /** Random accesses a packet. */
  readonly noisyWrites?: number;
  readonly noisyReads?: number;
  readonly noisyReadsWrites?: number;
  readonly vxlanGpePort?: number;
  readonly genevePort?: number;
  /** `set verbose`: 1 dumps what is received, 2 what is sent, more both. */
  readonly verbose?: number;
}

/** What testpmd keeps of a port for its engines. */
export interface PortSettings {
  /** Its address and the peer's behind it, 48 bits, byte 0 lowest; both 0: streams keep those they were made with. */
  readonly mac?: bigint;
  readonly peer?: bigint;
  /** RTE_ETH_TX_OFFLOAD_* */
  readonly txOffloads?: bigint;
  /** `tx_vlan set`: TCIs. */
  readonly txVlanId?: number;
  readonly txVlanIdOuter?: number;
  /** `csum parse-tunnel`, `csum mac-swap` */
  readonly parseTunnel?: boolean;
  readonly macSwap?: boolean;
  /** Bytes of a segment, 0: off. */
  readonly tsoBytes?: number;
  readonly tunnelTsoBytes?: number;
  /** --noisy-tx-sw-buffer-size, of what is received here: a power of two, 0: none. Empties the FIFO: see endNoisy. */
  readonly noisyFifoSize?: number;
}

/** A stream's counters: testpmd's fwd_stream. */
export interface StreamCounters {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly dropped: number;
  readonly rxBadIpChecksum: number;
  readonly rxBadL4Checksum: number;
  readonly rxBadOuterIpChecksum: number;
  readonly rxBadOuterL4Checksum: number;
}

const SPLITS = { off: ids.TX_SPLIT_OFF, on: ids.TX_SPLIT_ON, rand: ids.TX_SPLIT_RAND } as const;
/** noisy looks up in the first 64th of its memory only: no more is needed. */
const NOISY_PART = 64;
const PS_PER_NS = 1000n;

export class Forwarding {
  private readonly engine: Engine;
  private readonly arena: Arena;
  private readonly config: number;
  private readonly ports = new Map<number, number>();
  private readonly fifos = new Map<number, { at: number; size: number }>();
  private readonly scratch: number;
  private noisyMemory = { at: 0, bytes: 0 };

  constructor(engine: Engine, arena: Arena) {
    this.engine = engine;
    this.arena = arena;
    this.config = arena.allocate(FORWARD_CONFIG_BYTES, "forwarding settings");
    this.scratch = arena.allocate(MAX_SEGMENTS * 2 + 2, "scratch");
    engine.forwardConfigInit(this.config);
  }

  /** Changes testpmd's globals. @throws UsageError for segments that are none */
  setForwardConfig(settings: ForwardSettings): void {
    const { engine, config } = this;
    const set = (id: number, value: number | bigint | boolean | undefined): void => {
      if (value !== undefined) engine.forwardConfigSet(config, id, BigInt(value));
    };
    const ps = (ns: number | undefined): bigint | undefined => (ns === undefined ? undefined : BigInt(ns) * PS_PER_NS);
    const s = settings;
    if (s.txSegments !== undefined) this.setSegments(s.txSegments);
    set(ids.FORWARD_TX_SPLIT, s.txSplit === undefined ? undefined : SPLITS[s.txSplit]);
    set(ids.FORWARD_TX_TIMES_INTER, ps(s.txTimesInterNs));
    set(ids.FORWARD_TX_TIMES_INTRA, ps(s.txTimesIntraNs));
    set(ids.FORWARD_TX_MULTI_FLOW, s.txMultiFlow);
    set(ids.FORWARD_TX_IP_SOURCE, s.txIpSource);
    set(ids.FORWARD_TX_IP_DESTINATION, s.txIpDestination);
    set(ids.FORWARD_TX_UDP_SOURCE, s.txUdpSource);
    set(ids.FORWARD_TX_UDP_DESTINATION, s.txUdpDestination);
    set(ids.FORWARD_FLOWGEN_FLOWS, s.flowgenFlows);
    set(ids.FORWARD_FLOWGEN_CLONES, s.flowgenClones);
    set(ids.FORWARD_NOISY_FLUSH, s.noisyFlushMs);
    if (s.noisyMemoryBytes !== undefined) this.setNoisyMemory(s.noisyMemoryBytes);
    set(ids.FORWARD_NOISY_WRITES, s.noisyWrites);
    set(ids.FORWARD_NOISY_READS, s.noisyReads);
    set(ids.FORWARD_NOISY_READS_WRITES, s.noisyReadsWrites);
    set(ids.FORWARD_VXLAN_GPE_PORT, s.vxlanGpePort);
    set(ids.FORWARD_GENEVE_PORT, s.genevePort);
    set(ids.FORWARD_VERBOSE, s.verbose);
  }

  private setSegments(lengths: readonly number[]): void {
    const { engine, arena, scratch, config } = this;
    arena.u16(scratch, Math.min(lengths.length, MAX_SEGMENTS)).set(lengths.slice(0, MAX_SEGMENTS));
    if (engine.forwardConfigSegments(config, scratch, lengths.length) !== STATUS_OK)
      throw new UsageError(`txpkts: found ${lengths.length} segments, expected 1 to ${MAX_SEGMENTS}`);
  }

  private setNoisyMemory(bytes: number): void {
    const part = Math.ceil(bytes / NOISY_PART);
    if (part > this.noisyMemory.bytes)
      this.noisyMemory = { at: this.arena.allocate(part, "noisy's lookup memory"), bytes: part };
    this.engine.forwardConfigSet(this.config, ids.FORWARD_NOISY_MEMORY, BigInt(bytes === 0 ? 0 : this.noisyMemory.at));
    this.engine.forwardConfigSet(this.config, ids.FORWARD_NOISY_MEMORY_BYTES, BigInt(bytes));
  }

  /** Changes what is known of a port, by its id. @throws UsageError for a FIFO whose size is no power of two */
  setPortConfig(port: number, settings: PortSettings): void {
    const at = this.portConfig(port);
    const set = (id: number, value: number | bigint | boolean | undefined): void => {
      if (value !== undefined) this.engine.portConfigSet(at, id, BigInt(value));
    };
    const s = settings;
    set(ids.PORT_CONFIG_MAC, s.mac);
    set(ids.PORT_CONFIG_PEER, s.peer);
    set(ids.PORT_CONFIG_TX_OFFLOADS, s.txOffloads);
    set(ids.PORT_CONFIG_TX_VLAN, s.txVlanId);
    set(ids.PORT_CONFIG_TX_VLAN_OUTER, s.txVlanIdOuter);
    set(ids.PORT_CONFIG_PARSE_TUNNEL, s.parseTunnel);
    set(ids.PORT_CONFIG_MAC_SWAP, s.macSwap);
    set(ids.PORT_CONFIG_TSO, s.tsoBytes);
    set(ids.PORT_CONFIG_TUNNEL_TSO, s.tunnelTsoBytes);
    if (s.noisyFifoSize !== undefined) this.setFifo(port, at, s.noisyFifoSize);
  }

  private setFifo(port: number, config: number, size: number): void {
    let fifo = this.fifos.get(port);
    if (size > (fifo?.size ?? 0)) {
      fifo = { at: this.arena.allocate(this.engine.noisyFifoBytes(size) >>> 0, "noisy's FIFO"), size };
      this.fifos.set(port, fifo);
    }
    if (this.engine.noisyInit(config, size === 0 ? 0 : (fifo?.at ?? 0), size) !== STATUS_OK)
      throw new UsageError(`noisy FIFO: found ${size} entries, expected a power of two from 2`);
  }

  /** Linear address of a port's settings. */
  private portConfig(port: number): number {
    let at = this.ports.get(port);
    if (at === undefined) {
      at = this.arena.allocate(PORT_CONFIG_BYTES, "a port's settings");
      this.engine.portConfigInit(at);
      this.ports.set(port, at);
    }
    return at;
  }

  /** Tells a stream what it shares; before each run. ealLcore: rte_lcore_id of its lcore, part of txonly's multi-flow addresses */
  configureStream(stream: number, rxPort: number, txPort: number, ealLcore = 1): void {
    this.engine.streamConfigure(stream, this.config, this.portConfig(rxPort), this.portConfig(txPort), ealLcore);
  }

  /** Sets a stream's counters to 0. */
  resetStream(stream: number): void {
    this.engine.streamReset(stream);
  }

  readStream(stream: number): StreamCounters {
    this.engine.streamCounters(stream, this.scratch);
    const block = this.arena.u64(this.scratch, ids.STREAM_COUNTERS);
    const at = (i: number): number => Number(block[i]);
    return {
      rxPackets: at(ids.STREAM_RX_PACKETS),
      txPackets: at(ids.STREAM_TX_PACKETS),
      dropped: at(ids.STREAM_DROPPED),
      rxBadIpChecksum: at(ids.STREAM_RX_BAD_IP_CSUM),
      rxBadL4Checksum: at(ids.STREAM_RX_BAD_L4_CSUM),
      rxBadOuterIpChecksum: at(ids.STREAM_RX_BAD_OUTER_IP_CSUM),
      rxBadOuterL4Checksum: at(ids.STREAM_RX_BAD_OUTER_L4_CSUM),
    };
  }

  /** Bursts received and sent by size, entry 0 those of no packets. */
  readSpreads(stream: number): { rx: number[]; tx: number[] } {
    const read = (at: number): number[] => [...this.arena.u64(at >>> 0, MAX_BURST + 1)].map(Number);
    return { rx: read(this.engine.streamRxSpread(stream)), tx: read(this.engine.streamTxSpread(stream)) };
  }

  /** Packets in noisy's FIFOs: part of the ledger's `queued`. */
  queued(): number {
    let n = 0;
    for (const at of this.ports.values()) n += this.engine.noisyQueued(at) >>> 0;
    return n;
  }

  /** What noisy's end does to a stream's FIFO: frees what is left in it, dropped as fifo_left. @returns packets */
  endNoisy(lcore: number, stream: number): number {
    return this.engine.noisyEnd(lcore, stream) >>> 0;
  }
}
