// prefix-trie - which prefix lengths of one field a classifier has rules for, and how many bits prove that there is none (struct trie_node of
// lib/classifier.c). Values are 32-bit words, most significant first, as numbers.
// Invariants: a node holds at most 32 bits; the bit that leads to a child is the child's first.

interface TrieNode {
  /** Left-aligned. */
  prefix: number;
  nBits: number;
  /** Whose prefix ends here. */
  nRules: number;
  readonly edges: [TrieNode | undefined, TrieNode | undefined];
}

const WORD_BITS = 32;

const bitAt = (value: Uint32Array, ofs: number): 0 | 1 => ((value[ofs >>> 5]! >>> (31 - (ofs & 31))) & 1) as 0 | 1;
const firstBit = (prefix: number, ofs: number): 0 | 1 => ((prefix >>> (31 - ofs)) & 1) as 0 | 1;
const ones = (n: number): number => (n === 0 ? 0 : (-1 << (WORD_BITS - n)) >>> 0);

/** 32 bits from ofs on, of which those behind the value's end are zero. */
function wordAt(value: Uint32Array, ofs: number): number {
  const at = ofs >>> 5;
  const skip = ofs & 31;
  const word = value[at]! << skip;
  return (skip === 0 || at + 1 >= value.length ? word : word | (value[at + 1]! >>> (WORD_BITS - skip))) >>> 0;
}

/** How many of the prefix's first n bits the value has from ofs on. */
function equalBits(prefix: number, n: number, value: Uint32Array, ofs: number): number {
  return Math.min(n, Math.clz32(prefix ^ wordAt(value, ofs)));
}

function branch(value: Uint32Array, ofs: number, length: number): TrieNode {
  const nBits = Math.min(length, WORD_BITS);
  const node: TrieNode = {
    prefix: (wordAt(value, ofs) & ones(nBits)) >>> 0,
    nBits,
    nRules: 0,
    edges: [undefined, undefined],
  };
  if (length <= WORD_BITS) node.nRules = 1;
  else node.edges[bitAt(value, ofs + WORD_BITS)] = branch(value, ofs + WORD_BITS, length - WORD_BITS);
  return node;
}

export class PrefixTrie {
  private root: TrieNode | undefined;
  /** Bit n - 1 (most significant first) is set after `lookup` when rules with a prefix of n bits may match. */
  readonly lengths = new Uint32Array(4);

  clear(): void {
    this.root = undefined;
  }

  /** length: 1 or more. */
  insert(value: Uint32Array, length: number): void {
    let parent: TrieNode | undefined;
    let ofs = 0;
    for (let node = this.root; node !== undefined; ) {
      const equal = equalBits(node.prefix, Math.min(node.nBits, length - ofs), value, ofs);
      const first = ofs;
      ofs += equal;
      if (equal < node.nBits) {
        this.replace(parent, value, first, this.split(node, equal, value, ofs, length));
        return;
      }
      if (ofs === length) {
        node.nRules++;
        return;
      }
      parent = node;
      node = node.edges[bitAt(value, ofs)];
    }
    this.replace(parent, value, ofs, branch(value, ofs, length - ofs));
  }

  /** The node's first `equal` bits become its parent; the rest of the value its sibling, if any is left. */
  private split(node: TrieNode, equal: number, value: Uint32Array, ofs: number, length: number): TrieNode {
    const old = firstBit(node.prefix, equal);
    const upper: TrieNode = {
      prefix: (node.prefix & ones(equal)) >>> 0,
      nBits: equal,
      nRules: ofs === length ? 1 : 0,
      edges: [undefined, undefined],
    };
    node.prefix = (node.prefix << equal) >>> 0;
    node.nBits -= equal;
    upper.edges[old] = node;
    if (ofs < length) upper.edges[old === 0 ? 1 : 0] = branch(value, ofs, length - ofs);
    return upper;
  }

  private replace(parent: TrieNode | undefined, value: Uint32Array, ofs: number, node: TrieNode | undefined): void {
    if (parent === undefined) this.root = node;
    else parent.edges[bitAt(value, ofs)] = node;
  }

  /** Undoes one `insert` of the same. */
  remove(value: Uint32Array, length: number): void {
    const way: { readonly node: TrieNode; readonly ofs: number }[] = [];
    let ofs = 0;
    for (let node = this.root; node !== undefined; node = node.edges[bitAt(value, ofs)]) {
      way.push({ node, ofs });
      ofs += node.nBits;
      if (ofs === length) break;
    }
    way.at(-1)!.node.nRules--;
    for (let depth = way.length - 1; depth >= 0; depth--) {
      const { node, ofs: first } = way[depth]!;
      const [zero, one] = node.edges;
      if (node.nRules > 0 || (zero !== undefined && one !== undefined)) return;
      const child = zero ?? one;
      if (child !== undefined) {
        if (node.nBits + child.nBits > WORD_BITS) return;
        child.prefix = (node.prefix | (child.prefix >>> node.nBits)) >>> 0;
        child.nBits += node.nBits;
      }
      this.replace(way[depth - 1]?.node, value, first, child);
      if (child !== undefined) return;
    }
  }

  /** Sets `lengths`. @returns how many bits of the value suffice to tell that no longer prefix matches */
  lookup(value: Uint32Array, nBits: number): number {
    this.lengths.fill(0);
    let last: TrieNode | undefined;
    let matched = 0;
    for (let node = this.root; node !== undefined; last = node, node = node.edges[bitAt(value, matched)]) {
      const equal = equalBits(node.prefix, node.nBits, value, matched);
      matched += equal;
      if (equal < node.nBits) return matched + 1;
      if (node.nRules > 0) this.lengths[(matched - 1) >>> 5]! |= 1 << (31 - ((matched - 1) & 31));
      if (matched >= nBits) return nBits;
    }
    const leaf = last === undefined || (last.edges[0] === undefined && last.edges[1] === undefined);
    return leaf ? matched : matched + 1;
  }

  /** After `lookup`. */
  mayMatch(length: number): boolean {
    return bitAt(this.lengths, length - 1) === 1;
  }

  /** After this, every length may match. */
  allLengths(): void {
    this.lengths.fill(0xffff_ffff);
  }
}
