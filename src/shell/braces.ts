// braces - `{a,b}` and `{1..3}`, and the places of braces and other marks in a word.

/** `{a,b}` and `{1..3}` outside quotes: one word becomes several. */
export function braces(source: string): string[] {
  const open = findOutside(source, "{", 0);
  for (let start = open; start >= 0; start = findOutside(source, "{", start + 1)) {
    if (source[start - 1] === "$") continue;
    const end = closing(source, start);
    if (end < 0) break;
    const inner = source.slice(start + 1, end);
    const [head, tail] = [source.slice(0, start), source.slice(end + 1)];
    const range = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inner);
    const parts = range === null ? commas(inner) : numbers(Number(range[1]), Number(range[2]), Number(range[3] ?? 1));
    if (parts.length < 2 && range === null) continue;
    return parts.flatMap((part) => braces(`${head}${part}${tail}`));
  }
  return [source];
}

function numbers(from: number, to: number, step: number): string[] {
  const by = Math.abs(step) || 1;
  const count = Math.floor(Math.abs(to - from) / by) + 1;
  return Array.from({ length: count }, (_, i) => String(from + (to >= from ? i * by : -i * by)));
}

/** Index of a character outside quotes, -1: none. */
export function findOutside(text: string, wanted: string, from: number): number {
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at++;
    else if (c === "'") at = text.indexOf("'", at + 1);
    else if (c === '"') for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    if (at < 0) return -1;
    if (text[at] === wanted && at >= from) return at;
  }
  return -1;
}

export function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function commas(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const c of text) {
    if (c === "{") depth++;
    if (c === "}") depth--;
    if (c === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += c;
  }
  return parts;
}
