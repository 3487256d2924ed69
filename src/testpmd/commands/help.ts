// help - `help` and its sections.
import { command } from "../console/command.ts";
import { HELP_CONFIG } from "./help/config.ts";
import { HELP_CONTROL } from "./help/control.ts";
import { HELP_DEVICES } from "./help/devices.ts";
import { HELP_DISPLAY } from "./help/display.ts";
import { HELP_DRIVERS } from "./help/drivers.ts";
import { HELP_FILTERS } from "./help/filters.ts";
import { HELP_PORTS } from "./help/ports.ts";
import { HELP_TRAFFIC_MANAGEMENT } from "./help/traffic-management.ts";

const SECTIONS = {
  control: HELP_CONTROL,
  display: HELP_DISPLAY,
  config: HELP_CONFIG,
  ports: HELP_PORTS,
  filters: HELP_FILTERS,
  traffic_management: HELP_TRAFFIC_MANAGEMENT,
  devices: HELP_DEVICES,
  drivers: HELP_DRIVERS,
} as const;

const BRIEF = `
Help is available for the following sections:

    help control                    : Start and stop forwarding.
    help display                    : Displaying port, stats and config information.
    help config                     : Configuration information.
    help ports                      : Configuring ports.
    help filters                    : Filters configuration help.
    help traffic_management         : Traffic Management commands.
    help devices                    : Device related commands.
    help drivers                    : Driver specific commands.
    help all                        : All of the above sections.

`;

export const helpCommands = [
  command("help", ": Show help", (_, __, shell) => shell.print(BRIEF)),
  command(
    "help <section:all|control|display|config|ports|filters|traffic_management|devices|drivers>",
    ": Show help",
    (_, { section }, shell) => shell.print(section === "all" ? Object.values(SECTIONS).join("") : SECTIONS[section]),
  ),
];
