// arithmetic - `$((...))`: integers as bash computes with them, over the shell's variables.
import { UsageError } from "../errors.ts";

export interface Variables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

const BINARY: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** @throws UsageError in bash's words */
export function evaluate(text: string, variables: Variables): bigint {
  const tokens =
    text.match(/\d\w*|[A-Za-z_]\w*|\+\+|--|<<=?|>>=?|[<>=!+\-*/%&|^]=|&&|\|\||[-+*/%<>=!~&|^?:(),]/g) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new UsageError(`${text}: syntax error in expression (error token is "${tokens[at] ?? ""}")`);
  };
  const held = (name: string): bigint => {
    const value = variables.get(name) ?? "0";
    return value === "" ? 0n : evaluate(value, variables);
  };
  const assign = (name: string, value: bigint): bigint => {
    variables.set(name, String(value));
    return value;
  };
  const apply = (operator: string, a: bigint, b: bigint): bigint => {
    const truth = (on: boolean): bigint => (on ? 1n : 0n);
    if ((operator === "/" || operator === "%") && b === 0n) throw new UsageError(`${text}: division by 0`);
    const all: Readonly<Record<string, () => bigint>> = {
      "||": () => truth(a !== 0n || b !== 0n),
      "&&": () => truth(a !== 0n && b !== 0n),
      "|": () => a | b,
      "^": () => a ^ b,
      "&": () => a & b,
      "==": () => truth(a === b),
      "!=": () => truth(a !== b),
      "<=": () => truth(a <= b),
      ">=": () => truth(a >= b),
      "<": () => truth(a < b),
      ">": () => truth(a > b),
      "<<": () => BigInt.asIntN(64, a << b),
      ">>": () => a >> b,
      "+": () => a + b,
      "-": () => a - b,
      "*": () => a * b,
      "/": () => a / b,
      "%": () => a % b,
    };
    return BigInt.asIntN(64, all[operator]!());
  };
  const primary = (): bigint => {
    const token = tokens[at++];
    if (token === undefined) return fail();
    if (token === "(") {
      const value = comma();
      if (tokens[at++] !== ")") return fail();
      return value;
    }
    if (token === "-") return -primary();
    if (token === "+") return primary();
    if (token === "!") return primary() === 0n ? 1n : 0n;
    if (token === "~") return ~primary();
    if (token === "++" || token === "--") {
      const name = tokens[at++]!;
      return assign(name, held(name) + (token === "++" ? 1n : -1n));
    }
    if (/^\d/.test(token)) return /^0\d/.test(token) ? BigInt(`0o${token.slice(1)}`) : BigInt(token);
    if (!/^[A-Za-z_]/.test(token)) {
      at--;
      return fail();
    }
    const next = tokens[at];
    if (next === "++" || next === "--") {
      at++;
      const old = held(token);
      assign(token, old + (next === "++" ? 1n : -1n));
      return old;
    }
    const assigned = next === undefined ? null : /^(<<|>>|[+\-*/%&|^]?)=$/.exec(next);
    if (assigned !== null && next !== "==") {
      at++;
      const value = ternary();
      return assign(token, assigned[1] === "" ? value : apply(assigned[1]!, held(token), value));
    }
    return held(token);
  };
  const binary = (level: number): bigint => {
    if (level === BINARY.length) return primary();
    let value = binary(level + 1);
    while (tokens[at] !== undefined && BINARY[level]!.includes(tokens[at]!))
      value = apply(tokens[at++]!, value, binary(level + 1));
    return value;
  };
  const ternary = (): bigint => {
    const condition = binary(0);
    if (tokens[at] !== "?") return condition;
    at++;
    const yes = ternary();
    if (tokens[at++] !== ":") return fail();
    const no = ternary();
    return condition !== 0n ? yes : no;
  };
  const comma = (): bigint => {
    let value = ternary();
    while (tokens[at] === ",") {
      at++;
      value = ternary();
    }
    return value;
  };
  if (tokens.length === 0) return 0n;
  const value = comma();
  if (at < tokens.length) fail();
  return value;
}
