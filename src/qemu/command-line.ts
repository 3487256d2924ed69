// command-line - a QEMU command line as far as it makes a guest's NICs and monitors. What concerns disks, displays and clocks is taken and
// has no effect; so are options that newer versions have dropped (-realtime, -no-acpi).
import { type Properties, parseProperties, QemuError } from "./properties.ts";

export interface Monitor {
  /** Of its Unix socket. */
  readonly path: string;
  readonly mode: "control" | "readline";
}

export interface QemuConfig {
  /** undefined: none was given */
  readonly name: string | undefined;
  readonly cores: number;
  readonly memoryMiB: number;
  /** NUMA node of the host that its memory is bound to. */
  readonly hostNode: number;
  readonly machine: string;
  /** -S: CPUs wait for `cont`. */
  readonly isStopped: boolean;
  /** -incoming */
  readonly incoming: string | undefined;
  readonly chardevs: ReadonlyMap<string, Properties>;
  readonly netdevs: ReadonlyMap<string, Properties>;
  /** In their order, each with the words it was given by. */
  readonly devices: readonly { readonly properties: Properties; readonly text: string }[];
  readonly monitors: readonly Monitor[];
}

const DEFAULT_MIB = 128;
/** Words that take no value, of those that stand in the documents. */
const FLAGS = new Set(
  "S no-user-config nodefaults no-shutdown no-acpi no-reboot usb enable-kvm nographic daemonize snapshot mem-prealloc".split(
    " ",
  ),
);

function cores(value: string): number {
  const smp = parseProperties(value);
  return Number(smp.get("") ?? smp.get("cpus") ?? Number(smp.get("sockets") ?? 1) * Number(smp.get("cores") ?? 1));
}

/** `214`, `4096M`, `4G`, `size=...` */
function mebibytes(value: string): number {
  const memory = parseProperties(value);
  const [, number = "", unit = "M"] = /^(\d+)([KMGT]?)/i.exec(memory.get("") ?? memory.get("size") ?? "") ?? [];
  const scale = { K: 1 / 1024, M: 1, G: 1024, T: 1024 * 1024 }[unit.toUpperCase()] ?? 1;
  return number === "" ? DEFAULT_MIB : Number(number) * scale;
}

/** -object memory-backend-*,host-nodes=NODES: the first of them; undefined: none is named. */
function hostNodeOf(object: Properties): number | undefined {
  const [, first] = /^(\d+)/.exec(object.get("host-nodes") ?? "") ?? [];
  return object.get("")?.startsWith("memory-backend-") && first !== undefined ? Number(first) : undefined;
}

/** words: behind the program's name. @throws QemuError */
export function parseCommandLine(words: readonly string[]): QemuConfig {
  const chardevs = new Map<string, Properties>();
  const netdevs = new Map<string, Properties>();
  const devices: QemuConfig["devices"][number][] = [];
  const monitors: Properties[] = [];
  const sockets: Monitor[] = [];
  let [name, incoming]: (string | undefined)[] = [];
  let machine = "pc";
  let [smp, memoryMiB, hostNode, isStopped] = [1, DEFAULT_MIB, 0, false];
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!.replace(/^--?/, "");
    if (FLAGS.has(option)) {
      isStopped ||= option === "S";
      continue;
    }
    const value = words[++i] ?? "";
    const list = parseProperties(value);
    switch (option) {
      case "name":
        name = list.get("guest") ?? value.replace(/,.*$/s, "");
        break;
      case "smp":
        smp = cores(value);
        break;
      case "m":
        memoryMiB = mebibytes(value);
        break;
      case "M":
      case "machine":
        machine = list.get("") ?? list.get("type") ?? machine;
        break;
      case "object":
        hostNode = hostNodeOf(list) ?? hostNode;
        break;
      case "incoming":
        incoming = value;
        break;
      case "chardev":
        chardevs.set(list.get("id") ?? "", list);
        break;
      case "mon":
        monitors.push(list);
        break;
      case "qmp":
      case "monitor":
        if (value.startsWith("unix:"))
          sockets.push({
            path: value.slice("unix:".length).replace(/,.*$/s, ""),
            mode: option === "qmp" ? "control" : "readline",
          });
        break;
      case "netdev":
        netdevs.set(list.get("id") ?? "", list);
        break;
      case "device":
        devices.push({ properties: list, text: value });
        break;
      default:
        if (!words[i - 1]!.startsWith("-")) i--;
    }
  }
  for (const monitor of monitors) {
    const chardev = monitor.get("chardev") ?? "";
    const properties = chardevs.get(chardev);
    if (properties === undefined) throw new QemuError(`-mon chardev=${chardev}: chardev "${chardev}" not found`);
    const path = properties.get("path");
    if (path !== undefined) sockets.push({ path, mode: monitor.get("mode") === "control" ? "control" : "readline" });
  }
  return {
    ...{ name, cores: smp, memoryMiB, hostNode, machine, isStopped, incoming },
    ...{ chardevs, netdevs, devices, monitors: sockets },
  };
}
