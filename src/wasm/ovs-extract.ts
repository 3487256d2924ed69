// ovs-extract - the headers of a frame as struct flow, by the engine's own extraction: for frames that are not in any queue.
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import { FLOW_KEY_BYTES, METADATA_BYTES } from "../../assembly/abi/ovs.ts";
import type { Machine } from "./machine.ts";

/** What a packet has beside its bytes. */
export interface PacketMetadata {
  readonly inPort: number;
  readonly recircId?: number;
  readonly dpHash?: number;
  readonly skbPriority?: number;
  readonly pktMark?: number;
}

/** Longer frames are looked at no further: no header ends behind it. */
const FRAME_BYTES = 0x10000;

export class FlowExtractor {
  private readonly machine: Machine;
  private readonly frame: number;
  private readonly key: number;
  private readonly metadata: number;
  private readonly flow: number;

  constructor(machine: Machine) {
    const { arena } = machine;
    this.machine = machine;
    this.frame = arena.allocate(FRAME_BYTES, "a frame");
    this.key = arena.allocate(FLOW_KEY_BYTES, "a key");
    this.metadata = arena.allocate(METADATA_BYTES, "metadata");
    this.flow = arena.allocate(FLOW_BYTES, "a flow");
  }

  /** @returns struct flow: a view, until the next call */
  extract(frame: Uint8Array, metadata: PacketMetadata, vlanLimit: 0 | 1 | 2): Uint8Array {
    const { engine, arena } = this.machine;
    const { inPort, recircId = 0, dpHash = 0, skbPriority = 0, pktMark = 0 } = metadata;
    const seen = frame.subarray(0, FRAME_BYTES);
    arena.bytes.set(seen, this.frame);
    engine.metadataSet(this.metadata, inPort, recircId, dpHash, skbPriority, pktMark);
    engine.extract(this.key, this.frame, seen.length, this.metadata, vlanLimit);
    arena.bytes.fill(0, this.flow, this.flow + FLOW_BYTES);
    engine.keyExpand(this.key, this.flow);
    return arena.bytes.subarray(this.flow, this.flow + FLOW_BYTES);
  }
}
