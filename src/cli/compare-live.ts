// compare-live - the verb `compare live`: one capture through ours and the real testpmd, in every part, over real vhost-user sockets.
import { UsageError } from "../errors.ts";
import { compareLive, liveText } from "../reference/live-compare.ts";
import { findTestpmd } from "../reference/testpmd-process.ts";
import type { Terminal } from "./terminal.ts";

const USAGE = `Usage: ringbed compare live CAPTURE [--fwd-mode MODE] [--mergeable on|off] [--ring split|packed] [--in-order on|off] [--vectorized] [--json]

Sends a capture through phy0 - vhost - guest - vhost - phy1 four times: by ours alone in virtual time, by our guest on the real testpmd's
vhost, by our host under the real testpmd's virtio-user, and by the real testpmd on both sides; over Unix sockets, without loss (retry
on both sides, fixed addresses). Compares every packet that leaves and every counter of every port with the last.

Options:
  --fwd-mode MODE    the guest's mode: io, mac, macswap, ... (default: mac)
  --mergeable on|off mergeable rx buffers (default: on)
  --ring LAYOUT      of the guest's virtqueues: split or packed (default: split)
  --in-order on|off  use of their buffers in order (default: on)
  --vectorized       the driver's vector burst functions (vectorized=1 with 512-bit SIMD)
  --json             print one JSON document

Example:
  ringbed compare live pcaps/in/mix.pcap --fwd-mode macswap

Exit codes: 0 no difference; 1 differences; 2 usage; 3 a run broke or lost packets.
`;

/** words: all behind `compare live`. @returns the exit code */
export async function liveVerb(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words.includes("--help")) {
    terminal.out(USAGE);
    return 0;
  }
  let capture: string | undefined;
  let mode = "mac";
  let mergeable = true;
  let ring: "split" | "packed" = "split";
  let inOrder = true;
  let vectorized = false;
  let json = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = (): string => {
      const given = words[++at];
      if (given === undefined) throw new UsageError(`option: found ${word} without a value, expected one`);
      return given;
    };
    if (word === "--fwd-mode") mode = value();
    else if (word === "--mergeable") mergeable = onOff("mergeable", value());
    else if (word === "--ring") ring = layout(value());
    else if (word === "--in-order") inOrder = onOff("in-order", value());
    else if (word === "--vectorized") vectorized = true;
    else if (word === "--json") json = true;
    else if (word.startsWith("-") || capture !== undefined)
      throw new UsageError(`compare live: found ${word}, expected one capture (ringbed compare live --help)`);
    else capture = word;
  }
  if (capture === undefined) throw new UsageError("capture: found none, expected one (ringbed compare live --help)");
  if (findTestpmd() === undefined)
    throw new UsageError("compare: found no dpdk-testpmd, expected one to compare with (ringbed doctor)");
  const comparison = await compareLive({ capture, mode, mergeable, ring, inOrder, vectorized }, (line) =>
    terminal.err(`ringbed: ${line}\n`),
  );
  if (json) terminal.out(`${JSON.stringify({ format: "ringbed-compare-live/1", ...comparison }, undefined, 2)}\n`);
  else terminal.out(liveText(comparison));
  return comparison.differences === 0 ? 0 : 1;
}

function onOff(name: string, text: string): boolean {
  if (text !== "on" && text !== "off") throw new UsageError(`${name}: found ${text}, expected on or off`);
  return text === "on";
}

function layout(text: string): "split" | "packed" {
  if (text !== "split" && text !== "packed") throw new UsageError(`ring: found ${text}, expected split or packed`);
  return text;
}
