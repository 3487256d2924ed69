// mlx5 - the commands of net_mlx5: host shaper, external receive queues. `mlx5 port attach` attaches as `port attach` does.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";

export const mlx5Commands: readonly Command[] = [
  command(
    "mlx5 set port <port_id:u16> host_shaper avail_thresh_triggered <avail_thresh_triggered:u16> rate <rate_num:u8>",
    "mlx5 set port <port_id> host_shaper avail_thresh_triggered <0|1> rate <rate_num>: Set HOST_SHAPER avail_thresh_triggered and rate with port_id",
    (app, { port_id }) => {
      app.out(
        `cmd_port_host_shaper error: (${app.ports.has(port_id) ? "Operation not permitted" : "Invalid argument"})\n`,
      );
    },
  ),
  command(
    "mlx5 port attach <identifier:text>",
    "mlx5 port attach <identifier> socket=<path>: (identifier: pci address or virtual dev name, path (optional): socket path to get cmd FD and PD handle)",
    (app, { identifier }) => app.attachPort(identifier),
  ),
  command(
    "mlx5 port <port_id:u16> ext_rxq map <sw_queue_id:u16> <hw_queue_id:u32>",
    "",
    (app, { port_id, sw_queue_id }) =>
      externalQueue(app, port_id, sw_queue_id, `invalid ethdev index (${sw_queue_id}), out of range\n`),
  ),
  command("mlx5 port <port_id:u16> ext_rxq unmap <queue_id:u16>", "", (app, { port_id, queue_id }) =>
    externalQueue(
      app,
      port_id,
      queue_id,
      `invalid rte_flow index (${queue_id}), out of range, doesn't exist or still referenced\n`,
    ),
  ),
];

/** External queues lie above those of a port. */
const FIRST_EXTERNAL_QUEUE = 64536;

function externalQueue(app: App, id: number, queue: number, refusal: string): void {
  if (testpmdPort(app, id) === undefined) return;
  if (queue < FIRST_EXTERNAL_QUEUE) app.err(`mlx5_net: Queue index ${queue} should be in range: [64536, 65535].\n`);
  app.err(refusal);
}
