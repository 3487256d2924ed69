// dump - reads what the engine writes for `set verbose`: bursts in the order of an lcore's work, with each packet's fields and first bytes.
import * as layout from "../../assembly/abi/dump.ts";
import type { Arena } from "./arena.ts";
import type { Engine } from "./engine.ts";

/** What csum found in a packet. Lengths in bytes. */
export interface ParsedPacket {
  readonly rxOlFlags: bigint;
  readonly l2: number;
  readonly l3: number;
  readonly l4: number;
  readonly ethertype: number;
  readonly protocol: number;
  readonly tunnel: boolean;
  readonly outerL2: number;
  readonly outerL3: number;
  readonly outerEthertype: number;
  readonly tsoBytes: number;
  readonly tunnelTsoBytes: number;
  readonly txOffloads: bigint;
}

export interface DumpedPacket {
  readonly olFlags: bigint;
  /** Fields as the mbuf's: l2_len:7 l3_len:9 l4_len:8 tso_segsz:16 outer_l3_len:9 outer_l2_len:7. */
  readonly txOffload: bigint;
  readonly pktLen: number;
  readonly packetType: number;
  readonly rss: number;
  readonly vlanTci: number;
  readonly vlanTciOuter: number;
  readonly nbSegs: number;
  readonly port: number;
  /** Number in its capture, from 0. */
  readonly id: number;
  /** The mbuf's position in its pool. */
  readonly number: number;
  /** The first DUMP_KEPT_MAX bytes, or all. */
  readonly bytes: Uint8Array;
  /** Of kind csum. */
  readonly parsed?: ParsedPacket;
}

export interface DumpedBurst {
  /** drop: txonly's first drop, no packets; sleep, wake: an lcore's that waits for rx interrupts, likewise. */
  readonly kind: (typeof KINDS)[number];
  readonly port: number;
  readonly queue: number;
  /** Packets of the burst; of kind drop, those dropped. */
  readonly count: number;
  /** Of kind drop: packets of the burst. Of kind sleep and wake: rte_lcore_id. */
  readonly total: number;
  readonly packets: readonly DumpedPacket[];
}

const KINDS = ["rx", "tx", "icmpecho", "csum", "drop", "sleep", "wake"] as const;

/** Gives an lcore a list for dumps. polls: how many of the largest burst it holds */
export function enableDumps(engine: Engine, arena: Arena, lcore: number, polls = 1): void {
  const bytes = layout.DUMP_POLL_BYTES * polls;
  engine.lcoreDumpInit(lcore, arena.allocate(bytes, "verbose dumps"), bytes);
}

/** Takes what an lcore has dumped since the last call: records for readDumps, or undefined. */
export function takeDumps(engine: Engine, bytes: Uint8Array, lcore: number): Uint8Array | undefined {
  const used = engine.lcoreTakeDump(lcore) >>> 0;
  if (used === 0) return undefined;
  const list = engine.lcoreDumpList(lcore) >>> 0;
  return bytes.slice(list, list + used);
}

/** The bursts of records that an lcore has left, in the order of its work. */
export function readDumps(records: Uint8Array): DumpedBurst[] {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const bursts: DumpedBurst[] = [];
  for (let at = 0; at < records.length; at += view.getUint32(at + layout.DUMP_BYTES, true)) {
    const kind = KINDS[view.getUint16(at + layout.DUMP_KIND, true)] ?? "drop";
    const count = view.getUint16(at + layout.DUMP_PACKETS, true);
    const packets: DumpedPacket[] = [];
    let next = at + layout.DUMP_HEADER_BYTES;
    for (let i = 0; kind !== "drop" && i < count; i++) {
      const head = kind === "csum" ? layout.DUMP_CSUM_BYTES : layout.DUMP_PACKET_BYTES;
      const kept = view.getUint32(next + layout.DUMP_KEPT, true);
      const bytes = records.slice(next + head, next + head + kept);
      packets.push({ ...readPacket(view, next), bytes, ...(kind === "csum" && { parsed: readParsed(view, next) }) });
      next += head + ((kept + 7) & ~7);
    }
    bursts.push({
      kind,
      port: view.getUint16(at + layout.DUMP_PORT, true),
      queue: view.getUint16(at + layout.DUMP_QUEUE, true),
      count,
      total: view.getUint32(at + layout.DUMP_TOTAL, true),
      packets,
    });
  }
  return bursts;
}

function readPacket(view: DataView, at: number): Omit<DumpedPacket, "bytes" | "parsed"> {
  const u16 = (offset: number): number => view.getUint16(at + offset, true);
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  return {
    olFlags: view.getBigUint64(at + layout.DUMP_OL_FLAGS, true),
    txOffload: view.getBigUint64(at + layout.DUMP_TX_OFFLOAD, true),
    pktLen: u32(layout.DUMP_PKT_LEN),
    packetType: u32(layout.DUMP_PACKET_TYPE),
    rss: u32(layout.DUMP_RSS),
    vlanTci: u16(layout.DUMP_VLAN_TCI),
    vlanTciOuter: u16(layout.DUMP_VLAN_TCI_OUTER),
    nbSegs: u16(layout.DUMP_NB_SEGS),
    port: u16(layout.DUMP_MBUF_PORT),
    id: u32(layout.DUMP_ID),
    number: u32(layout.DUMP_NUMBER),
  };
}

function readParsed(view: DataView, at: number): ParsedPacket {
  const u16 = (offset: number): number => view.getUint16(at + offset, true);
  return {
    rxOlFlags: view.getBigUint64(at + layout.DUMP_CSUM_RX_FLAGS, true),
    l2: u16(layout.DUMP_CSUM_L2),
    l3: u16(layout.DUMP_CSUM_L3),
    l4: u16(layout.DUMP_CSUM_L4),
    ethertype: u16(layout.DUMP_CSUM_ETHERTYPE),
    protocol: u16(layout.DUMP_CSUM_PROTOCOL),
    tunnel: u16(layout.DUMP_CSUM_TUNNEL) !== 0,
    outerL2: u16(layout.DUMP_CSUM_OUTER_L2),
    outerL3: u16(layout.DUMP_CSUM_OUTER_L3),
    outerEthertype: u16(layout.DUMP_CSUM_OUTER_ETHERTYPE),
    tsoBytes: u16(layout.DUMP_CSUM_TSO),
    tunnelTsoBytes: u16(layout.DUMP_CSUM_TUNNEL_TSO),
    txOffloads: view.getBigUint64(at + layout.DUMP_CSUM_TX_OFFLOADS, true),
  };
}
