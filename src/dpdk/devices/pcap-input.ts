// pcap-input - the captures that net_pcap receives from: read whole into the engine's memory when the port starts, and indexed.
// A capture that ends in the middle of a packet gives what came before, as libpcap does.
import { INGRESS_BYTES } from "../../../assembly/abi/ingress.ts";
import { CHUNK_BYTES_MINIMUM } from "../../capture/chunk.ts";
import { CaptureIndexer } from "../../capture/indexer.ts";
import type { HostInput } from "../../capture/input.ts";
import type { Machine } from "../../wasm/machine.ts";

/** Bytes that the shortest record takes: the index has room for a file of nothing else. */
const RECORD_BYTES = 16;
const READ_BYTES = 16 << 20;
/** What a pipe may bring: its length is not known beforehand. */
const PIPE_BYTES = 256 << 20;
const WORDS = INGRESS_BYTES / 4;
const HEADER_BYTES = 24;

/** Room for one capture, used again when its port is started again. */
export class PcapInput {
  private readonly machine: Machine;
  private at = 0;
  private size = 0;
  private index = 0;
  private entries = 0;
  private filled = 0;
  /** Entries of the capture read last. */
  count = 0;
  /** Longest packet of it, bytes. */
  longest = 0;
  /** It ends in the middle of a packet, or is corrupt behind its last one. */
  isCut = false;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The capture's first bytes, as many as a classic header has. */
  get header(): Uint8Array {
    return this.machine.arena.bytes.slice(this.at, this.at + Math.min(this.filled, HEADER_BYTES));
  }

  /** Linear address of the first entry. */
  get first(): number {
    return this.index;
  }

  /** Reads all of `input`. @throws UsageError when there is no room for it */
  load(input: HostInput): void {
    const { arena } = this.machine;
    this.reserve(input.size ?? PIPE_BYTES);
    let filled = 0;
    for (;;) {
      const n = input.read(arena.bytes.subarray(this.at + filled, this.at + Math.min(this.size, filled + READ_BYTES)));
      if (n === 0) break;
      filled += n;
    }
    this.filled = filled;
    this.count = 0;
  }

  /** Finds the packets in what has been loaded; they then carry `queue` in their entries. @throws CaptureError for no capture */
  find(input: HostInput, queue: number, nowNs: bigint): void {
    const { arena } = this.machine;
    const indexer = new CaptureIndexer({
      name: input.name,
      tolerant: true,
      rawTime: true,
      referenceNs: input.mtimeNs ?? nowNs,
      portOf: () => 0,
    });
    const index = arena.u32(this.index, this.entries * WORDS);
    this.count = indexer.index(arena.bytes, this.at, this.at + this.filled, true, index, 0).packets;
    this.isCut = indexer.summary.fault !== undefined;
    this.longest = 0;
    for (let i = 0; i < this.count; i++) {
      this.longest = Math.max(this.longest, index[i * WORDS + 1]!);
      index[i * WORDS + 4] = queue << 16;
    }
  }

  private reserve(size: number): void {
    const bytes = size + CHUNK_BYTES_MINIMUM;
    if (bytes <= this.size) return;
    const { arena } = this.machine;
    this.at = arena.allocate(bytes + 128, "a capture", 4096);
    this.size = bytes;
    this.entries = Math.ceil(size / RECORD_BYTES) + 1;
    this.index = arena.allocate(this.entries * INGRESS_BYTES, "a capture's index");
  }
}
