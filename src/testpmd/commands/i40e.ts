// i40e - the commands of net_i40e: queue regions, DDP profiles, packet type mappings. Every device here refuses them.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { parseItemList } from "../options/setters.ts";
import { allPortsStopped, testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const NOT_IMPLEMENTED = "function not implemented\n";
const NOT_SUPPORTED = "function not implemented or supported\n";

/** flowtype_str_table. */
const FLOW_TYPES = new Set(
  (
    "raw ipv4 ipv4-frag ipv4-tcp ipv4-udp ipv4-sctp ipv4-other ipv6 ipv6-frag ipv6-tcp ipv6-udp ipv6-sctp ipv6-other " +
    "l2_payload ipv6-ex ipv6-tcp-ex ipv6-udp-ex port vxlan geneve nvgre vxlan-gpe gtpu"
  ).split(" "),
);

export const i40eCommands: readonly Command[] = [
  refused(
    "set port <port_id:u16> queue-region region_id <region_id:u8> queue_start_index <queue_start_index:u8> queue_num <queue_num:u8>",
    "set port <port_id> queue-region region_id <value> queue_start_index <value> queue_num <value>: Set a queue region",
    "testpmd",
    NOT_SUPPORTED,
  ),
  refused(
    "set port <port_id:u16> queue-region region_id <region_id:u8> flowtype <flowtype:u8>",
    "set port <port_id> queue-region region_id <value> flowtype <value>: Set a flowtype region index",
    "testpmd",
    NOT_SUPPORTED,
  ),
  refused(
    "set port <port_id:u16> queue-region UP <up:u8> region_id <region_id:u8>",
    "set port <port_id> queue-region UP <value> region_id <value>: Set the mapping of User Priority (UP) to queue region (region_id) ",
    "testpmd",
    NOT_SUPPORTED,
  ),
  refused(
    "set port <port_id:u16> queue-region flush <flush:on|off>",
    ": flush all queue region related configuration",
    "testpmd",
    NOT_SUPPORTED,
  ),
  command(
    "show port <port_id:u16> queue-region",
    ": show all queue region related configuration info",
    (app, { port_id }) => {
      if (testpmdPort(app, port_id) === undefined) return;
      app.err(NOT_SUPPORTED);
      app.out("there is no region has been set before\n");
      app.out(
        `\t------- All queue region info for port=${`${port_id}`.padStart(2)} -------\n\tqueue_region_number: 0             \n\n\n`,
      );
    },
  ),
  command(
    "flow_director_filter <port_id:u16> mode raw <ops:add|del|update> flow <flow:string> <drop:drop|fwd> queue <queue:u16> fd_id <fd_id:u32> packet <packet:string>",
    "flow_director_filter ... : Add or delete a raw flow director entry on NIC",
    (app, { flow }) => {
      if (!FLOW_TYPES.has(flow) && !/^([1-9]|[1-5]\d|6[0-3])(?!\d)/.test(flow))
        app.err("Invalid flow type specified.\n");
    },
  ),
  refused(
    "set vf promisc <port_id:u16> <vf_id:u32> <value:on|off>",
    ": Set unicast promiscuous mode for a VF from the PF",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused(
    "set vf allmulti <port_id:u16> <vf_id:u32> <value:on|off>",
    ": Set multicast promiscuous mode for a VF from the PF",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("set vf broadcast <port_id:u16> <vf_id:u16> <value:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set vf vlan tag <port_id:u16> <vf_id:u16> <value:on|off>", "", "testpmd", NOT_IMPLEMENTED),
  refused("set vf tx max-bandwidth <port_id:u16> <vf_id:u16> <bandwidth:u32>", "", "testpmd", NOT_IMPLEMENTED),
  command("set vf tc tx min-bandwidth <port_id:u16> <vf_id:u16> <bw1, bw2, ...:string>", "", (app, args) => {
    if (testpmdPort(app, args.port_id) !== undefined) app.err(bandwidths(args["bw1, bw2, ..."]));
  }),
  refused(
    "set vf tc tx max-bandwidth <port_id:u16> <vf_id:u16> <tc_no:u8> <bandwidth:u32>",
    "",
    "testpmd",
    NOT_IMPLEMENTED,
  ),
  refused("set tx strict-link-priority <port_id:u16> <tc_bitmap:u8>", "", "testpmd", NOT_IMPLEMENTED),
  command("ddp add <port_id:u16> <profile_path[,backup_profile_path]:string>", "", (app, args) => {
    if (allPortsStopped(app)) openProfile(app, args["profile_path[,backup_profile_path]"].split(",")[0] ?? "");
  }),
  command("ddp del <port_id:u16> <backup_profile_path:string>", "", (app, { backup_profile_path }) => {
    if (allPortsStopped(app)) openProfile(app, backup_profile_path);
  }),
  refused("ddp get list <port_id:u16>", "", "ethdev", "Failed to get ddp list\n"),
  command("ddp get info <profile_path:string>", "", (app, { profile_path }) => openProfile(app, profile_path)),
  refused(
    "port config <port_id:u16> pctype <pctype_id:u8> <inset:hash_inset|fdir_inset|fdir_flx_inset> <opt:get|set|clear> field <field_idx:u8>",
    "",
    "all stopped",
    "Failed to get input set.\n",
  ),
  refused(
    "port config <port_id:u16> pctype <pctype_id:u8> <inset:hash_inset|fdir_inset|fdir_flx_inset> clear all",
    "",
    "all stopped",
    "Failed to clear input set.\n",
  ),
  refused("ptype mapping get <port_id:u16> <valid_only:u8>", "", "testpmd", NOT_IMPLEMENTED),
  refused("ptype mapping replace <port_id:u16> <target:u32> <mask:u8> <pkt_type:u32>", "", "testpmd", NOT_IMPLEMENTED),
  refused("ptype mapping reset <port_id:u16>", "", "testpmd", NOT_IMPLEMENTED),
  refused("ptype mapping update <port_id:u16> <hw_ptype:u8> <sw_ptype:u32>", "", "testpmd", NOT_IMPLEMENTED),
  refused("show port <port_id:u16> pctype mapping", "", "testpmd", NOT_IMPLEMENTED),
  refused("port config <port_id:u16> pctype mapping reset", "", "testpmd", NOT_IMPLEMENTED),
  command(
    "port config <port_id:u16> pctype mapping update <pctype_id_0,[pctype_id_1]*:string> <flowtype_id:u16>",
    "",
    (app, args) => {
      if (testpmdPort(app, args.port_id) === undefined) return;
      parseItemList(app, args["pctype_id_0,[pctype_id_1]*"], "pctype", 64);
      app.err(NOT_IMPLEMENTED);
    },
  ),
  refused(
    "ddp dump <port_id:u16> <config_path:string>",
    "",
    "ethdev",
    "Device doesn't support dump DDP runtime configure.\n",
    "Failed to dump DDP runtime configure, error: (No such device)\n",
  ),
  refused(
    "ddp dump switch <port_id:u16> <config_path:string>",
    "",
    "ethdev",
    "Device doesn't support dump DDP switch runtime configure.\n",
    "Failed to dump DDP switch runtime configure, error: (No such device)\n",
  ),
];

/** A list in brackets is understood, and refused. */
export function bandwidths(list: string): string {
  return /^\(.+\)$/.test(list) ? NOT_IMPLEMENTED : "The bandwidth-list should be '(bw1, bw2, ...)'\n";
}

/** A profile that can be read is none that an i40e knows. */
function openProfile(app: App, path: string): void {
  if (app.readText(path) === undefined) app.err(`open_file: Failed to open ${path}\n`);
  else app.err("ringbed: ddp: not modelled\n");
}
