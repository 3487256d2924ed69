// traffic-management - `port tm` commands (app/test-pmd cmdline_tm.c): no device here shapes traffic, and says so.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const NOT_IMPLEMENTED = "cause unspecified: Function not implemented (error 1)\n";

export const trafficManagementCommands: readonly Command[] = [
  refused("show port tm cap <port_id:u16>", "Show Port TM Capabilities", "testpmd", NOT_IMPLEMENTED),
  refused(
    "show port tm level cap <port_id:u16> <level_id:u32>",
    "Show port TM hierarchical level capabilities",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "show port tm node cap <port_id:u16> <node_id:u32>",
    "Show Port TM Hierarchy node capabilities",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("show port tm node type <port_id:u16> <node_id:u32>", "Show port tm node type", "testpmd", NOT_IMPLEMENTED),
  refused(
    "show port tm node stats <port_id:u16> <node_id:u32> <clear:u32>",
    "Show port tm node stats",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "add port tm node shaper profile <port_id:u16> <shaper_id:u32> <cmit_tb_rate:u64> <cmit_tb_size:u64> <peak_tb_rate:u64> <peak_tb_size:u64> <pktlen_adjust:u32> <pkt_mode:u32>",
    "Add port tm node private shaper profile",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "del port tm node shaper profile <port_id:u16> <shaper_id:u32>",
    "Delete port tm node private shaper profile",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  command(
    "<cmd_type:add|set> port tm node shared shaper <port_id:u16> <shared_shaper_id:u32> <shaper_profile_id:u32>",
    "add/update port tm node shared shaper",
    sharedShaper,
  ),
  refused(
    "del port tm node shared shaper <port_id:u16> <shared_shaper_id:u32>",
    "delete port tm node shared shaper",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "add port tm node wred profile <port_id:u16> <wred_profile_id:u32> <color_g:G|g> <min_th_g:u64> <max_th_g:u64> <maxp_inv_g:u16> <wq_log2_g:u16> <color_y:Y|y> <min_th_y:u64> <max_th_y:u64> <maxp_inv_y:u16> <wq_log2_y:u16> <color_r:R|r> <min_th_r:u64> <max_th_r:u64> <maxp_inv_r:u16> <wq_log2_r:u16>",
    "Add port tm node wred profile",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "del port tm node wred profile <port_id:u16> <wred_profile_id:u32>",
    "Delete port tm node wred profile",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "set port tm node shaper profile <port_id:u16> <node_id:u32> <shaper_profile_id:u32>",
    "Set port tm node shaper profile",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  command(
    "add port tm nonleaf node <port_id:u16> <node_id:u32> <parent_node_id:i32> <priority:u32> <weight:u32> <level_id:u32> <shaper_profile_id:i32> <n_sp_priorities:u32> <stats_mask:u64> <multi_shared_shaper_id:text>",
    "Add port tm nonleaf node",
    addNode,
  ),
  command(
    "add port tm nonleaf node pktmode <port_id:u16> <node_id:u32> <parent_node_id:i32> <priority:u32> <weight:u32> <level_id:u32> <shaper_profile_id:i32> <n_sp_priorities:u32> <stats_mask:u64> <multi_shared_shaper_id:text>",
    "Add port tm nonleaf node pktmode",
    addNode,
  ),
  command(
    "add port tm leaf node <port_id:u16> <node_id:u32> <parent_node_id:i32> <priority:u32> <weight:u32> <level_id:u32> <shaper_profile_id:i32> <cman_mode:u32> <wred_profile_id:u32> <stats_mask:u64> <multi_shared_shaper_id:text>",
    "Add port tm leaf node",
    addNode,
  ),
  command("del port tm node <port_id:u16> <node_id:u32>", "Delete port tm node", (app, { port_id }) => {
    if (inState(app, port_id, "stopped")) app.err(NOT_IMPLEMENTED);
  }),
  refused(
    "set port tm node parent <port_id:u16> <node_id:u32> <parent_id:u32> <priority:u32> <weight:u32>",
    "Set port tm node parent",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("suspend port tm node <port_id:u16> <node_id:u32>", "Suspend port tm node", "testpmd", NOT_IMPLEMENTED),
  refused("resume port tm node <port_id:u16> <node_id:u32>", "Resume port tm node", "testpmd", NOT_IMPLEMENTED),
  refused(
    "port tm hierarchy commit <port_id:u16> <clean_on_fail:yes|no>",
    "Commit port tm hierarchy",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("set port tm mark ip_ecn <port:u16> <green:u16> <yellow:u16> <red:u16>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set port tm mark ip_dscp <port:u16> <green:u16> <yellow:u16> <red:u16>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set port tm mark vlan_dei <port:u16> <green:u16> <yellow:u16> <red:u16>", "", "testpmd", NOT_IMPLEMENTED),
];

function inState(app: App, id: number, state: "started" | "stopped"): boolean {
  const port = testpmdPort(app, id);
  if (port === undefined) return false;
  const is = (port.status === "started") === (state === "started");
  if (!is) app.err(` Port ${id} not ${state} (error)\n`);
  return is;
}

interface ShaperArguments {
  readonly port_id: number;
  readonly cmd_type: "add" | "set";
}

/** Added while the port is stopped, changed while it runs. */
function sharedShaper(app: App, { port_id, cmd_type }: ShaperArguments): void {
  if (inState(app, port_id, cmd_type === "add" ? "stopped" : "started")) app.err(NOT_IMPLEMENTED);
}

interface NodeArguments {
  readonly port_id: number;
  readonly multi_shared_shaper_id: string;
}

/** The text counts the shared shapers and names them. The port's state is looked at last. */
function addNode(app: App, { port_id, multi_shared_shaper_id }: NodeArguments): void {
  if (testpmdPort(app, port_id) === undefined) return;
  const [count, ...ids] = multi_shared_shaper_id
    .trim()
    .split(/[ \t]+/)
    .map(Number);
  if (count !== ids.length || !ids.every(Number.isInteger)) app.err(" Shared shapers params string parse error\n");
  else if (inState(app, port_id, "stopped")) app.err(NOT_IMPLEMENTED);
}
