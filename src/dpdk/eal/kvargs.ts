// kvargs - device arguments: `key=value,key,...` behind a device's name.
// Follows lib/kvargs of 22.11, also where it surprises: of `a=b=c` the key is b, a bracketed list keeps its commas, empty pairs
// do not count, and a key that may stand once is taken as absent when it stands twice.

/** RTE_KVARGS_MAX. */
const MAX_PAIRS = 32;

export interface KvPair {
  readonly key: string;
  /** undefined: the key stands alone. */
  readonly value: string | undefined;
}

export class Kvargs {
  readonly pairs: readonly KvPair[];

  constructor(pairs: readonly KvPair[]) {
    this.pairs = pairs;
  }

  count(key: string): number {
    return this.all(key).length;
  }

  all(key: string): readonly KvPair[] {
    return this.pairs.filter((pair) => pair.key === key);
  }

  /** The pair of a key that stands exactly once. */
  single(key: string): KvPair | undefined {
    const found = this.all(key);
    return found.length === 1 ? found[0] : undefined;
  }
}

/** rte_kvargs_parse. keys: those that are allowed, undefined: all. @returns undefined when refused; nothing is printed */
export function parseKvargs(text: string, keys: readonly string[] | undefined): Kvargs | undefined {
  const pairs: KvPair[] = [];
  for (const part of splitPairs(text)) {
    if (part === "") continue;
    const words = part.split("=");
    const value = words.length > 1 ? words.pop() : undefined;
    pairs.push({ key: words.pop() ?? "", value });
  }
  if (pairs.length > MAX_PAIRS || !pairs.every(({ key }) => keys?.includes(key) ?? true)) return undefined;
  return new Kvargs(pairs);
}

/** Cuts at the commas that are not inside brackets. */
function splitPairs(text: string): string[] {
  const parts = [""];
  let inList = false;
  for (const character of text) {
    if (character === "[") inList = true;
    if (character === "]") inList = false;
    if (character === "," && !inList) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}
