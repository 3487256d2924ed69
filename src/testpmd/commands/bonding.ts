// bonding - the commands of net_bonding. `create bonded device` is not modelled; ports that there are refuse the others.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { ethdevPort } from "./guards.ts";
import { notModelled, refused } from "./refusal.ts";

const NOT_PERMITTED = "set_bond_mac_addr error: (Operation not permitted)\n";

export const bondingCommands: readonly Command[] = [
  command("set bonding mode <mode_value:u8> <port_id:u16>", ": Set the bonding mode for port_id", setMode),
  refused(
    "show bonding config <port_id:u16>",
    ": Show the bonding config for port_id",
    "ethdev",
    "\tFailed to get bonding mode for port = {port_id}\n",
  ),
  refused(
    "show bonding lacp info <port_id:u16>",
    "show bonding lacp info <port_id> : Show bonding IEEE802.3 information for port_id",
    "ethdev",
    "\tBonding mode is not mode 4\n",
  ),
  refused(
    "set bonding primary <slave_id:u16> <port_id:u16>",
    ": Set the primary slave for port_id",
    "ethdev",
    "\t Failed to set primary slave for port = {port_id}.\n",
  ),
  refused(
    "add bonding slave <slave_id:u16> <port_id:u16>",
    ": Add a slave device to a bonded device",
    "ethdev",
    "\t Failed to add slave {slave_id} to master port = {port_id}.\n",
  ),
  refused(
    "remove bonding slave <slave_id:u16> <port_id:u16>",
    ": Remove a slave device from a bonded device",
    "ethdev",
    "\t Failed to remove slave {slave_id} from master port = {port_id}.\n",
  ),
  notModelled(
    "create bonded device <mode:u8> <socket:u8>",
    ": Create a new bonded device with specific bonding mode and socket",
    "create bonded device",
  ),
  refused("set bonding mac_addr <port_id:u16> <mac_addr:mac>", "", "testpmd", NOT_PERMITTED),
  refused(
    "set bonding balance_xmit_policy <port_id:u16> <policy:l2|l23|l34>",
    ": Set the bonding balance_xmit_policy for port_id",
    "ethdev",
    "\t Failed to set bonding balance xmit policy for port = {port_id}.\n",
  ),
  refused("set bonding mon_period <port_id:u16> <period_ms:u32>", "", "ethdev", NOT_PERMITTED),
  command(
    "set bonding lacp dedicated_queues <port_id:u16> <state:enable|disable>",
    ": Enable/disable dedicated queues for LACP control traffic for port_id",
    setDedicatedQueues,
  ),
  refused(
    "set bonding agg_mode <port_id:u16> <agg_name:stable|bandwidth|count>",
    "set bonding mode IEEE802.3AD aggregator policy <port_id> <agg_name>",
    "ethdev",
    "",
  ),
];

function setMode(app: App, { port_id }: { readonly port_id: number }): void {
  const port = app.ports.get(port_id);
  if (port !== undefined && port.status !== "stopped") {
    app.err(`\t Error: Can't set bonding mode when port ${port_id} is not stopped\n`);
    return;
  }
  ethdevPort(app, port_id);
  app.err(`\t Failed to set bonding mode for port = ${port_id}.\n`);
}

interface QueueArguments {
  readonly port_id: number;
  readonly state: "enable" | "disable";
}

function setDedicatedQueues(app: App, { port_id, state }: QueueArguments): void {
  const port = app.ports.get(port_id);
  if (port !== undefined && port.status !== "stopped") {
    app.err(`Please stop port ${port_id} first\n`);
    return;
  }
  ethdevPort(app, port_id);
  const what =
    state === "enable"
      ? "Enabling dedicate queues for LACP control packets"
      : "Disabling dedicated queues for LACP control traffic";
  app.out(`${what} on port ${port_id} failed\n`);
}
