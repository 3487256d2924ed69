// devargs - a device as --vdev, -a and `port attach` name it: its bus, its name and its arguments.
// Follows rte_devargs_parse of 22.11: the layered syntax `bus=B,name=N/class=C/driver=D,...` first, else `[bus:]name[,arguments]`
// with the bus that knows the name.
// Not modelled: buses other than vdev and PCI; the real program crashes on a layered device without a bus, we refuse it.

import { vdevDriverOf } from "../devices/vdev-driver.ts";
import { LOG_ERR, LOG_WARNING } from "./eal-log.ts";

/** RTE_DEV_NAME_MAX_LEN. */
const NAME_BYTES = 64;
const PCI_NAME = /^(?:[0-9a-f]{1,8}:)?[0-9a-f]{1,2}:[0-9a-f]{1,2}\.[0-7]$/i;

export type BusName = "vdev" | "pci";

export interface DevArgs {
  /** none: an empty name, which EAL takes and nothing answers to. */
  readonly bus: BusName | "none";
  readonly name: string;
  readonly args: string;
}

/** @returns undefined when no bus knows the device; `log` has said so, without EAL's prefix */
export function parseDevArgs(text: string, log: (level: number, line: string) => void): DevArgs | undefined {
  const layered = parseLayers(text, log);
  if (layered !== undefined) return layered;
  const bus = (["vdev", "pci"] as const).find(
    (known) => text.startsWith(known) && busOf(nameOf(text, known)) === known,
  );
  const rest = bus === undefined ? text : text.slice(bus.length + 1);
  const comma = rest.indexOf(",");
  const name = comma < 0 ? rest : rest.slice(0, comma);
  if (name.length >= NAME_BYTES) {
    log(LOG_WARNING, `Parsing "${text}": device name should be shorter than ${NAME_BYTES}`);
    return undefined;
  }
  const owner = bus ?? busOf(name);
  if (owner === undefined) {
    log(LOG_ERR, `failed to parse device "${name}"`);
    return undefined;
  }
  return { bus: owner, name, args: comma < 0 ? "" : rest.slice(comma + 1) };
}

/** `bus=...`; undefined: not this syntax, or it failed and the other one is tried. */
function parseLayers(text: string, log: (level: number, line: string) => void): DevArgs | undefined {
  const [busLayer = "", ...others] = text.split(/\/(?=(?:bus|class|driver)=)/);
  const [, bus] = /^bus=([^,]*)/.exec(busLayer) ?? [];
  if (bus === undefined) return undefined;
  if (bus !== "vdev" && bus !== "pci") {
    log(LOG_ERR, `Could not find bus "${bus}"`);
    return undefined;
  }
  const [, name = ""] = /,name=([^,]*)/.exec(busLayer) ?? [];
  return { bus, name, args: others.find((layer) => layer.startsWith("driver=")) ?? "" };
}

function nameOf(text: string, bus: BusName): string {
  return text.slice(bus.length + 1).replace(/,.*$/s, "");
}

/** rte_bus_find_by_device_name. */
function busOf(name: string): DevArgs["bus"] | undefined {
  if (name === "") return "none";
  if (vdevDriverOf(name) !== undefined) return "vdev";
  return PCI_NAME.test(name) ? "pci" : undefined;
}
