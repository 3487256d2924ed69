// ethtool - `ethtool -l` and `-L`: the queue pairs of a guest's NIC that its kernel uses.
import type { Streams } from "../shell/host.ts";
import type { GuestNic } from "./guest.ts";

/** words: behind the program's name. @returns the exit code */
export function runEthtool(words: readonly string[], nics: readonly GuestNic[], { out, err }: Streams): number {
  const [option = "", name = "", ...rest] = words;
  const nic = nics.find((known) => known.name === name && known.driver === "virtio-pci");
  if (option !== "-l" && option !== "--show-channels" && option !== "-L" && option !== "--set-channels") {
    err("ethtool: found another option, expected -l or -L: nothing else is modelled\n");
    return 1;
  }
  if (nic === undefined) {
    err("netlink error: No such device\n");
    return 1;
  }
  if (option === "-l" || option === "--show-channels") {
    const table = (combined: number): string => `RX:\t\tn/a\nTX:\t\tn/a\nOther:\t\tn/a\nCombined:\t${combined}\n`;
    out(`Channel parameters for ${name}:\nPre-set maximums:\n${table(nic.queues)}`);
    out(`Current hardware settings:\n${table(nic.combined)}\n`);
    return 0;
  }
  const count = Number(rest[rest.indexOf("combined") + 1] ?? Number.NaN);
  if (!Number.isInteger(count) || count < 1 || count > nic.queues) {
    err("netlink error: requested channel count exceeds maximum (offset 36)\nnetlink error: Invalid argument\n");
    return 1;
  }
  nic.combined = count;
  return 0;
}
