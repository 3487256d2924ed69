// ixgbe - the commands of net_ixgbe: MACsec, bandwidths, bypass. Every device here refuses them.
// The bypass commands crash 22.11 on a port that there is not; here they refuse it too.
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import { DEVICE_AND_QUEUES, reconfigure, stoppedPort } from "./guards.ts";
import { bandwidths } from "./i40e.ts";
import { refused, silent } from "./refusal.ts";

const ON_PORT = "not supported on port {port_id}\n";
const NO_PORT = "invalid port_id {port_id}\n";
const NO_BYPASS = "Bypass is not enabled on this port.\n";

export const ixgbeCommands: readonly Command[] = [
  refused("set vf split drop <port_id:u16> <vf_id:u16> <value:on|off>", "", "testpmd", ON_PORT),
  command(
    "set macsec offload <port_id:u16> on encrypt <encrypt:on|off> replay-protect <replay:on|off>",
    "",
    (app, { port_id }) => configureMacsec(app, port_id),
  ),
  command("set macsec offload <port_id:u16> off", "", (app, { port_id }) => configureMacsec(app, port_id)),
  refused("set macsec sc <direction:tx|rx> <port_id:u16> <mac:mac> <pi:u16>", "", "ethdev", ON_PORT, NO_PORT),
  refused(
    "set macsec sa <direction:tx|rx> <port_id:u16> <idx:u8> <an:u8> <pn:u32> <key:string>",
    "",
    "ethdev",
    ON_PORT,
    NO_PORT,
  ),
  command("set tc tx min-bandwidth <port_id:u16> <bw1, bw2, ...:string>", "", (app, args) => {
    if (stoppedPort(app, args.port_id) !== undefined) app.err(bandwidths(args["bw1, bw2, ..."]));
  }),
  command("port config bypass <port_id:u16> <mode:on|off>", "", (app, { port_id }) => {
    if (app.ports.get(port_id)?.status === "started")
      app.err("Cannot change bypass configuration while port is started, please stop it and retry\n");
  }),
  refused(
    "set bypass mode <mode:normal|bypass|isolate> <port_id:u16>",
    ": Set the NIC bypass mode for port_id",
    "none",
    NO_BYPASS,
  ),
  refused(
    "set bypass event <event:none|timeout|os_off|os_on|power_on|power_off> mode <mode:normal|bypass|isolate> <port_id:u16>",
    "set bypass event none|timeout|os_on|os_off|power_on|power_off mode normal|bypass|isolate <port_id>: Set the NIC bypass event mode for port_id",
    "none",
    NO_BYPASS,
  ),
  silent("set bypass timeout <timeout:0|1.5|2|3|4|8|16|32>", ": Set the NIC bypass watchdog timeout in seconds"),
  refused("show bypass config <port_id:u16>", ": Show the NIC bypass config for port_id", "none", NO_BYPASS),
];

/** The offload is given to no device here; the port is configured anew all the same. */
function configureMacsec(app: App, id: number): void {
  const port = stoppedPort(app, id);
  if (port !== undefined) reconfigure(port, DEVICE_AND_QUEUES);
}
