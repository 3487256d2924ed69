// testpmd-words - a testpmd command line as a comparison needs it: which captures it reads and writes, and what of its output time decides.
// Pure but for the resolving of paths against the current folder.
import { basename, resolve } from "node:path";
import { UsageError } from "../errors.ts";

export interface TestpmdWords {
  /** As given. */
  readonly words: readonly string[];
  /** The words for a run of its own: its captures where `Places` has them. */
  readonly placed: readonly string[];
  /** Captures that it reads, as given. */
  readonly inputs: readonly string[];
  /** Names of captures that it writes, in that folder. */
  readonly outputs: readonly string[];
  readonly interactive: boolean;
  /** Drivers by port, in the order of --vdev. */
  readonly drivers: readonly string[];
  /** Something is received without end: totals are those of the time that it ran. */
  readonly endless: boolean;
}

const ENDLESS_MODES = new Set(["txonly", "flowgen"]);

/** Where a run has its captures. */
export interface Places {
  /** By default where it is given. */
  input?(path: string): string;
  /** name: an output's, without folders; by default the folder that the program runs in */
  output?(name: string): string;
}

/** Reads a command line. @throws UsageError when two outputs have one name */
export function readTestpmdWords(
  words: readonly string[],
  commands: readonly string[],
  places: Places = {},
): TestpmdWords {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const drivers: string[] = [];
  let endless = commands.some((line) => ENDLESS_MODES.has(/^\s*set\s+fwd\s+(\S+)/.exec(line)?.[1] ?? ""));
  const place = (vdev: string): string => {
    const [name = "", ...args] = vdev.split(",");
    const driver = name.replace(/\d+$/, "");
    drivers.push(driver);
    if (/^(net|eth)_null/.test(name) && !args.includes("no-rx=1")) endless = true;
    if (args.includes("infinite_rx=1")) endless = true;
    const placed = args.map((argument) => {
      const [key = "", value = ""] = splitOnce(argument);
      if (key === "rx_pcap") {
        inputs.push(value);
        return `${key}=${places.input?.(value) ?? resolve(value)}`;
      }
      if (key !== "tx_pcap") return argument;
      const output = basename(value);
      if (outputs.includes(output))
        throw new UsageError(`tx_pcap: found ${output} twice, expected a name of its own each`);
      outputs.push(output);
      return `${key}=${places.output?.(output) ?? output}`;
    });
    return [name, ...placed].join(",");
  };
  const placed = words.map((word, i) => {
    if (words[i - 1] === "--vdev") return place(word);
    if (word.startsWith("--vdev=")) return `--vdev=${place(word.slice("--vdev=".length))}`;
    if (word.startsWith("--forward-mode=") && ENDLESS_MODES.has(word.slice("--forward-mode=".length))) endless = true;
    return word;
  });
  const own = words.slice(words.indexOf("--") + 1);
  const interactive = words.includes("--") && own.some((word) => /^(-i|--i\w*|-[a-z]*i[a-z]*)$/.test(word));
  return { words, placed, inputs, outputs, interactive, drivers, endless };
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
