// virtual-functions - `set vf`, `set port N vf`, `show vf stats` and the like: no device here has virtual functions.

import { isMulticastMac } from "../../dpdk/address.ts";
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const NOT_IMPLEMENTED = "function not implemented\n";

export const vfCommands: readonly Command[] = [
  refused("set vf vlan antispoof <port_id:u16> <vf_id:u32> <on_off:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set vf mac antispoof <port_id:u16> <vf_id:u32> <on_off:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set vf vlan stripq <port_id:u16> <vf_id:u16> <on_off:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  command("set vf vlan insert <port_id:u16> <vf_id:u16> <vlan_id:u16>", "", (app, { port_id, vf_id, vlan_id }) => {
    if (testpmdPort(app, port_id) === undefined) return;
    if (vlan_id < 4096) app.err(NOT_IMPLEMENTED);
    else {
      app.err(`rte_pmd_i40e_set_vf_vlan_insert(): Invalid VLAN ID.\ninvalid vf_id ${vf_id} or vlan_id ${vlan_id}\n`);
    }
  }),
  refused("set tx loopback <port_id:u16> <on_off:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set all queues drop <port_id:u16> <on_off:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused(
    "set port <port_id:u16> vf <vf_id:u8> <what:tx|rx> <mode:on|off>",
    "set port <port_id> vf <vf_id> rx|tx on|off",
    "ethdev",
    "rte_pmd_ixgbe_set_vf_{what} for port_id={port_id} failed diag=-{errno}\n",
  ),
  refused(
    "set port <port_id:u16> vf <vf_id:u8> rxmode <mode:AUPE|ROPE|BAM|MPE> <on:on|off>",
    "",
    "ethdev",
    "bad VF receive mode parameter, return code = -{errno}\n",
  ),
  refused(
    "set port <port_id:u16> vf <vf_id:u8> rate <rate_value:u32> queue_mask <queue_mask_value:u64>",
    ": Set rate limit for queues of VF on port_id",
    "ethdev",
    "set_vf_rate_limit for port_id={port_id} failed diag=-{errno}\nvf_rate_limit_cmd error: ({strerror})\n",
  ),
  refused(
    "rx_vlan <what:add|rm> <vlan_id:u16> port <port_id:u16> vf <vf_mask:u64>",
    ": (vf_mask = hexadecimal VF mask)",
    "ethdev",
    "function not implemented or supported\n",
    "invalid port_id {port_id}\n",
  ),
  command("set vf mac addr <port_id:u16> <vf_id:u16> <mac_addr:mac>", "", (app, { port_id, vf_id, mac_addr }) => {
    if (testpmdPort(app, port_id) === undefined) return;
    const assignable = !isMulticastMac(mac_addr) && mac_addr !== 0n;
    app.err(assignable ? NOT_IMPLEMENTED : `invalid vf_id ${vf_id} or mac_addr\n`);
  }),
];

export const vfStatisticsCommands: readonly Command[] = [
  command("show vf stats <port_id:u16> <vf_id:u16>", "", showVfStats),
  refused("clear vf stats <port_id:u16> <vf_id:u16>", "", "testpmd", NOT_IMPLEMENTED),
];

/** The refusal, and then zeros all the same. */
function showVfStats(app: App, { port_id, vf_id }: { readonly port_id: number; readonly vf_id: number }): void {
  if (testpmdPort(app, port_id) === undefined) return;
  const border = "#".repeat(24);
  app.err(NOT_IMPLEMENTED);
  app.out(
    `\n  ${border} NIC statistics for port ${`${port_id}`.padEnd(2)} vf ${`${vf_id}`.padEnd(2)} ${border}\n` +
      "  RX-packets: 0          RX-missed: 0          RX-bytes:  0\n  RX-errors: 0\n  RX-nombuf:  0         \n" +
      "  TX-packets: 0          TX-errors: 0          TX-bytes:  0\n" +
      `  ${"#".repeat(76)}\n`,
  );
}
