// pci-devices - the devices of a PCI bus that a program has: what -a and -b leave of them, and what -a says of each. Follows rte_pci_ignore_device and
// pci_probe of drivers/bus/pci (22.11).
import type { DevArgs } from "../eal/devargs.ts";
import { LOG_ERR, logEal } from "../eal/eal-log.ts";
import type { DeviceContext } from "./device-context.ts";
import type { Ethdev } from "./ethdev.ts";

export interface PciDevice {
  /** Domain:bus:device.function */
  readonly address: string;
  /** args: of -a. @returns "left alone": its driver does not want it; "failed": it has said why */
  make(context: DeviceContext, id: number, args: string): Ethdev | "left alone" | "failed";
}

/** A device that -a or -b names. */
export interface PciChoice {
  readonly list: "allow" | "block";
  readonly device: DevArgs;
}

/** 0: the domain that is left out. */
function sameAddress(a: string, b: string): boolean {
  const numbers = (address: string): readonly number[] => {
    const parts = address.split(/[:.]/).map((part) => Number.parseInt(part, 16));
    return parts.length === 3 ? [0, ...parts] : parts;
  };
  return numbers(a).join() === numbers(b).join();
}

/** Probes the bus in its order; port: the next free id, kept: takes each device that came of it. */
export function probePci(
  context: DeviceContext,
  choices: readonly PciChoice[],
  devices: readonly PciDevice[],
  port: () => number,
  kept: (dev: Ethdev) => void,
): void {
  const allows = choices.some(({ list }) => list === "allow");
  for (const { address, make } of devices) {
    const choice = choices.find(({ device }) => sameAddress(device.name, address));
    if (allows ? choice === undefined : choice !== undefined) continue;
    const dev = make(context, port(), choice?.device.args ?? "");
    if (dev === "failed") logEal(context.log, LOG_ERR, `Requested device ${address} cannot be used`);
    else if (dev !== "left alone") kept(dev);
  }
}
