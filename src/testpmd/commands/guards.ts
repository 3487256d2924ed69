// guards - what commands check before they do anything, with the words of app/test-pmd and rte_ethdev 22.11.
// Each prints its complaint and says whether the command goes on.
import type { App, Port } from "../app.ts";
import { configureAtStart } from "../blocks/port-offloads.ts";

/** port_id_is_invalid: testpmd's own check of a port. */
export function testpmdPort(app: App, id: number): Port | undefined {
  const port = app.ports.get(id);
  if (port === undefined) app.err(`Invalid port ${id}\n`);
  return port;
}

/** The same, with the ids that there are. */
export function listedPort(app: App, id: number): Port | undefined {
  const port = testpmdPort(app, id);
  if (port === undefined) {
    app.out(`The valid ports array is [${[...app.ports.keys()].map((other) => ` ${other}`).join("")} ]\n`);
  }
  return port;
}

/** RTE_ETH_VALID_PORTID: what rte_ethdev's calls check and log. */
export function ethdevPort(app: App, id: number): Port | undefined {
  const port = app.ports.get(id);
  if (port === undefined) app.err(`Invalid port_id=${id}\n`);
  return port;
}

/** eth_dev_info_get_print_err. */
export function portWithInfo(app: App, id: number): Port | undefined {
  const port = ethdevPort(app, id);
  if (port === undefined) app.err(`Error during getting device (port ${id}) info: No such device\n`);
  return port;
}

/** A port that there is and that is stopped. */
export function stoppedPort(app: App, id: number): Port | undefined {
  const port = testpmdPort(app, id);
  if (port === undefined || port.status === "stopped") return port;
  app.err(`Please stop port ${id} first\n`);
  return undefined;
}

export function allPortsStopped(app: App): boolean {
  if ([...app.ports.values()].every(({ status }) => status === "stopped")) return true;
  app.err("Please stop all ports first\n");
  return false;
}

export function forwardingStopped(app: App): boolean {
  if (app.running) app.err("Please stop forwarding first\n");
  return !app.running;
}

/** rx_queue_id_is_invalid and tx_queue_id_is_invalid. */
export function knownQueue(app: App, side: "rx" | "tx", queue: number): boolean {
  const count = side === "rx" ? app.settings.rxq : app.settings.txq;
  if (queue < count) return true;
  app.err(`Invalid ${side.toUpperCase()} queue ${queue} (must be < nb_${side}q=${count})\n`);
  return false;
}

/** cmd_reconfig_device_queue: what the port's next start has to set up anew. */
export function reconfigure(port: Port, what: { device: boolean; queues: boolean }): void {
  if (what.device) configureAtStart(port);
  port.needReconfigureQueues ||= what.queues;
}

export function reconfigureAll(app: App, what: { device: boolean; queues: boolean }): void {
  for (const port of app.ports.values()) reconfigure(port, what);
}

export const DEVICE_AND_QUEUES = { device: true, queues: true } as const;
export const QUEUES = { device: false, queues: true } as const;
