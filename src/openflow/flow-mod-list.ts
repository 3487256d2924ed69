// flow-mod-list - many flow_mods, as a file has them: their matches are kept without zeros, a hundredth of what they take as struct flow.
import type { Match } from "./flow.ts";
import type { FlowMod } from "./flow-mod.ts";
import { anyMatch } from "./parse-match.ts";

/** Words that a block has place for. */
const BLOCK_WORDS = 1 << 16;
/** A word of a match: its place, the mask, the value. */
const PART_WORDS = 3;

export class FlowModList {
  /** The one match that all of them have, as long as it is their turn: new ones are read into it, too. */
  readonly match: Match = anyMatch();
  private readonly mods: FlowMod[] = [];
  /** Where each match is: block and place, as one number. */
  private readonly places: number[] = [];
  private readonly blocks: Uint32Array[] = [];
  private used = BLOCK_WORDS;

  get length(): number {
    return this.mods.length;
  }

  /** mod: whose match is the list's, which is copied. */
  push(mod: FlowMod): void {
    const { flow, mask } = this.match;
    const masks = mask.words;
    let n = 0;
    for (let i = 0; i < masks.length; i++) if (masks[i] !== 0) n++;
    const needed = 1 + PART_WORDS * n;
    if (this.used + needed > BLOCK_WORDS) {
      this.blocks.push(new Uint32Array(BLOCK_WORDS));
      this.used = 0;
    }
    const block = this.blocks.at(-1)!;
    this.places.push((this.blocks.length - 1) * BLOCK_WORDS + this.used);
    let at = this.used;
    block[at++] = n;
    for (let i = 0; n > 0; i++) {
      if (masks[i] === 0) continue;
      block[at++] = i;
      block[at++] = masks[i]!;
      block[at++] = flow.words[i]!;
      n--;
    }
    this.used = at;
    this.mods.push(mod);
  }

  private unpack(place: number): void {
    const { flow, mask } = this.match;
    const block = this.blocks[Math.floor(place / BLOCK_WORDS)]!;
    let at = place % BLOCK_WORDS;
    flow.clear();
    mask.clear();
    for (let n = block[at++]!; n > 0; n--) {
      const i = block[at++]!;
      mask.words[i] = block[at++]!;
      flow.words[i] = block[at++]!;
    }
  }

  /** Each in turn: whoever keeps a match must copy it. */
  *[Symbol.iterator](): Generator<FlowMod> {
    for (let i = 0; i < this.mods.length; i++) {
      this.unpack(this.places[i]!);
      yield this.mods[i]!;
    }
  }
}
