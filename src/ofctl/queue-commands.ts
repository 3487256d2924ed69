// queue-commands - ovs-ofctl's queue-stats and queue-get-config: a userspace datapath's ports have no queues to tell of.
import { UsageError } from "../errors.ts";
import { formatPort, OFPP_ALL } from "../openflow/ports.ts";
import type { OfctlCommand } from "./command.ts";
import type { Connection } from "./connection.ts";
import { portNumber } from "./port-lookup.ts";

/** From 1.4 on queues are described by a reply in parts. */
const DESC_SINCE = 5;
const OFPQ_ALL = undefined;

/** @throws UsageError */
function queueNumber(word: string | undefined): number | undefined {
  if (word === undefined || word.toLowerCase() === "all") return OFPQ_ALL;
  if (!/^\d+$/.test(word)) throw new UsageError(`${word}: invalid queue number`);
  return Number(word);
}

const isPort = ({ bridge }: Connection, port: number): boolean => bridge.ofproto.bridge.ports.has(port);

const queueStats: OfctlCommand = {
  min: 1,
  max: 3,
  run({ connection, args }) {
    const port = args[0] === undefined || args[0].toLowerCase() === "all" ? OFPP_ALL : portNumber(connection, args[0]);
    const queue = queueNumber(args[1]);
    const known = port === OFPP_ALL || isPort(connection, port);
    if (known && queue === OFPQ_ALL) {
      connection.out(`${connection.heading("OFPST_QUEUE reply")} 0 queues\n`);
      return;
    }
    const body = ` port=${formatPort(port)} queue=${queue ?? "ALL"}`;
    connection.refusedRequest(known ? "OFPQOFC_BAD_QUEUE" : "OFPQOFC_BAD_PORT", "OFPST_QUEUE request", body);
  },
};

const queueGetConfig: OfctlCommand = {
  min: 1,
  max: 3,
  run({ connection, args }) {
    const { version, bridge } = connection;
    const isAll = args[0] === undefined || args[0].toLowerCase() === "any";
    const port = isAll ? undefined : portNumber(connection, args[0]!);
    const queue = queueNumber(args[1]);
    if (version < DESC_SINCE && port === undefined) {
      // each port is asked for by itself, once it is known which there are
      connection.askedForPort();
      for (const { number } of bridge.ofproto.bridge.ports.values())
        if (number < OFPP_ALL) connection.out(`${connection.heading(OLD_REPLY, connection.takeXid())}\n`);
      return;
    }
    const name = version < DESC_SINCE ? "OFPT_QUEUE_GET_CONFIG_REQUEST" : "OFPST_QUEUE_DESC request";
    const asked = port === undefined ? "ANY" : formatPort(port);
    if (port !== undefined && !isPort(connection, port))
      connection.refusedRequest("OFPQOFC_BAD_PORT", name, ` port=${asked}`);
    else if (queue !== OFPQ_ALL) connection.refusedRequest("NXQOFC_QUEUE_ERROR", name, ` port=${asked} queue=${queue}`);
    else connection.out(`${connection.heading(version < DESC_SINCE ? OLD_REPLY : "OFPST_QUEUE_DESC reply")}\n`);
  },
};

const OLD_REPLY = "OFPT_QUEUE_GET_CONFIG_REPLY";

export const QUEUE_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["queue-stats", queueStats],
  ["queue-get-config", queueGetConfig],
];
