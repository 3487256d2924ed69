// host-nics - the SR-IOV NICs of a lab's host, the memory that their packets and the guests' kernels live in, and the numbers of all their ports.
// `--map PCI=sriov0,rx_pcap=...,tx_pcap=...` puts captures on a NIC's line; `--map PCI=vf,mac=...` says what the host's administrator has set as a
// virtual function's address. A host that has no such NIC in its map gets one with a silent line where a guest asks for a function.
import { parseMac } from "../dpdk/address.ts";
import type { DeviceFiles } from "../dpdk/devices/device-context.ts";
import type { VirtualTime } from "../dpdk/virtual-time.ts";
import { UsageError } from "../errors.ts";
import { parseProperties, QemuError } from "../qemu/properties.ts";
import type { GuestWindow } from "../wasm/guest-window.ts";
import type { Machine } from "../wasm/machine.ts";
import type { LabOptions } from "./lab-options.ts";
import { SriovNic } from "./sriov-nic.ts";

/** mbufs of NICs and guests' kernels together, and each lcore's cache. */
const MBUFS = 16_384;
const CACHE = 256;
/** Lcores that may take from it. */
const LCORES = 256;
/** Rings beside the buffers. */
const WINDOW_BYTES = 64 << 20;
const BUFFER_BYTES = 2176;
/** Ports of NICs and kernels are numbered from here: those of switches and testpmd count from 0. */
const FIRST_PORT = 1024;
const TRACE_RECORDS = 65_536;

/** What `--map` says of an address is a NIC's or a function's, not a virtual device of DPDK. */
export function isNicMapping(vdev: string): boolean {
  return /^(?:sriov\d*|vf)(?:,|$)/.test(vdev);
}

const busOf = (address: string): string => address.replace(/:[0-9a-f]+\.[0-9a-f]$/i, "");

/** What of a lab its NICs need. */
export interface NicHost {
  readonly machine: Machine;
  readonly time: VirtualTime;
  readonly epoch: number;
  readonly options: LabOptions;
  readonly files: DeviceFiles;
}

export class HostNics {
  readonly portNames = new Map<number, string>();
  readonly lcoreNames = new Map<number, string>();
  private readonly lab: NicHost;
  private readonly nics: SriovNic[] = [];
  private macs = 0;
  private shared: { readonly window: GuestWindow; readonly pool: number } | undefined;

  constructor(lab: NicHost) {
    this.lab = lab;
  }

  /** Gives out a port's number. */
  portId(name: string): number {
    const id = FIRST_PORT + this.portNames.size;
    this.portNames.set(id, name);
    return id;
  }

  /** Behind the last port's number. */
  get portsEnd(): number {
    return FIRST_PORT + this.portNames.size;
  }

  addLcore(name: string, streams: number): number {
    const { machine, options } = this.lab;
    const at = machine.addLcore(true, streams, options.trace === undefined ? 0 : TRACE_RECORDS);
    this.lcoreNames.set(machine.lcores.indexOf(at), name);
    return at;
  }

  /** Memory that kernels and NICs share. */
  get memory(): { readonly window: GuestWindow; readonly pool: number } {
    if (this.shared === undefined) {
      const { machine } = this.lab;
      const window = machine.addWindow(MBUFS * BUFFER_BYTES + WINDOW_BYTES);
      this.shared = { window, pool: machine.addPool(MBUFS, CACHE, LCORES, window) };
    }
    return this.shared;
  }

  private get mapped(): readonly (readonly [string, string])[] {
    return [...(this.lab.options.pci ?? [])].filter(([, vdev]) => /^sriov/.test(vdev));
  }

  /** The NIC that a function belongs to: the one on its bus. @throws QemuError when the host has none there */
  ofFunction(address: string): SriovNic {
    const known = this.nics.find((nic) => busOf(nic.address) === busOf(address));
    if (known !== undefined) return known;
    const mapped = this.mapped.find(([pf]) => busOf(pf) === busOf(address));
    if (mapped === undefined && this.mapped.length > 0) {
      const path = `/sys/bus/pci/devices/${address}`;
      throw new QemuError(`vfio ${path}: no such host device: No such file or directory`);
    }
    return this.open(mapped?.[0] ?? `${busOf(address)}:00.0`, mapped?.[1] ?? "sriov0");
  }

  /** The NIC that a virtio NIC's macvtap sits on: its partner's, else the first. */
  ofNetdev(partner: string | undefined): SriovNic {
    if (partner !== undefined) return this.ofFunction(partner);
    const [first] = this.mapped;
    const known = this.nics[0];
    if (known !== undefined) return known;
    return this.open(first?.[0] ?? "0000:03:00.0", first?.[1] ?? "sriov0");
  }

  private open(address: string, vdev: string): SriovNic {
    const { machine, time, epoch, options, files } = this.lab;
    const properties = parseProperties(vdev);
    const nic = new SriovNic({
      ...{ machine, time, address, files, epochNs: BigInt(epoch) * 1_000_000_000n },
      lcore: this.addLcore(address, SriovNic.streams),
      pool: this.memory.pool,
      portId: (name) => this.portId(name),
      trace: options.trace,
      rxPcap: properties.get("rx_pcap"),
      txPcap: properties.get("tx_pcap"),
    });
    this.nics.push(nic);
    return nic;
  }

  /** What the host's administrator has set as a function's address; undefined: nothing. @throws UsageError */
  macOf(address: string): bigint | undefined {
    const text = parseProperties(this.lab.options.pci?.get(address) ?? "").get("mac");
    if (text === undefined) return undefined;
    const mac = parseMac(text);
    if (mac === undefined) throw new UsageError(`map: found ${address}=vf,mac=${text}, expected six bytes`);
    return mac;
  }

  /** The address of a function that nobody has given one: locally administered, each another. */
  randomMac(): bigint {
    return 0xc009_02n | (BigInt(++this.macs) << 40n);
  }

  close(): void {
    for (const nic of this.nics) nic.close();
  }
}
