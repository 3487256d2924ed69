// hmp - a monitor for people: a command a line, answered in lines that end in CR LF.
import { formatMac } from "../dpdk/address.ts";
import { parseProperties, QemuError } from "./properties.ts";
import { clientName, type Qemu } from "./qemu.ts";

type Handler = (qemu: Qemu, words: readonly string[]) => string | undefined;

const WORDS = { prelaunch: "prelaunch", inmigrate: "inmigrate", paused: "", postmigrate: "postmigrate", running: "" };

function status(qemu: Qemu): string {
  if (qemu.state === "running") return "VM status: running\r\n";
  const why = WORDS[qemu.state];
  return `VM status: paused${why === "" ? "" : ` (${why})`}\r\n`;
}

function network(qemu: Qemu): string {
  let text = "";
  for (const device of qemu.devices.all) {
    if (device.kind !== "virtio") continue;
    text += `${clientName(device)}: index=0,type=nic,model=virtio-net-pci,macaddr=${formatMac(device.mac).toLowerCase()}\r\n`;
    text += ` \\ ${device.netdev}: index=0,type=${device.backEnd}\r\n`;
  }
  return text;
}

function migrate(qemu: Qemu): string {
  const info = qemu.migration?.info();
  if (info === undefined) return "";
  let text = `Migration status: ${String(info.status)}\r\n`;
  if (info["total-time"] !== undefined) text += `total time: ${String(info["total-time"])} ms\r\n`;
  if (info.downtime !== undefined) text += `downtime: ${String(info.downtime)} ms\r\n`;
  return text;
}

const INFO: ReadonlyMap<string, (qemu: Qemu) => string> = new Map([
  ["status", status],
  ["network", network],
  ["migrate", migrate],
]);

function done(action: () => void): undefined {
  action();
  return undefined;
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [
    "info",
    (qemu, [what = ""]) => {
      const show = INFO.get(what);
      if (show === undefined)
        throw new QemuError(`'info ${what}' is not modelled: expected ${[...INFO.keys()].join(", ")}`);
      return show(qemu);
    },
  ],
  ["cont", (qemu) => done(() => qemu.cont())],
  ["c", (qemu) => done(() => qemu.cont())],
  ["stop", (qemu) => done(() => qemu.stop())],
  ["device_add", (qemu, [device = ""]) => done(() => qemu.deviceAdd(parseProperties(device)))],
  ["device_del", (qemu, [id = ""]) => done(() => qemu.deviceDel(id))],
  ["set_link", (qemu, [name = "", up]) => done(() => qemu.setLink(name, up === "on"))],
  ["announce_self", (qemu) => done(() => qemu.announce())],
  ["migrate", (qemu, words) => done(() => qemu.migrate(words.find((word) => !word.startsWith("-")) ?? ""))],
  ["migrate_cancel", (qemu) => done(() => qemu.migrateCancel())],
]);

/** One line. @returns what it prints */
export function runHmp(qemu: Qemu, line: string): string {
  const [name = "", ...words] = line.trim().split(/\s+/);
  if (name === "") return "";
  const handler = HANDLERS.get(name);
  if (handler === undefined) return `unknown command: '${name}'\r\n`;
  try {
    return handler(qemu, words) ?? "";
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    return `Error: ${error.message}\r\n`;
  }
}
