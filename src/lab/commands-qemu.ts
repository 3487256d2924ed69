// commands-qemu - qemu-system-*, which makes a guest, and socat and nc, which speak with its monitors over their Unix sockets.
import { UsageError } from "../errors.ts";
import { parseCommandLine } from "../qemu/command-line.ts";
import { eventText } from "../qemu/events.ts";
import { runHmp } from "../qemu/hmp.ts";
import { jsonText } from "../qemu/json-text.ts";
import { QemuError } from "../qemu/properties.ts";
import type { Qemu } from "../qemu/qemu.ts";
import { GREETING, runQmp } from "../qemu/qmp.ts";
import type { Command } from "../shell/command.ts";
import type { Streams } from "../shell/host.ts";
import { Guest } from "./guest.ts";
import type { Lab } from "./lab.ts";

const PROGRAMS = ["qemu-system-x86_64", "qemu-system-i386", "qemu-kvm", "kvm"];

export function qemuCommands(lab: Lab): readonly (readonly [string, Command])[] {
  if (lab.isLive) return [];
  return [
    ...PROGRAMS.map((name): [string, Command] => [name, (args, { err }) => startQemu(lab, name, args, err)]),
    ["socat", (args, streams) => socat(lab, args, streams)],
    ["nc", (args, streams) => connect(lab, args.includes("-U") ? args.at(-1) : undefined, "nc", streams)],
  ];
}

/** A guest by QEMU's words. @returns the exit code */
export function startQemu(lab: Lab, program: string, args: readonly string[], err: (text: string) => void): number {
  try {
    const config = parseCommandLine(args);
    const warn = (text: string): void => err(`${program}: ${text}\n`);
    const guest = new Guest(lab.boards, config, lab.guests.length, warn);
    if (config.incoming === undefined && lab.guests.some(({ name }) => name === guest.name))
      throw new UsageError(`${program}: found a guest named ${guest.name}, expected a new name`);
    guest.qemu.start();
    lab.guests.push(guest);
    for (const { path } of guest.nics) lab.links.at(path).guestNode = config.hostNode;
    return 0;
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    err(`${program}: ${error.message}\n`);
    return 1;
  }
}

/** `socat - UNIX-CONNECT:PATH`, in either order. */
function socat(lab: Lab, args: readonly string[], streams: Streams): Promise<number> {
  const address = args.find((word) => /^unix(?:-connect)?:/i.test(word));
  const path = address?.replace(/^[^:]*:/, "").replace(/,.*$/s, "");
  return connect(lab, path, "socat", streams);
}

async function connect(lab: Lab, path: string | undefined, program: string, streams: Streams): Promise<number> {
  const guest = lab.guests.findLast(({ qemu }) => qemu.config.monitors.some((monitor) => monitor.path === path));
  if (path === undefined || guest === undefined) {
    streams.err(`${program}: found ${path ?? "another address"}, expected the socket of a guest's monitor\n`);
    return 1;
  }
  const { mode } = guest.qemu.config.monitors.find((monitor) => monitor.path === path)!;
  await (mode === "control" ? control(lab, guest.qemu, streams) : readline(guest.qemu, streams));
  return 0;
}

/** A session in control mode: answers, and the events that come meanwhile. */
async function control(lab: Lab, qemu: Qemu, { input, out }: Streams): Promise<void> {
  let isNegotiated = false;
  const epochPs = BigInt(lab.epoch) * 1_000_000_000_000n;
  out(`${GREETING}\r\n`);
  const end = qemu.events.listen((event) => {
    if (isNegotiated) out(`${eventText(event, epochPs)}\r\n`);
  });
  for (let line = await input.line(); line !== undefined; line = await input.line()) {
    if (line.trim() === "") continue;
    const isFirst = line.includes('"qmp_capabilities"');
    if (isNegotiated || isFirst) out(`${runQmp(qemu, line)}\r\n`);
    else {
      const desc = "Expecting capabilities negotiation with 'qmp_capabilities'";
      out(`${jsonText({ error: { class: "CommandNotFound", desc } })}\r\n`);
    }
    isNegotiated ||= isFirst;
  }
  end();
}

async function readline(qemu: Qemu, { input, out }: Streams): Promise<void> {
  out("QEMU 7.2.0 monitor - type 'help' for more information\r\n");
  for (let line = await input.line(); line !== undefined; line = await input.line()) {
    out(`(qemu) ${line.trim()}\r\n${runHmp(qemu, line)}`);
  }
}
