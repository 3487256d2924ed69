// l3fwd-seat - an l3fwd-power among the lab's other programs. It runs until it is interrupted: by kill where it runs in the background, else when
// nothing more comes.
import type { L3fwdHost } from "../l3fwd-power/l3fwd-power.ts";
import type { ShellCore } from "../shell/command.ts";
import type { Streams } from "../shell/host.ts";
import type { Guest } from "./guest.ts";
import type { Lab } from "./lab.ts";
import { labCpus } from "./testpmd-seat.ts";

/** guest: whose NICs it has; undefined: it runs on the host. program: its name as it was called */
export function labL3fwdHost(
  lab: Lab,
  guest: Guest | undefined,
  program: string,
  streams: Streams,
  shell: ShellCore,
): L3fwdHost {
  const { time, links, host } = lab;
  return {
    program,
    io: { out: (text) => streams.out(text), err: (text) => streams.err(text) },
    machine: labCpus(guest),
    time,
    links,
    pci: guest?.pci(links) ?? [],
    context: (log) => lab.deviceContext(log),
    pathKind: (path) => (links.hasHost(path) ? "socket" : host.pathKind(path)),
    interrupted: () =>
      new Promise<void>((resolve, reject) => {
        if (!shell.onInterrupt(resolve)) time.drain().then(resolve, reject);
      }),
  };
}
