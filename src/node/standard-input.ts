// standard-input - all of standard input as text.
import { openInput } from "./input.ts";

/** Reads it to its end. @throws UsageError when it is a terminal */
export function readStandardInput(): string {
  const input = openInput("-", "commands");
  const decoder = new TextDecoder("latin1");
  const chunk = new Uint8Array(1 << 16);
  let text = "";
  for (let n = input.read(chunk); n > 0; n = input.read(chunk)) text += decoder.decode(chunk.subarray(0, n));
  return text;
}
