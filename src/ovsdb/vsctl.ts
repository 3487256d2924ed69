// vsctl - ovs-vsctl: its commands over the Open_vSwitch database.
import { Ctl } from "./ctl.ts";
import { RECORD_COMMANDS } from "./ctl-records.ts";
import { BRIDGE_COMMANDS } from "./vsctl-bridges.ts";
import { show } from "./vsctl-show.ts";
import { VSWITCH_SCHEMA_VERSION } from "./vswitch-schema.ts";

export const OVS_VERSION = "3.1.0";

export const vsctl: Ctl = new Ctl(
  "ovs-vsctl",
  new Map([...BRIDGE_COMMANDS, ["show", show] as const, ...RECORD_COMMANDS]),
  `ovs-vsctl (Open vSwitch) ${OVS_VERSION}\nDB Schema ${VSWITCH_SCHEMA_VERSION}\n`,
);
