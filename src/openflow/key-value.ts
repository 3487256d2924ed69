// key-value - the lists of KEY, KEY=VALUE, KEY:VALUE and KEY(VALUE) that flows, actions, groups and meters are written
// in (ofputil_parse_key_value of OVS 3.1). Parentheses nest; blanks and commas separate.

const charSet = (chars: string): Uint8Array => {
  const member = new Uint8Array(128);
  for (const char of chars) member[char.charCodeAt(0)] = 1;
  return member;
};
const SEPARATORS = charSet(", \t\r\n");
const KEY_END = charSet(":=(, \t\r\n");
const VALUE_END = charSet(")");

function isIn(set: Uint8Array, code: number): boolean {
  return code < 128 && set[code] === 1;
}

/** Where the value that begins at `from` ends: at a member of `ends` outside of parentheses, or at the text's end. */
function valueEnd(text: string, from: number, ends: Uint8Array): number {
  let at = from;
  while (at < text.length && !isIn(ends, text.charCodeAt(at))) {
    if (text[at] !== "(") {
      at++;
      continue;
    }
    let level = 0;
    do {
      if (at >= text.length) return at;
      if (text[at] === "(") level++;
      else if (text[at] === ")") level--;
      at++;
    } while (level > 0);
  }
  return at;
}

/** Walks over a list: `next` says whether there was another pair, and leaves it in key and value. */
export class KeyValues {
  readonly text: string;
  key = "";
  /** Empty where there is none. */
  value = "";
  /** Where the next pair begins. */
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  next(): boolean {
    const { text } = this;
    let at = this.at;
    while (at < text.length && isIn(SEPARATORS, text.charCodeAt(at))) at++;
    if (at >= text.length) {
      this.at = at;
      return false;
    }
    let end = at;
    while (end < text.length && !isIn(KEY_END, text.charCodeAt(end))) end++;
    this.key = text.slice(at, end);
    const delimiter = text[end];
    const from = Math.min(end + 1, text.length);
    if (delimiter !== ":" && delimiter !== "=" && delimiter !== "(") {
      this.value = "";
      this.at = from;
      return true;
    }
    let stop = valueEnd(text, from, delimiter === "(" ? VALUE_END : SEPARATORS);
    // check_pkt_larger(N)->FIELD: what follows the arrow belongs to the value
    if (delimiter === "(" && text.startsWith(")->", stop)) stop = valueEnd(text, stop, SEPARATORS);
    this.value = text.slice(from, stop);
    this.at = Math.min(stop + 1, text.length);
    return true;
  }
}
