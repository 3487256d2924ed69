// legacy - commands of the documents that 22.11 refuses: forwarding modes by the names of DPDK 2.x.
// Tried on a line only after the grammar of 22.11 found its arguments bad, and not offered by Tab. Each says on standard error
// what it is called today.
import { command } from "../console/command.ts";
import { setForwardMode } from "./forwarding.ts";

export const legacyCommands = [
  command("set fwd mac_retry", "", (app) => {
    app.err("ringbed: set fwd mac_retry: of DPDK before 16.07, today: set fwd mac retry\n");
    setForwardMode(app, "mac", true);
  }),
  command("set fwd mac_fwd", "", (app) => {
    app.err("ringbed: set fwd mac_fwd: of the documents only, today: set fwd mac\n");
    setForwardMode(app, "mac", false);
  }),
];
