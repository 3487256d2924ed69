// token - the kinds of word a command is made of: what each takes from a line, and how Tab names it.
// Follows lib/cmdline of DPDK 22.11: cmdline_parse_num, _string, _ipaddr and _etheraddr. Lengths count characters.
// Not modelled: port lists and networks (no command of testpmd has such a token).
import { isIpv4, isIpv6, parseMac } from "../../dpdk/address.ts";

export type Value = number | bigint | string;

export interface Taken {
  /** Characters of the line. */
  readonly length: number;
  readonly value: Value;
}

export interface Token {
  /** What Tab shows in brackets. */
  readonly help: string;
  /** Words that Tab offers; none: it shows the help only. */
  readonly choices: readonly string[];
  /** Whether Tab can look behind it: a multi-string swallows the line, and needs a result to do so. */
  readonly completable: boolean;
  /** What Tab shows behind the help, where that is not the command's. */
  readonly about?: string;
  /** Tab passes it over: another command's token stands for it. */
  readonly unlisted?: boolean;
  /** Takes this token at a position of the line; undefined: something else is there. */
  take(line: string, at: number): Taken | undefined;
}

/** STR_TOKEN_SIZE and STR_MULTI_TOKEN_SIZE, the terminating 0 and one more not counted. */
const STRING_MAXIMUM = 126;
const TEXT_MAXIMUM = 4094;
const NUMBER_MAXIMUM = 127;
const MAC_MAXIMUM = 17;
const IP_MAXIMUM = 49;

export const isBlank = (c: string | undefined): boolean => c === " " || c === "\t";
/** cmdline_isendofcommand: a comment or the line's end. */
export const isEndOfCommand = (c: string | undefined): boolean =>
  c === undefined || c === "#" || c === "\n" || c === "\r" || c === "\0";
const isEndOfToken = (c: string | undefined): boolean => isBlank(c) || isEndOfCommand(c);

function span(line: string, at: number, ends: (c: string | undefined) => boolean): string {
  let end = at;
  while (!ends(line[end])) end++;
  return line.slice(at, end);
}

/** A word of the line as long as the token allows, and what it means. */
function single(maximum: number, meaning: (word: string) => Value | undefined): Token["take"] {
  return (line, at) => {
    const word = span(line, at, isEndOfToken);
    if (word.length > maximum) return undefined;
    const value = meaning(word);
    return value === undefined ? undefined : { length: word.length, value };
  };
}

/** One of several words, or one fixed word. */
export function choiceToken(words: readonly string[]): Token {
  return {
    help: words.length > 1 ? "Mul-choice STRING" : "Fixed STRING",
    choices: words,
    completable: true,
    take: single(STRING_MAXIMUM, (word) => (words.includes(word) ? word : undefined)),
  };
}

/** 12, 0x1F, 0b101, 017 (octal), -12 (decimal, with or without zeros in front). */
function parseNumber(word: string): bigint | undefined {
  if (/^-\d+$/.test(word)) return -BigInt(word.slice(1));
  if (/^0[0-7]+$/.test(word)) return BigInt(`0o${word.slice(1)}`);
  return /^(?:0x[0-9a-fA-F]+|0b[01]+|0|[1-9]\d*)$/.test(word) ? BigInt(word) : undefined;
}

function numberToken(help: string, low: bigint, high: bigint): Token {
  const take = single(NUMBER_MAXIMUM, (word) => {
    const value = parseNumber(word);
    if (value === undefined || value < low || value > high) return undefined;
    // -0 too is negative to the library, which no unsigned token takes
    if (word.startsWith("-") && low === 0n) return undefined;
    return high > 0xffff_ffffn ? value : Number(value);
  });
  return { help, choices: [], completable: true, take };
}

const plainToken = (help: string, take: Token["take"]): Token => ({ help, choices: [], completable: true, take });

/** Tokens by the name that a pattern gives them. */
export const TOKENS = {
  u8: numberToken("UINT8", 0n, 0xffn),
  u16: numberToken("UINT16", 0n, 0xffffn),
  u32: numberToken("UINT32", 0n, 0xffff_ffffn),
  u64: numberToken("UINT64", 0n, 0xffff_ffff_ffff_ffffn),
  i32: numberToken("INT32", -0x8000_0000n, 0x7fff_ffffn),
  string: plainToken(
    "Any STRING",
    single(STRING_MAXIMUM, (word) => word),
  ),
  mac: plainToken("Ethernet address", single(MAC_MAXIMUM, parseMac)),
  ip: plainToken(
    "IPv4/IPv6",
    single(IP_MAXIMUM, (word) => (isIpv4(word) || isIpv6(word) ? word : undefined)),
  ),
  /** All up to the line's end or a comment. */
  text: {
    help: "Any STRINGS",
    choices: [""],
    completable: false,
    take: (line: string, at: number) => {
      const value = span(line, at, isEndOfCommand);
      return value.length > TEXT_MAXIMUM ? undefined : { length: value.length, value };
    },
  },
} as const satisfies Record<string, Token>;
