// port-lookup - a port that a command of ovs-ofctl names: by its number, a reserved name, or the name that the switch is asked for.
import { UsageError } from "../errors.ts";
import { parsePort } from "../openflow/ports.ts";
import type { Connection } from "./connection.ts";

/** @throws UsageError for a name that the switch does not know */
export function portNumber(connection: Connection, word: string): number {
  const number = parsePort(word);
  if (number !== undefined) return number;
  connection.askedForPort();
  const { bridge } = connection;
  const found = bridge.ifaces.get(word)?.ofPort;
  if (found === undefined) throw new UsageError(`${bridge.name}: unknown port \`${word}'`);
  return found;
}
