// command - what a command of ovs-ofctl is given and what it is.
import { UsageError } from "../errors.ts";
import type { OfNames } from "../openflow/ofpact-context.ts";
import type { OfLog } from "../openflow/ports.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import type { Connection } from "./connection.ts";

/** What ovs-ofctl asks of the machine it is called on. */
export interface OfctlHost {
  /** A file; undefined: standard input. @returns an errno's words when it cannot be read */
  readText(path: string): { readonly text: string } | { readonly error: string } | undefined;
  readInput(): Promise<string>;
  /** Now, as log lines have it. */
  date(): string;
}

export interface OfctlCall {
  readonly connection: Connection;
  readonly vswitchd: Vswitchd;
  /** Behind the bridge. */
  readonly args: readonly string[];
  readonly host: OfctlHost;
  /** Where parsers' remarks go. */
  readonly log: OfLog;
  /** Connects to another bridge. @throws UsageError */
  connect(bridge: string): Connection;
}

export interface OfctlCommand {
  /** Arguments, the bridge among them. */
  readonly min: number;
  readonly max: number;
  /** @throws UsageError in ovs-ofctl's words. @returns the exit code, 0 without */
  run(call: OfctlCall): number | undefined | Promise<number | undefined>;
}

/** Names for a parser, and where its remarks go. */
export function namesFor({ connection, log }: OfctlCall): OfNames {
  return { ...connection.names, log };
}

/** Reads a file, or standard input. what: that fails when there is no file. @throws UsageError */
export async function readFile({ host }: OfctlCall, path: string, what: "open" | "open failed"): Promise<string> {
  const read = host.readText(path) ?? { text: await host.readInput() };
  if ("error" in read) throw new UsageError(`${path}: ${what} (${read.error})`);
  return read.text;
}
