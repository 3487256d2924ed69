// datum - a column's value: a set of atoms, or a map, in OVSDB's order, and its text as ovs-vsctl reads and writes it
// (lib/ovsdb-data.c of OVS 3.1). An optional value is a set of none or one.
import { UsageError } from "../errors.ts";
import type { BaseType, ColumnType } from "./schema.ts";

/** A uuid is a string of 36 characters. */
export type Atom = string | number | boolean;

/** Rising, without duplicates. values: of a map, one a key. */
export interface Datum {
  readonly keys: readonly Atom[];
  readonly values?: readonly Atom[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function compareAtoms(a: Atom, b: Atom): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts; of equal keys the last one stays. @throws UsageError when a set has an element twice */
export function makeDatum(type: ColumnType, entries: readonly (readonly [key: Atom, value?: Atom])[]): Datum {
  const sorted = [...entries].sort(([a], [b]) => compareAtoms(a, b));
  const unique = sorted.filter(([key], i) => sorted[i + 1]?.[0] !== key);
  const keys = unique.map(([key]) => key);
  return type.value === undefined ? { keys } : { keys, values: unique.map(([, value]) => value!) };
}

export function defaultDatum(type: ColumnType): Datum {
  if (type.min === 0) return type.value === undefined ? { keys: [] } : { keys: [], values: [] };
  const atoms: Record<BaseType["type"], Atom> = {
    string: "",
    integer: 0,
    real: 0,
    boolean: false,
    uuid: "00000000-0000-0000-0000-000000000000",
  };
  return { keys: [atoms[type.key.type]], ...(type.value === undefined ? {} : { values: [atoms[type.value.type]] }) };
}

export function isDefaultDatum(type: ColumnType, datum: Datum): boolean {
  const usual = defaultDatum(type);
  return datum.keys.length === usual.keys.length && datum.keys.every((key, i) => key === usual.keys[i]);
}

export function equalDatums(a: Datum, b: Datum): boolean {
  const same = (x: readonly Atom[] = [], y: readonly Atom[] = []): boolean =>
    x.length === y.length && x.every((atom, i) => atom === y[i]);
  return same(a.keys, b.keys) && same(a.values, b.values);
}

/** Whether a string is written between quotes: what is not a plain word, or means something else. */
function needsQuotes(text: string): boolean {
  return !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) || text === "true" || text === "false" || isUuid(text);
}

export function formatAtom(type: BaseType, atom: Atom): string {
  if (type.type !== "string") return String(atom);
  return needsQuotes(String(atom)) ? JSON.stringify(atom) : String(atom);
}

/** `[a, b]`, `{k=v, l=w}`, or a single value by itself. bare: strings never between quotes */
export function formatDatum(type: ColumnType, { keys, values }: Datum, bare = false): string {
  const atom = bare ? (_: BaseType, a: Atom): string => String(a) : formatAtom;
  const items = keys.map((key, i) => {
    const text = atom(type.key, key);
    return type.value === undefined ? text : `${text}=${atom(type.value, values![i]!)}`;
  });
  if (bare) return items.join(" ");
  if (type.max === 1 && keys.length === 1) return items[0]!;
  return type.value === undefined ? `[${items.join(", ")}]` : `{${items.join(", ")}}`;
}

/** Reads a column's text: atoms and pairs between commas or blanks, with or without brackets. */
export class DatumReader {
  private readonly text: string;
  private at = 0;
  /** What `@name` stands for. */
  private readonly symbol: (name: string) => string;

  constructor(text: string, symbol: (name: string) => string) {
    this.text = text;
    this.symbol = symbol;
  }

  /** @throws UsageError in ovs-vsctl's words */
  datum(type: ColumnType): Datum {
    const open = type.value === undefined ? "[" : "{";
    const close = type.value === undefined ? "]" : "}";
    this.skip();
    const bracket = this.text[this.at] === open;
    if (bracket) this.at++;
    const entries: [Atom, Atom?][] = [];
    for (;;) {
      this.skip();
      if (this.at >= this.text.length || this.text[this.at] === close) break;
      for (const key of this.atoms(type.key)) {
        if (type.value === undefined) {
          entries.push([key]);
          continue;
        }
        this.skip();
        if (this.text[this.at] !== "=") throw new UsageError(this.wantsEquals());
        this.at++;
        this.skip();
        entries.push([key, this.atom(type.value)]);
      }
      this.skip();
      if (this.text[this.at] === ",") this.at++;
    }
    if (bracket) {
      if (this.text[this.at] !== close) throw new UsageError(`${this.text}: missing "${close}" at end of data`);
      this.at++;
      this.skip();
    }
    if (this.at < this.text.length) throw new UsageError(`${this.text}: trailing garbage after "${close}"`);
    const datum = makeDatum(type, entries);
    const n = datum.keys.length;
    const what = type.value === undefined ? "value(s)" : "pair(s)";
    if (n > type.max)
      throw new UsageError(`${this.text}: ${n} ${what} specified but the maximum number is ${type.max}`);
    if (n < type.min)
      throw new UsageError(`${this.text}: ${n} ${what} specified but the minimum number is ${type.min}`);
    if (n < entries.length) {
      const kind = type.value === undefined ? "set contains duplicate value" : "map contains duplicate key";
      throw new UsageError(`${this.text}: ${kind}`);
    }
    return datum;
  }

  /** The real one prints the character that it found; at the end that is a NUL, which ends the message. */
  private wantsEquals(): string {
    const found = this.text[this.at];
    const head = `${this.text}: syntax error at "`;
    return found === undefined ? head : `${head}${found}" expecting "="`;
  }

  private skip(): void {
    while (this.text[this.at] === " ") this.at++;
  }

  /** A word, or a string between quotes. */
  private token(): string {
    const { text } = this;
    if (text[this.at] === '"') {
      let end = this.at + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
      if (end >= text.length) throw new UsageError(`${text}: unclosed quotes`);
      const quoted = text.slice(this.at, end + 1);
      this.at = end + 1;
      return String(JSON.parse(quoted));
    }
    const start = this.at;
    while (this.at < text.length && !/[\s,=[\]{}!<>]/.test(text[this.at]!)) this.at++;
    return text.slice(start, this.at);
  }

  atom(type: BaseType): Atom {
    return this.atoms(type)[0]!;
  }

  /** All of the text as one atom: what stands behind `column:key=`. */
  whole(type: BaseType): Atom {
    const { text } = this;
    if (type.type !== "string" || text.startsWith('"')) return this.atom(type);
    checkAtom(type, text);
    return text;
  }

  /** An atom; of integers also a range of them. */
  private atoms(type: BaseType): Atom[] {
    const token = this.token();
    if (token === "" && type.type !== "string")
      throw new UsageError(`${this.text}: unexpected "${this.text[this.at] ?? ""}" parsing ${type.type}`);
    const atoms = this.read(type, token);
    for (const atom of atoms) checkAtom(type, atom);
    return atoms;
  }

  private read(type: BaseType, token: string): Atom[] {
    switch (type.type) {
      case "string":
        return [token];
      case "integer": {
        const [, low, high] = /^([+-]?\d+)(?:-(\d+))?$/.exec(token) ?? [];
        if (low === undefined) throw new UsageError(`"${token}" is not a valid integer or range`);
        const first = Number(low);
        const last = Number(high ?? low);
        return Array.from({ length: Math.max(last - first, 0) + 1 }, (_, i) => first + i);
      }
      case "real":
        if (token === "" || Number.isNaN(Number(token))) throw new UsageError(`"${token}" is not a valid real number`);
        return [Number(token)];
      case "boolean":
        if (["true", "yes", "on", "1"].includes(token)) return [true];
        if (["false", "no", "off", "0"].includes(token)) return [false];
        throw new UsageError(`"${token}" is not a valid boolean (use "true" or "false")`);
      case "uuid":
        if (token.startsWith("@")) return [this.symbol(token)];
        if (isUuid(token)) return [token];
        throw new UsageError(`"${token}" is not a valid UUID`);
    }
  }
}

/** @throws UsageError "constraint violation: ..." */
export function checkAtom(type: BaseType, atom: Atom): void {
  const violation = (what: string): never => {
    throw new UsageError(`constraint violation: ${what}`);
  };
  const { min, max, allowed } = type;
  if (allowed !== undefined && !allowed.includes(String(atom))) {
    const list = [...allowed].sort().map((word) => formatAtom({ type: type.type }, word));
    violation(`${formatAtom({ type: type.type }, atom)} is not one of the allowed values ([${list.join(", ")}])`);
  }
  if (typeof atom !== "number") return;
  const low = min !== undefined && atom < min;
  const high = max !== undefined && atom > max;
  if (!low && !high) return;
  if (min !== undefined && max !== undefined)
    violation(`${atom} is not in the valid range ${min} to ${max} (inclusive)`);
  violation(
    low ? `${atom} is less than minimum allowed value ${min}` : `${atom} is greater than maximum allowed value ${max}`,
  );
}
