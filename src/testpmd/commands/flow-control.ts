// flow-control - `set flow_ctrl`, `set pfc_ctrl`, `set pfc_queue_ctrl`: pause frames, which no device here has.

import { EINVAL, ENOTSUP } from "../../dpdk/devices/errno.ts";
import { type Command, command } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const CANNOT_GET = "cannot get current flow ctrl parameters, return code = -{errno}\n";

export const flowControlCommands: readonly Command[] = [
  refused(
    "set flow_ctrl rx <rx_lfc_mode:on|off> tx <tx_lfc_mode:on|off> <high_water:u32> <low_water:u32> <pause_time:u16> <send_xon:u16> mac_ctrl_frame_fwd <mac_ctrl_frame_fwd_mode:on|off> autoneg <autoneg:on|off> <port_id:u16>",
    ": Configure the Ethernet flow control",
    "ethdev",
    "bad flow control parameter, return code = -{errno}\n",
  ),
  refused(
    "set flow_ctrl rx <rx_lfc_mode:on|off> <port_id:u16>",
    ": Change rx flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl tx <tx_lfc_mode:on|off> <port_id:u16>",
    ": Change tx flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl high_water <value:u32> <port_id:u16>",
    ": Change high water flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl low_water <value:u32> <port_id:u16>",
    ": Change low water flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl pause_time <value:u16> <port_id:u16>",
    ": Change pause time flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl send_xon <value:u16> <port_id:u16>",
    ": Change send_xon flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl mac_ctrl_frame_fwd <mac_ctrl_frame_fwd_mode:on|off> <port_id:u16>",
    ": Change mac ctrl fwd flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "set flow_ctrl autoneg <autoneg:on|off> <port_id:u16>",
    ": Change autoneg flow control parameter",
    "ethdev",
    CANNOT_GET,
  ),
  refused(
    "show port <port_id:u16> flow_ctrl",
    "",
    "ethdev",
    "Failed to get current flow ctrl information: err = -{errno}\n",
  ),
  command(
    "set pfc_ctrl rx <rx_pfc_mode:on|off> tx <tx_pfc_mode:on|off> <high_water:u32> <low_water:u32> <pause_time:u16> <priority:u8> <port_id:u16>",
    ": Configure the Ethernet priority flow control",
    (app, { port_id, priority }) => {
      if (testpmdPort(app, port_id) === undefined) return;
      if (priority > 7) app.err("Invalid priority, only 0-7 allowed\n");
      app.err(`bad priority flow control parameter, return code = -${priority > 7 ? EINVAL : ENOTSUP}\n`);
    },
  ),
  refused(
    "set pfc_queue_ctrl <port_id:u16> rx <rx_pfc_mode:on|off> <tx_qid:u16> <tx_tc:u8> tx <tx_pfc_mode:on|off> <rx_qid:u16> <rx_tc:u8> <pause_time:u16>",
    "set pfc_queue_ctrl <port_id> rx <on|off> <tx_qid> <tx_tc> tx <on|off> <rx_qid> <rx_tc> <pause_time>: Configure the Ethernet queue priority flow control",
    "ethdev",
    "bad queue priority flow control parameter, rc = -{errno}\n",
  ),
];
