// commands-virsh - virsh, as far as guests, their NICs and their migration go. Messages are virsh's.
import { LibvirtError, parseDomain, parseInterfaceXml } from "../libvirt/domain.ts";
import { qemuArgv } from "../libvirt/qemu-argv.ts";
import { eventText } from "../qemu/events.ts";
import { jsonText } from "../qemu/json-text.ts";
import { runQmp } from "../qemu/qmp.ts";
import type { Command, ShellCore } from "../shell/command.ts";
import type { Streams } from "../shell/host.ts";
import type { Lab } from "./lab.ts";
import { Libvirt } from "./libvirt.ts";

interface Call {
  readonly libvirt: Libvirt;
  readonly lab: Lab;
  /** Words that are no options, behind the command's name. */
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly streams: Streams;
  readonly shell: ShellCore;
  /** A file's text. @throws LibvirtError */
  read(path: string): string;
}

type Action = (call: Call) => Promise<string | undefined> | string | undefined;

export function virshCommand(lab: Lab): Command {
  const libvirt = new Libvirt(lab);
  return async (args, streams, shell) => {
    const [name = "", ...rest] = args.filter((word, i) => !isGlobal(word, args[i - 1]));
    const words = rest.filter((word) => !word.startsWith("--"));
    const flags = new Set(rest.filter((word) => word.startsWith("--")));
    const action = ACTIONS.get(name);
    if (action === undefined) {
      streams.err(`error: unknown command: '${name}'\n`);
      return 1;
    }
    const read = (path: string): string => {
      const file = shell.host.readText(shell.host.resolve(shell.cwd, path));
      if ("error" in file) throw new LibvirtError(`Failed to open file '${path}': ${file.error}`);
      return file.text;
    };
    try {
      const said = await action({ libvirt, lab, words, flags, streams, shell, read });
      if (said !== undefined) streams.out(args.includes("-q") ? said : `${said}\n`);
      return 0;
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      const what = FAILURES.get(name)?.(words);
      if (what !== undefined) streams.err(`error: ${what}\n`);
      streams.err(`error: ${error.message}\n`);
      return 1;
    }
  };
}

/** virsh's own options: a connection, quiet. */
function isGlobal(word: string, before: string | undefined): boolean {
  return word === "-q" || word === "-c" || before === "-c" || word.startsWith("--connect");
}

const FAILURES: ReadonlyMap<string, (words: readonly string[]) => string> = new Map([
  ["define", ([file = ""]) => `Failed to define domain from ${file}`],
  ["create", ([file = ""]) => `Failed to create domain from ${file}`],
  ["start", ([name = ""]) => `Failed to start domain '${name}'`],
  ["attach-device", ([, file = ""]) => `Failed to attach device from ${file}`],
  ["detach-device", ([, file = ""]) => `Failed to detach device from ${file}`],
]);

function warn({ streams }: Call): (text: string) => void {
  return (text) => streams.err(text);
}

function list({ libvirt, flags }: Call): string {
  const shown = libvirt.list().filter(({ state }) => flags.has("--all") || state !== "shut off");
  const rows = shown.map(({ id, name, state }) => [id === 0 ? "-" : String(id), name, state]);
  const widths = [4, 0].map((least, i) => Math.max(least, ...[["Id", "Name"], ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    ` ${row[0]!.padEnd(widths[0]!)} ${row[1]!.padEnd(widths[1]! + 2)} ${row[2]}\n`;
  return `${line(["Id", "Name", "State"])}${"-".repeat(widths[0]! + widths[1]! + 12)}\n${rows.map(line).join("")}`;
}

function interfaces({ libvirt, words: [name = ""] }: Call): string {
  const rows = libvirt
    .running(name)
    .nics.map(({ alias, nic }) => [alias, nic.type, "-", nic.model ?? "-", nic.mac ?? "-"]);
  const all = [["Interface", "Type", "Source", "Model", "MAC"], ...rows];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => row[i]!.length)) + 2);
  const lines = all.map((row) => ` ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0) + (i < 4 ? " " : "")).join("")}`);
  return `${lines[0]}\n${"-".repeat(Math.max(...lines.map((line) => line.length)) + 1)}\n${lines.slice(1).join("\n")}\n`;
}

function monitorCommand({ libvirt, words: [name = "", ...given], flags }: Call): string {
  const { qemu } = libvirt.running(name).guest;
  const text = given.join(" ");
  if (!flags.has("--hmp")) return `${runQmp(qemu, text)}\n`;
  const request = { execute: "human-monitor-command", arguments: { "command-line": text } };
  const answer: { return?: string } = JSON.parse(runQmp(qemu, JSON.stringify(request)));
  return (answer.return ?? "").replaceAll("\r\n", "\n");
}

/** Prints events until it is interrupted: by kill where it runs in the background, else when nothing more comes. */
async function monitorEvents({ libvirt, lab, words: [name = ""], streams, shell }: Call): Promise<undefined> {
  const epochPs = BigInt(lab.epoch) * 1_000_000_000_000n;
  const ends = lab.guests
    .filter((guest) => guest === libvirt.entry(name).guest)
    .map(({ qemu }) =>
      qemu.events.listen((event) => {
        const { timestamp }: { timestamp: { seconds: number; microseconds: number } } = JSON.parse(
          eventText(event, epochPs),
        );
        const when = `${timestamp.seconds}.${String(timestamp.microseconds).padStart(6, "0")}`;
        const data = event.data === undefined ? "" : `: ${jsonText(event.data)}`;
        streams.out(`event ${event.event} at ${when} for domain '${name}'${data}\n`);
      }),
    );
  await new Promise<void>((resolve, reject) => {
    if (!shell.onInterrupt(resolve)) lab.time.drain().then(resolve, reject);
  });
  for (const end of ends) end();
  return undefined;
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  [
    "define",
    ({ libvirt, words: [file = ""], read }) => `Domain '${libvirt.define(read(file)).name}' defined from ${file}\n`,
  ],
  [
    "create",
    (call) => {
      const [file = ""] = call.words;
      const { name } = call.libvirt.define(call.read(file));
      call.libvirt.start(name, warn(call));
      return `Domain '${name}' created from ${file}\n`;
    },
  ],
  [
    "start",
    (call) => {
      const [name = ""] = call.words;
      call.libvirt.start(name, warn(call));
      return `Domain '${name}' started\n`;
    },
  ],
  [
    "destroy",
    ({ libvirt, words: [name = ""] }) => {
      libvirt.destroy(name);
      return `Domain '${name}' destroyed\n`;
    },
  ],
  [
    "suspend",
    ({ libvirt, words: [name = ""] }) => {
      libvirt.running(name).guest.qemu.stop();
      return `Domain '${name}' suspended\n`;
    },
  ],
  [
    "resume",
    ({ libvirt, words: [name = ""] }) => {
      libvirt.running(name).guest.qemu.cont();
      return `Domain '${name}' resumed\n`;
    },
  ],
  ["list", list],
  [
    "domstate",
    ({ libvirt, words: [name = ""] }) =>
      `${libvirt.list().find((one) => one.name === libvirt.entry(name).domain.name)?.state}\n`,
  ],
  ["dumpxml", ({ libvirt, words: [name = ""] }) => libvirt.entry(name).domain.xml],
  ["domiflist", interfaces],
  [
    "domxml-to-native",
    ({ words: [format = "", file = ""], read }) => {
      if (format !== "qemu-argv") throw new LibvirtError(`invalid argument: unsupported config type ${format}`);
      const domain = parseDomain(read(file));
      const argv = qemuArgv(domain, `/var/lib/libvirt/qemu/domain--1-${domain.name}/monitor.sock`);
      return `${[domain.emulator, ...argv].join(" ").replaceAll(/ (?=-)/g, " \\\n")}\n`;
    },
  ],
  [
    "attach-device",
    ({ libvirt, words: [name = "", file = ""], read }) => {
      libvirt.attach(name, parseInterfaceXml(read(file)));
      return "Device attached successfully\n";
    },
  ],
  [
    "detach-device",
    async ({ libvirt, words: [name = "", file = ""], read }) => {
      await libvirt.detach(name, parseInterfaceXml(read(file)));
      return "Device detached successfully\n";
    },
  ],
  [
    "domif-setlink",
    ({ libvirt, words: [name = "", which = "", state = ""] }) => {
      if (state !== "up" && state !== "down") throw new LibvirtError(`invalid link state '${state}'`);
      libvirt.setLink(name, which, state === "up");
      return "Device updated successfully\n";
    },
  ],
  [
    "migrate",
    async (call) => {
      await call.libvirt.migrate(call.words[0] ?? "", warn(call));
      return call.flags.has("--verbose") ? "Migration: [100 %]\n" : "";
    },
  ],
  ["qemu-monitor-command", monitorCommand],
  ["qemu-monitor-event", monitorEvents],
]);
