// devices - a guest's NICs as QEMU's command line and device_add ask for them: virtio ones with their back-ends, virtual functions by VFIO.
import { PciBus } from "./pci-bus.ts";
import { type Properties, parseMac, parseSwitch, QemuError } from "./properties.ts";
import { parseVirtioNet, type VirtioNetOptions } from "./virtio-net.ts";

export interface VirtioNetDevice {
  readonly kind: "virtio";
  /** `""`: it has none */
  readonly id: string;
  readonly address: string;
  readonly mac: bigint;
  readonly netdev: string;
  /** user, tap, bridge, vhost-user, ... */
  readonly backEnd: string;
  /** failover=on: VIRTIO_NET_F_STANDBY is offered. */
  readonly isStandby: boolean;
  readonly options: VirtioNetOptions;
  readonly properties: Properties;
}

export interface VfioDevice {
  readonly kind: "vfio";
  readonly id: string;
  readonly address: string;
  /** Of the function on the host, with its domain. */
  readonly host: string;
  /** Id of the standby: hidden from the guest until that has negotiated. */
  readonly pair: string | undefined;
  /** Whether its bus is PCI Express. */
  readonly isExpress: boolean;
  readonly properties: Properties;
}

export type NetDeviceSpec = VirtioNetDevice | VfioDevice;

/** NIC_MAC's usual ones. number: of the NIC in its machine, guest: of guests before */
function usualMac(guest: number, number: number): bigint {
  return 0x5452n | (0x5634_1200n << 16n) | (BigInt(guest * 16 + number) << 40n);
}

export class DeviceList {
  readonly bus: PciBus;
  private readonly netdevs: ReadonlyMap<string, Properties>;
  private readonly guest: number;
  private readonly used = new Set<string>();
  private readonly devices: NetDeviceSpec[] = [];

  constructor(machine: string, netdevs: ReadonlyMap<string, Properties>, guest: number) {
    this.bus = new PciBus(machine);
    this.netdevs = netdevs;
    this.guest = guest;
  }

  get all(): readonly NetDeviceSpec[] {
    return this.devices;
  }

  /** @returns undefined for a device that is no NIC. @throws QemuError as QEMU refuses it */
  add(properties: Properties): NetDeviceSpec | undefined {
    const driver = properties.get("") ?? properties.get("driver") ?? "";
    const isVirtio = /^virtio-net(?:-pci)?$/.test(driver);
    if (!isVirtio && driver !== "vfio-pci") {
      this.bus.claim(properties);
      return undefined;
    }
    const device = isVirtio ? this.virtio(properties) : this.vfio(properties);
    this.bus.claim(properties);
    this.devices.push(device);
    if (device.kind === "virtio") this.used.add(device.netdev);
    return device;
  }

  remove(device: NetDeviceSpec): void {
    const at = this.devices.indexOf(device);
    if (at >= 0) this.devices.splice(at, 1);
  }

  private virtio(properties: Properties): VirtioNetDevice {
    const isStandby = parseSwitch(properties, "failover", false);
    const netdev = properties.get("netdev") ?? "";
    const property = "Property 'virtio-net-device";
    const backEnd = this.netdevs.get(netdev);
    if (backEnd === undefined) throw new QemuError(`${property}.netdev' can't find value '${netdev}'`);
    if (this.used.has(netdev)) throw new QemuError(`${property}.netdev' can't take value '${netdev}', it's in use`);
    const text = properties.get("mac");
    const mac = text === undefined ? usualMac(this.guest, this.used.size) : parseMac(text);
    if (mac === undefined) throw new QemuError(`${property}.mac' doesn't take value '${text}'`);
    const type = backEnd.get("type") ?? backEnd.get("") ?? "";
    const options = parseVirtioNet(properties, Number(backEnd.get("queues") ?? 1), type === "vhost-user");
    return {
      ...{ kind: "virtio", id: properties.get("id") ?? "", mac, netdev, isStandby, options, properties },
      address: this.bus.address(properties),
      backEnd: type,
    };
  }

  private vfio(properties: Properties): VfioDevice {
    const id = properties.get("id") ?? "";
    const pair = properties.get("failover_pair_id");
    const hiddenBy = this.devices.find((other) => other.kind === "virtio" && other.isStandby && other.id === pair);
    if (hiddenBy !== undefined) {
      if (id === "") throw new QemuError("Device with failover_pair_id needs to have id");
      const other = this.devices.find((known) => known.kind === "vfio" && known.pair === pair);
      if (other !== undefined && other.id !== id)
        throw new QemuError(`Cannot attach more than one primary device to '${pair}': '${other.id}' and '${id}'`);
    }
    const isExpress = this.bus.isExpress(properties);
    if (pair !== undefined && hiddenBy === undefined && !isExpress)
      throw new QemuError("failover primary device must be on PCIExpress bus");
    const host = properties.get("host") ?? "";
    return {
      ...{ kind: "vfio", id, properties, isExpress, pair: hiddenBy === undefined ? undefined : pair },
      host: /^[0-9a-f]{4}:/i.test(host) ? host : `0000:${host}`,
      address: this.bus.address(properties),
    };
  }
}
