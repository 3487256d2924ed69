// open-lab - a lab with all its commands: one file a family.
import { guestCommands } from "./commands-guest.ts";
import { ovsCommands } from "./commands-ovs.ts";
import { pdumpCommand } from "./commands-pdump.ts";
import { qemuCommands } from "./commands-qemu.ts";
import { virshCommand } from "./commands-virsh.ts";
import { Lab } from "./lab.ts";
import type { LabHost } from "./lab-host.ts";
import type { LabOptions } from "./lab-options.ts";

export function openLab(host: LabHost, options: LabOptions = {}): Promise<Lab> {
  return Lab.open(
    host,
    options,
    (lab) =>
      new Map([
        ...ovsCommands(lab),
        ...guestCommands(lab),
        ...qemuCommands(lab),
        ["dpdk-pdump", pdumpCommand(lab)],
        ...(lab.isLive ? [] : [["virsh", virshCommand(lab)] as const]),
      ]),
  );
}
