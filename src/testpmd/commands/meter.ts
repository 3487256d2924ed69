// meter - `port meter` commands (app/test-pmd cmdline_mtr.c): no device here meters, and says so.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const NOT_IMPLEMENTED = "cause unspecified: Function not implemented (error 1)\n";

export const meterCommands: readonly Command[] = [
  refused("show port meter cap <port_id:u16>", "", "testpmd", NOT_IMPLEMENTED),
  refused(
    "add port meter profile srtcm_rfc2697 <port_id:u16> <profile_id:u32> <cir:u64> <cbs:u64> <ebs:u64> <packet_mode:u32>",
    "",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "add port meter profile trtcm_rfc2698 <port_id:u16> <profile_id:u32> <cir:u64> <pir:u64> <cbs:u64> <pbs:u64> <packet_mode:u32>",
    "",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "add port meter profile trtcm_rfc4115 <port_id:u16> <profile_id:u32> <cir:u64> <eir:u64> <cbs:u64> <ebs:u64> <packet_mode:u32>",
    "",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("del port meter profile <port_id:u16> <profile_id:u32>", "", "testpmd", NOT_IMPLEMENTED),
  command(
    "create port meter <port_id:u16> <mtr_id:u32> <profile_id:u32> <policy_id:u32> <meter_enable:yes|no> <statistics_mask:u64> <shared:u32> <default_input_color:R|Y|G|r|y|g> <meter_input_color:text>",
    "create port meter <port_id> <mtr_id> <profile_id> <policy_id> <meter_enable>(yes|no) <stats_mask> <shared> <default_input_color>(g|y|r) <use_pre_meter_color> [<dscp_tbl_entry0> <dscp_tbl_entry1> ...<dscp_tbl_entry63>] [<vlan_tbl_entry0> <vlan_tbl_entry1> ... <vlan_tbl_entry15>]",
    createMeter,
  ),
  refused("enable port meter <port_id:u16> <mtr_id:u32>", "", "testpmd", NOT_IMPLEMENTED),
  refused("disable port meter <port_id:u16> <mtr_id:u32>", "", "testpmd", NOT_IMPLEMENTED),
  refused("del port meter <port_id:u16> <mtr_id:u32>", "", "testpmd", NOT_IMPLEMENTED),
  refused(
    "del port meter policy <port_id:u16> <policy_id:u32>",
    "Delete port meter policy",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("set port meter profile <port_id:u16> <mtr_id:u32> <profile_id:u32>", "", "testpmd", NOT_IMPLEMENTED),
  command(
    "set port meter dscp table <token_string:text>",
    "set port meter dscp table <port_id> <mtr_id> <proto> [<dscp_tbl_entry0> <dscp_tbl_entry1> ... <dscp_tbl_entry63>]",
    table,
  ),
  command(
    "set port meter vlan table <token_string:text>",
    "set port meter vlan table <port_id> <mtr_id> <proto> [<vlan_tbl_entry0> <vlan_tbl_entry1> ... <vlan_tbl_entry15>]",
    table,
  ),
  refused(
    "set port meter proto <port_id:u16> <mtr_id:u32> <proto:outer_vlan|inner_vlan|outer_ip|inner_ip> <prio:u32>",
    "set port meter proto <port_id> <mtr_id> <proto> <prio>",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  command("get port meter proto <port_id:u16> <mtr_id:u32>", "", (app) => {
    app.err(NOT_IMPLEMENTED);
    app.out("Enabled protocols:\n");
  }),
  refused(
    "get port meter proto_prio <port_id:u16> <mtr_id:u32> <proto:outer_vlan|inner_vlan|outer_ip|inner_ip>",
    "get port meter proto_prio <port_id> <mtr_id> <proto>",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("set port meter stats mask <port_id:u16> <mtr_id:u32> <stats_mask:u64>", "", "testpmd", NOT_IMPLEMENTED),
  refused(
    "show port meter stats <port_id:u16> <mtr_id:u32> <clear:yes|no>",
    "show port meter stats <port_id> <mtr_id> <clear>(yes|no)",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
];

/** The port is the first word of the text. */
function table(app: App, { token_string }: { readonly token_string: string }): void {
  const id = Number.parseInt(token_string, 10) || 0;
  if (testpmdPort(app, id) !== undefined) app.err(NOT_IMPLEMENTED);
}

interface MeterArguments {
  readonly port_id: number;
  readonly meter_input_color: string;
}

/** Whether colors come first, then their tables, which begin with a number. */
function createMeter(app: App, { port_id, meter_input_color }: MeterArguments): void {
  if (testpmdPort(app, port_id) === undefined) return;
  const parses = /^\s*\d/.test(meter_input_color);
  app.err(parses ? NOT_IMPLEMENTED : " Meter input color params string parse error\n");
}
