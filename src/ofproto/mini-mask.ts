// mini-mask - a mask of struct flow without its zeros (struct minimask): which 32-bit words have bits, and which bits.
import { FLOW_WORDS } from "../../assembly/abi/flow.ts";
import type { Flow } from "../openflow/flow.ts";
import { hashAdd, hashFinish } from "./hash.ts";

const WORDS = FLOW_WORDS * 2;

export class MiniMask {
  /** Which words of struct flow, ascending. */
  readonly words: Uint8Array;
  readonly bits: Uint32Array;
  readonly hash: number;

  constructor(mask: Flow) {
    let n = 0;
    for (let i = 0; i < WORDS; i++) if (mask.words[i] !== 0) n++;
    this.words = new Uint8Array(n);
    this.bits = new Uint32Array(n);
    let hash = 0;
    for (let i = 0, at = 0; at < n; i++) {
      const bits = mask.words[i]!;
      if (bits === 0) continue;
      this.words[at] = i;
      this.bits[at++] = bits;
      hash = hashAdd(hashAdd(hash, i), bits);
    }
    this.hash = hashFinish(hash, n);
  }

  equals(other: MiniMask): boolean {
    if (this.hash !== other.hash || this.words.length !== other.words.length) return false;
    for (let i = 0; i < this.words.length; i++)
      if (this.words[i] !== other.words[i] || this.bits[i] !== other.bits[i]) return false;
    return true;
  }

  /** The flow's words under this mask. */
  values(flow: Flow): Uint32Array {
    const values = new Uint32Array(this.words.length);
    for (let i = 0; i < values.length; i++) values[i] = flow.words[this.words[i]!]! & this.bits[i]!;
    return values;
  }

  /** Writes the whole mask. */
  expand(mask: Flow): void {
    mask.clear();
    for (let i = 0; i < this.words.length; i++) mask.words[this.words[i]!] = this.bits[i]!;
  }

  /** For each of its words its place in a mask that has all its bits; undefined: `wider` is not such a one. */
  placesIn(wider: MiniMask): Uint8Array | undefined {
    const places = new Uint8Array(this.words.length);
    for (let i = 0, at = 0; i < this.words.length; i++, at++) {
      while (at < wider.words.length && wider.words[at]! < this.words[i]!) at++;
      if (wider.words[at] !== this.words[i] || (this.bits[i]! & ~wider.bits[at]!) !== 0) return undefined;
      places[i] = at;
    }
    return places;
  }
}
