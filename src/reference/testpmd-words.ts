// testpmd-words - a testpmd command line with its commands as a comparison needs them: which files it reads, which captures it writes, and
// what of its output time or chance decides. Pure but for the resolving of paths against the current folder.
import { basename, resolve } from "node:path";
import { UsageError } from "../errors.ts";

export interface TestpmdWords {
  /** As given. */
  readonly words: readonly string[];
  /** The words and commands for a run of its own: its files where `Places` has them. */
  readonly placed: readonly string[];
  readonly placedCommands: readonly string[];
  /** Files that it reads, as given: captures, commands, peers. */
  readonly inputs: readonly string[];
  /** Names of captures that it writes, in that folder. */
  readonly outputs: readonly string[];
  readonly interactive: boolean;
  /** Drivers by port, in the order of --vdev and `port attach`. */
  readonly drivers: readonly string[];
  /** Something is received without end: totals are those of the time that it ran. */
  readonly endless: boolean;
  /** Lengths of generated packets are drawn: captures are compared by the kinds of packets. */
  readonly drawn: boolean;
  /** A run's text with the files' names as given. */
  asGiven(text: string): string;
}

const ENDLESS_MODES = new Set(["txonly", "flowgen"]);
/** Options whose value is a file that is read. */
const FILE_OPTIONS = ["--cmdline-file", "--eth-peers-configfile"];
/** Ports whose packets may come back. */
const LOOPS = /^(net|eth)_(ring|vhost)$|^(net_)?virtio_user$/;

/** Where a run has its files. */
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
  const reading = new Reading(places);
  const placed = words.map((word, i) => reading.word(word, words[i - 1]));
  const placedCommands = commands.map((line) => reading.command(line));
  const own = words.slice(words.indexOf("--") + 1);
  const interactive = words.includes("--") && own.some((word) => /^(-i|--i\w*|-[a-z]*i[a-z]*)$/.test(word));
  const { inputs, outputs, drivers, endless, drawn } = reading;
  const asGiven = (text: string): string => reading.moved.reduce((all, [to, from]) => all.replaceAll(to, from), text);
  return { words, placed, placedCommands, inputs, outputs, interactive, drivers, endless, drawn, asGiven };
}

class Reading {
  readonly inputs: string[] = [];
  readonly outputs: string[] = [];
  readonly drivers: string[] = [];
  /** Where files are, and what they were called. */
  readonly moved: [to: string, from: string][] = [];
  drawn = false;
  private endlessInput = false;
  private seeded = false;
  private readonly places: Places;

  constructor(places: Places) {
    this.places = places;
  }

  get endless(): boolean {
    return this.endlessInput || (this.seeded && this.drivers.some((driver) => LOOPS.test(driver)));
  }

  word(word: string, before: string | undefined): string {
    if (before === "--vdev") return this.vdev(word);
    const [name, value] = splitOnce(word);
    if (name === "--vdev" && word !== name) return `--vdev=${this.vdev(value)}`;
    if (before !== undefined && FILE_OPTIONS.includes(before)) return this.input(word);
    if (FILE_OPTIONS.includes(name) && word !== name) return `${name}=${this.input(value)}`;
    if (name === "--forward-mode" && ENDLESS_MODES.has(value)) this.endlessInput = true;
    if (name === "--tx-first") this.seeded = true;
    return word;
  }

  command(line: string): string {
    const words = line.trim().split(/\s+/);
    const [first, second, third = ""] = words;
    if (first === "set" && second === "fwd" && ENDLESS_MODES.has(third)) this.endlessInput = true;
    if (first === "set" && second === "txsplit" && third === "rand") this.drawn = true;
    if (first === "start" && second === "tx_first") this.seeded = true;
    if (first === "port" && second === "attach") return `port attach ${this.vdev(third)}`;
    if (first === "load" && second !== undefined) return `load ${this.input(second)}`;
    return line;
  }

  private input(path: string): string {
    this.inputs.push(path);
    const to = this.places.input?.(path) ?? resolve(path);
    if (to !== path) this.moved.push([to, path]);
    return to;
  }

  private vdev(vdev: string): string {
    const [name = "", ...args] = vdev.split(",");
    this.drivers.push(name.replace(/\d+$/, ""));
    if (/^(net|eth)_null/.test(name) && !args.includes("no-rx=1")) this.endlessInput = true;
    if (args.includes("infinite_rx=1")) this.endlessInput = true;
    const placed = args.map((argument) => {
      const [key, value] = splitOnce(argument);
      if (key === "rx_pcap") return `${key}=${this.input(value)}`;
      return key === "tx_pcap" ? `${key}=${this.output(value)}` : argument;
    });
    return [name, ...placed].join(",");
  }

  private output(path: string): string {
    const name = basename(path);
    if (this.outputs.includes(name)) {
      throw new UsageError(`tx_pcap: found ${name} twice, expected a name of its own each`);
    }
    this.outputs.push(name);
    const to = this.places.output?.(name) ?? name;
    if (to !== path) this.moved.push([to, path]);
    return to;
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
