// pci-bus - QEMU's rules about a guest's devices: ids, buses and slots, and the refusals of 7.2 in its own words.
// Not modelled: devices behind bridges' own functions, multifunction slots, ACPI and PCI Express slots' hotplug: every slot takes a device.
import { type Properties, QemuError } from "./properties.ts";

/** Slots that the machine's own devices take: host bridge, ISA bridge, display. */
const FIRST_SLOT = 3;
/** Devices that give a bus by their id, whether it is PCI Express. */
const BRIDGES: ReadonlyMap<string, boolean> = new Map([
  ["pcie-root-port", true],
  ["ioh3420", true],
  ["x3130-upstream", true],
  ["xio3130-downstream", true],
  ["pci-bridge", false],
  ["pcie-pci-bridge", false],
]);

export class PciBus {
  private readonly buses = new Map<string, boolean>();
  private readonly ids = new Set<string>();
  private readonly root: string;
  private next = FIRST_SLOT;

  constructor(machine: string) {
    const isExpress = /^(pc-)?q35\b/.test(machine);
    this.root = isExpress ? "pcie.0" : "pci.0";
    this.buses.set(this.root, isExpress);
  }

  /** A device is made. @throws QemuError for an id that is taken or a bus that is not there */
  claim(properties: Properties): void {
    const id = properties.get("id");
    const bus = properties.get("bus");
    if (bus !== undefined && /^pcie?\./.test(bus) && !this.buses.has(bus))
      throw new QemuError(`Bus '${bus}' not found`);
    if (id === undefined) return;
    if (this.ids.has(id)) throw new QemuError(`Duplicate ID '${id}' for device`);
    this.ids.add(id);
    const isExpress = BRIDGES.get(properties.get("") ?? "");
    if (isExpress !== undefined) this.buses.set(id, isExpress);
  }

  isExpress(properties: Properties): boolean {
    return this.buses.get(properties.get("bus") ?? this.root) === true;
  }

  /** Domain:bus:device.function, as lspci in the guest shows it. */
  address(properties: Properties): string {
    const given = properties.get("addr");
    const slot = given === undefined ? this.next++ : Number.parseInt(given, 16);
    return `0000:00:${slot.toString(16).padStart(2, "0")}.0`;
  }
}
