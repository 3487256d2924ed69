// trie-field - the fields that a table may have prefix tries for (`prefixes` of Flow_Table), and one packet's lookup in such a trie, made
// when a subtable first asks.
import { FLOW_DL_TYPE, FLOW_IPV6_DST, FLOW_IPV6_SRC, FLOW_NW_DST, FLOW_NW_SRC } from "../../assembly/abi/flow.ts";
import type { Flow } from "../openflow/flow.ts";
import type { MiniMask } from "./mini-mask.ts";
import { PrefixTrie } from "./prefix-trie.ts";

const ETH_TYPE_IP = 0x0800;
const ETH_TYPE_IPV6 = 0x86dd;

export interface TrieField {
  readonly name: string;
  /** Of struct flow, in bytes. */
  readonly offset: number;
  /** Its first word of 32 bits. */
  readonly word: number;
  readonly bits: 32 | 128;
  /** Ethernet type of packets that have it. */
  readonly ethType: number;
}

const field = (name: string, offset: number, bits: 32 | 128, ethType: number): TrieField => {
  // the classifier's map has a bit for 64 bits, of which a stage has both words or none
  return { name, offset, word: offset >> 2, bits, ethType };
};

/** All that a table may have, by name. */
export const TRIE_FIELDS: readonly TrieField[] = [
  field("nw_dst", FLOW_NW_DST, 32, ETH_TYPE_IP),
  field("nw_src", FLOW_NW_SRC, 32, ETH_TYPE_IP),
  field("ipv6_dst", FLOW_IPV6_DST, 128, ETH_TYPE_IPV6),
  field("ipv6_src", FLOW_IPV6_SRC, 128, ETH_TYPE_IPV6),
];

/** nw_dst and nw_src: what every table begins with. */
export const DEFAULT_PREFIXES: readonly TrieField[] = TRIE_FIELDS.slice(0, 2);
/** Of a table. */
export const MAX_TRIES = 3;

const WORD_BITS = 32;
const swap = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/** Bits of the field that the mask has, if they are a prefix; 0: it is none, or there are no bits. */
export function prefixLength(mask: MiniMask, { word, bits }: TrieField): number {
  let length = 0;
  let open = true;
  for (let i = 0; i < bits / WORD_BITS; i++) {
    const place = mask.words.indexOf(word + i);
    const value = place < 0 ? 0 : swap(mask.bits[place]!);
    if (!open && value !== 0) return 0;
    const ones = Math.clz32(~value);
    if (value !== (ones === 0 ? 0 : (-1 << (WORD_BITS - ones)) >>> 0)) return 0;
    length += ones;
    open &&= ones === WORD_BITS;
  }
  return length;
}

/** The field's words of a rule, most significant first, into `value`. */
export function ruleValue(mask: MiniMask, values: Uint32Array, { word, bits }: TrieField, value: Uint32Array): void {
  for (let i = 0; i < bits / WORD_BITS; i++) {
    const place = mask.words.indexOf(word + i);
    value[i] = place < 0 ? 0 : swap(values[place]!);
  }
}

export class TrieLookup {
  readonly field: TrieField;
  readonly trie = new PrefixTrie();
  private readonly value: Uint32Array;
  private flow: Flow | undefined;
  private done = false;
  /** Bits that suffice to exclude what the lookup excluded. */
  private maskBits = 0;

  constructor(field: TrieField) {
    this.field = field;
    this.value = new Uint32Array(field.bits / WORD_BITS);
  }

  /** For a packet whose lookup begins. */
  begin(flow: Flow): void {
    this.flow = flow;
    this.done = false;
  }

  /** No rule with a prefix of this length matches; adds the bits that show it, unless they are more than the prefix's own. */
  excludes(length: number, wildcards: Flow): boolean {
    if (!this.done) this.look();
    if (this.trie.mayMatch(length)) return false;
    if (this.maskBits <= length) {
      this.addBits(wildcards);
      return true;
    }
    return this.hasBits(wildcards);
  }

  private look(): void {
    const { field, value, flow } = this;
    this.done = true;
    if (flow!.be16(FLOW_DL_TYPE) !== field.ethType) {
      this.trie.allLengths();
      this.maskBits = 0;
      return;
    }
    for (let i = 0; i < value.length; i++) value[i] = flow!.be32(field.offset + 4 * i);
    this.maskBits = this.trie.lookup(value, field.bits);
  }

  /** Of the i-th word, as it lies in memory. */
  private wordBits(i: number): number {
    const n = Math.max(0, Math.min(WORD_BITS, this.maskBits - WORD_BITS * i));
    return n === 0 ? 0 : swap((-1 << (WORD_BITS - n)) >>> 0);
  }

  private addBits(wildcards: Flow): void {
    for (let i = 0; i < this.value.length; i++) wildcards.words[this.field.word + i]! |= this.wordBits(i);
  }

  private hasBits(wildcards: Flow): boolean {
    for (let i = 0; i < this.value.length; i++)
      if ((this.wordBits(i) & ~wildcards.words[this.field.word + i]!) !== 0) return false;
    return true;
  }
}
