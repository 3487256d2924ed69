// ovs-upcall - what a datapath thread asks in the middle of a poll (struct dpif_upcall), read from where the engine wrote it.
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import * as ids from "../../assembly/abi/ovs-upcalls.ts";
import type { Arena } from "./arena.ts";
import type { DatapathAction } from "./ovs-actions.ts";
import type { ActionCompiler, UserspaceAction } from "./ovs-compile.ts";

/** One question after the other has the same object: what is wanted of it later is to be copied. */
export class Upcall {
  /** struct flow, 168 words. */
  readonly key: Uint32Array;
  /** To be filled in: bits of the key that the decision depends on. All zero at first. */
  readonly mask: Uint32Array;
  private readonly fields: Uint32Array;
  private readonly now: BigUint64Array;
  private readonly arena: Arena;
  private readonly compiler: ActionCompiler;

  constructor(arena: Arena, question: number, compiler: ActionCompiler) {
    this.arena = arena;
    this.compiler = compiler;
    this.fields = arena.u32(question, ids.UPCALL_KEY / 4);
    this.now = arena.u64(question + ids.UPCALL_NOW, 1);
    this.key = arena.u32(question + ids.UPCALL_KEY, FLOW_BYTES / 4);
    this.mask = arena.u32(question + ids.UPCALL_MASK, FLOW_BYTES / 4);
  }

  private field(at: number): number {
    return this.fields[at >>> 2] ?? 0;
  }

  /** miss: no megaflow; action: a `userspace` action */
  get kind(): "miss" | "action" {
    return this.field(ids.UPCALL_KIND) === ids.UPCALL_MISS ? "miss" : "action";
  }

  /** The packet's bytes: a view. */
  get packet(): Uint8Array {
    const at = this.field(ids.UPCALL_PACKET);
    return this.arena.bytes.subarray(at, at + this.length);
  }

  get length(): number {
    return this.field(ids.UPCALL_LENGTH);
  }

  /** The packet's number in the run, from 0. */
  get packetNumber(): number {
    return this.field(ids.UPCALL_ID);
  }

  /** How often it was recirculated. */
  get depth(): number {
    return this.field(ids.UPCALL_DEPTH);
  }

  /** Of kind action: which. */
  get action(): UserspaceAction | undefined {
    return this.kind === "action" ? this.compiler.userspaceAction(this.field(ids.UPCALL_USERDATA)) : undefined;
  }

  /** Virtual time. */
  get nowPs(): bigint {
    return this.now[0] ?? 0n;
  }
}

export interface UpcallDecision {
  /** For this packet. */
  readonly actions: readonly DatapathAction[];
  /** For the megaflow, if they are others (put_actions: slow path). */
  readonly putActions?: readonly DatapathAction[];
  /** false: no megaflow (ENOSPC), and for kind action. */
  readonly install: boolean;
  /** What the megaflow is to be known by in dumps; 32 bits. */
  readonly cookie?: number;
}

/** @returns undefined: the upcall failed, the packet is lost */
export type Decide = (upcall: Upcall) => UpcallDecision | undefined;
