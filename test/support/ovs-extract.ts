// ovs-extract - what the engine extracts of a frame, as fields, and its hashes.
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import { FLOW_KEY_BYTES, METADATA_BYTES } from "../../assembly/abi/ovs.ts";
import { type FlowField, flowFields } from "../../src/wasm/ovs-flow.ts";
import { freshMachine } from "./engine.ts";

export interface ExtractOptions {
  readonly inPort?: number;
  readonly recircId?: number;
  readonly dpHash?: number;
  readonly vlanLimit?: number;
}

export interface Extracted {
  readonly fields: Record<FlowField, bigint>;
  /** miniflow_hash_5tuple */
  readonly hash: number;
}

export class Extractor {
  readonly machine = freshMachine();
  private readonly frame = this.machine.arena.allocate(0x20000, "a frame");
  private readonly key = this.machine.arena.allocate(FLOW_KEY_BYTES, "a key");
  private readonly metadata = this.machine.arena.allocate(METADATA_BYTES, "metadata");
  private readonly flow = this.machine.arena.allocate(FLOW_BYTES, "a flow");

  /** The key is not cleared between frames, and 0xff stands behind each: nothing of either may be seen. */
  extract(frame: Uint8Array, options: ExtractOptions = {}): Extracted {
    const { engine, arena } = this.machine;
    const { inPort = 1, recircId = 0, dpHash = 0, vlanLimit = 2 } = options;
    arena.bytes.fill(0xff, this.frame, this.frame + frame.length + 64);
    arena.bytes.set(frame, this.frame);
    engine.metadataSet(this.metadata, inPort, recircId, dpHash, 0, 0);
    engine.extract(this.key, this.frame, frame.length, this.metadata, vlanLimit);
    arena.bytes.fill(0, this.flow, this.flow + FLOW_BYTES);
    engine.keyExpand(this.key, this.flow);
    return {
      fields: flowFields(arena.bytes.subarray(this.flow, this.flow + FLOW_BYTES)),
      hash: engine.hash5Tuple(this.key) >>> 0,
    };
  }

  /** hash_words */
  hashWords(words: readonly number[], basis: number): number {
    const { engine, arena } = this.machine;
    arena.u32(this.frame, words.length).set(words);
    return engine.hashWords(this.frame, words.length, basis) >>> 0;
  }
}
