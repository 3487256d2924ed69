// macs - addresses of ports: `mac_addr`, `mcast_addr`, `show port N macs`, hash filters.
// Follows cmd_mac_addr_parsed, mcast_addr_add and show_macs of app/test-pmd 22.11. Not modelled: lists of several addresses, which
// only a NIC filters by.

import { formatMac, isMulticastMac } from "../../dpdk/address.ts";
import { EINVAL, ENODEV, ENOTSUP, strerror } from "../../dpdk/devices/errno.ts";
import type { Ethdev } from "../../dpdk/devices/ethdev.ts";
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import { ethdevPort, testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const OPERATIONS = {
  add: (dev: Ethdev, mac: bigint) => dev.addMac(mac),
  remove: (dev: Ethdev, mac: bigint) => dev.removeMac(mac),
  set: (dev: Ethdev, mac: bigint) => (isMulticastMac(mac) || mac === 0n ? -EINVAL : dev.setDefaultMac(mac)),
} as const;

export const macAddress = command(
  "mac_addr <what:add|remove|set> <port_id:u16> <mac_addr:mac>",
  ": Add/Remove/Set MAC address on port_id",
  (app, { what, port_id, mac_addr }) => {
    const dev = ethdevPort(app, port_id)?.dev;
    const status = dev === undefined ? -ENODEV : OPERATIONS[what](dev, mac_addr);
    if (status < 0) app.err(`mac_addr_cmd error: (${strerror(status)})\n`);
  },
);

/** No device here takes a list of multicast addresses, so none is ever on it. */
function changeMulticast(app: App, what: "add" | "remove", id: number, mac: bigint): void {
  if (!isMulticastMac(mac)) app.err(`Invalid multicast addr ${formatMac(mac)}\n`);
  else if (testpmdPort(app, id) === undefined) return;
  else if (what === "remove") app.err(`multicast address not filtered by port ${id}\n`);
  else app.err(`rte_eth_dev_set_mc_addr_list(port=${id}, nb=1) failed. diag=-${ENOTSUP}\n`);
}

export const multicastAddress = command(
  "mcast_addr <what:add|remove> <port_id:u16> <mcast_addr:mac>",
  ": Add/Remove multicast MAC address on port_id",
  (app, { what, port_id, mcast_addr }) => changeMulticast(app, what, port_id, mcast_addr),
);

export const showMacs = command("show port <port_id:u16> <which:macs|mcast_macs>", "", (app, { port_id, which }) => {
  const port = testpmdPort(app, port_id);
  if (port === undefined) return;
  const macs = which === "macs" && port.dev.mac !== 0n ? [port.dev.mac, ...port.dev.furtherMacs] : [];
  const kind = which === "macs" ? "MAC" : "Multicast MAC";
  app.out(`Number of ${kind} address added: ${macs.length}\n${macs.map((mac) => `  ${formatMac(mac)}\n`).join("")}`);
});

export const hashFilterCommands = [
  command(
    "set port <port_id:u16> uta <mac_addr:mac> <mode:on|off>",
    "set port <port_id> uta <mac_addr> on|off)",
    (app, { port_id, mac_addr, mode }) => {
      let status = -ENODEV;
      if (ethdevPort(app, port_id) !== undefined) {
        status = mode === "on" && mac_addr !== 0n ? -28 : -EINVAL;
        const why =
          mac_addr === 0n
            ? "Cannot add NULL MAC address"
            : mode === "on"
              ? "MAC address array full"
              : "the MAC address was not set in UTA";
        app.err(`Port ${port_id}: ${why}\n`);
      }
      app.err(`bad unicast hash table parameter, return code = ${status}\n`);
    },
  ),
  refused(
    "set port <port_id:u16> uta all <mode:on|off>",
    "",
    "ethdev",
    "bad unicast hash table parameter, return code = -{errno}\n",
  ),
  refused(
    "mac_addr add port <port_id:u16> vf <vf_id:u8> <mac_addr:mac>",
    ": Add MAC address filtering for a VF on port_id",
    "ethdev",
    "vf_mac_addr_cmd error: ({strerror})\n",
  ),
];
