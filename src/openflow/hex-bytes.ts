// hex-bytes - bytes written as pairs of hexadecimal digits, dots or blanks between them where one likes.
import { digitValue, isBlank } from "./scan.ts";

/** The bytes that a text begins with, and where they end: at the text's end, if all is well. */
export function parseHexBytes(text: string, from = 0): { bytes: Uint8Array; end: number } {
  const bytes: number[] = [];
  let at = from;
  for (;;) {
    while (isBlank(text.charCodeAt(at)) || text[at] === ".") at++;
    const high = digitValue(text.charCodeAt(at));
    const low = digitValue(text.charCodeAt(at + 1));
    if (high > 15 || low > 15) return { bytes: Uint8Array.from(bytes), end: at };
    bytes.push((high << 4) | low);
    at += 2;
  }
}

/** `01.02.03` */
export function formatDottedHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(".");
}
