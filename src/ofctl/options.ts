// options - ovs-ofctl's command line: options wherever they stand, a command, its arguments.
import { UsageError } from "../errors.ts";
import {
  formatProtocols,
  formatVersion,
  type OfVersion,
  type Protocols,
  parseProtocol,
  parseVersion,
  versionProtocols,
} from "../openflow/protocol.ts";

export interface OfctlOptions {
  readonly versions: readonly OfVersion[];
  /** -F; undefined: any */
  readonly formats: Protocols | undefined;
  readonly strict: boolean;
  readonly names: boolean;
  readonly stats: boolean;
  readonly bundle: boolean;
  readonly mayCreate: boolean;
  /** Flows and ports may be named: unless --no-names. */
  readonly namesAccepted: boolean;
  /** replace-flows: also what is the same. */
  readonly readd: boolean;
  readonly more: boolean;
  /** --sort and --rsort: fields, in order. */
  readonly sort: readonly { readonly field: string; readonly descending: boolean }[];
}

export interface OfctlWords {
  readonly options: OfctlOptions;
  readonly words: readonly string[];
  readonly version: boolean;
}

/** Bundles are of 1.4, and an extension of 1.3. */
const BUNDLES_SINCE = 4;
/** Versions that --bundle allows when those that were given have none. */
const BUNDLED: readonly OfVersion[] = [4, 5];
const WITH_VALUE = new Set(["--protocols", "-O", "--flow-format", "-F", "--timeout", "-t", "-T"]);
const IGNORED =
  /^(?:--(?:timestamp|color|unixctl|read-only|allow-hidden|verbose|log-file|syslog-target|no-syslog|private-key|certificate|ca-cert|timeout|oneline)(?:=.*)?|-v.*)$/;

/** @throws UsageError */
export function parseOptions(args: readonly string[]): OfctlWords {
  let versions: readonly OfVersion[] = [1];
  let formats: Protocols | undefined;
  let version = false;
  const flags = new Set<string>();
  const sort: { field: string; descending: boolean }[] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const short = /^-([OFtT])(.+)$/s.exec(word);
    const [, name = word, attached] =
      short === null ? (/^(--[^=]*)=(.*)$/s.exec(word) ?? []) : ["", `-${short[1]}`, short[2]];
    const value = (): string => {
      const given = attached ?? args[++i];
      if (given === undefined) throw new UsageError(`option '${name}' requires an argument`);
      return given;
    };
    if (name === "--protocols" || name === "-O") versions = parseVersions(value());
    else if (name === "--flow-format" || name === "-F") formats = flowFormats(value());
    else if (WITH_VALUE.has(name)) value();
    else if (name === "--sort" || name === "--rsort")
      sort.push({ field: attached ?? "priority", descending: name === "--rsort" });
    else if (name === "--version" || name === "-V") version = true;
    else if (
      [
        "--strict",
        "--names",
        "--no-stats",
        "--stats",
        "--bundle",
        "--may-create",
        "--no-names",
        "--readd",
        "-m",
        "--more",
      ].includes(name)
    )
      flags.add(name);
    else if (/^-[^-]/.test(word) && !IGNORED.test(word)) throw new UsageError(`invalid option -- '${word[1]}'`);
    else if (!IGNORED.test(word)) throw new UsageError(`unrecognized option '${word}'`);
  }
  if (flags.has("--bundle") && !versions.some((one) => one >= BUNDLES_SINCE)) versions = [...versions, ...BUNDLED];
  checkFormats(versions, formats);
  const options = {
    versions,
    formats,
    strict: flags.has("--strict"),
    names: flags.has("--names"),
    stats: !flags.has("--no-stats"),
    bundle: flags.has("--bundle"),
    mayCreate: flags.has("--may-create"),
    namesAccepted: !flags.has("--no-names"),
    readd: flags.has("--readd"),
    more: flags.has("-m") || flags.has("--more"),
    sort,
  };
  return { options, words, version };
}

/** @throws UsageError when no version that is allowed has a format that is */
function checkFormats(versions: readonly OfVersion[], formats: Protocols | undefined): void {
  const all = versions.reduce((sum, one) => sum | versionProtocols(one), 0);
  if (formats === undefined || (all & formats) !== 0) return;
  const names = versions.map(formatVersion).join(", ");
  throw new UsageError(
    `None of the enabled OpenFlow versions (${names}) supports any of the enabled flow formats (${formatProtocols(formats)}).  ` +
      "(Use -O to enable additional OpenFlow versions or -F to enable additional flow formats.)",
  );
}

function flowFormats(text: string): Protocols {
  return text.split(/[, ]+/).reduce((all, word) => {
    const protocol = parseProtocol(word);
    if (protocol === undefined) throw new UsageError(`${word}: unknown flow protocol`);
    return all | protocol;
  }, 0);
}

/** `OpenFlow10,OpenFlow13`. @throws UsageError */
function parseVersions(text: string): OfVersion[] {
  return text.split(/[, ]+/).map((word) => {
    const version = parseVersion(word);
    if (version === undefined) throw new UsageError(`Unknown OpenFlow version: "${word}"`);
    return version;
  });
}
