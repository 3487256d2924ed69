// lab-board - a QEMU process's board over the lab: its guest's kernel on an lcore, virtio NICs as macvtaps on the host's NIC, functions of that NIC by
// VFIO. A guest that migrates takes its kernel and its rings along: they are its memory; what changes is the host's end.
// Not modelled: virtio NICs on vhost-user back-ends (their driver is the guest's testpmd), NAT and DHCP of `-netdev user`: its frames go as a
// macvtap's do.
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { VirtualTime } from "../dpdk/virtual-time.ts";
import { GuestKernel } from "../guest/kernel.ts";
import type { NetDevice } from "../guest/netdev.ts";
import type { Board, Destination } from "../qemu/board.ts";
import type { VfioDevice, VirtioNetDevice } from "../qemu/devices.ts";
import type { Qemu } from "../qemu/qemu.ts";
import { hasBit, ringFormat, VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_MQ } from "../vhost-user/features.ts";
import type { RxFilter } from "../wasm/control-queue.ts";
import type { Machine } from "../wasm/machine.ts";
import type { HostNics } from "./host-nics.ts";
import { kernelFault, kernelRxMode } from "./kernel-control.ts";
import type { SriovNic, SwitchPort, VirtualFunction } from "./sriov-nic.ts";
import { type DeviceOwner, LabNicDevice } from "./virtio-nic-device.ts";

const HEADER_BYTES = 12;
const RARP_BYTES = 60;

interface VirtioPort {
  readonly nic: SriovNic;
  readonly port: SwitchPort;
  readonly device: NetDevice;
}

interface FunctionPort {
  readonly nic: SriovNic;
  readonly vf: VirtualFunction;
  readonly device: NetDevice;
}

/** A reverse ARP request for an address by itself, as QEMU announces it: 60 bytes. */
function reverseArp(mac: bigint): Uint8Array {
  const frame = new Uint8Array(RARP_BYTES);
  const own = Array.from({ length: 6 }, (_, i) => Number((mac >> BigInt(8 * i)) & 0xffn));
  frame.fill(0xff, 0, 6);
  frame.set(own, 6);
  frame.set([0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3], 12);
  frame.set(own, 22);
  frame.set(own, 32);
  return frame;
}

/** What of a lab a board needs. */
export interface BoardHost {
  readonly machine: Machine;
  readonly time: VirtualTime;
  readonly nics: HostNics;
  readonly links: VirtioLinks;
  /** All processes: one of them may be where a migration goes. */
  readonly guests: readonly { readonly qemu: Qemu; readonly board: LabBoard }[];
}

export class LabBoard implements Board {
  kernel: GuestKernel | undefined;
  /** The process; set once it is made. */
  qemu: Qemu | undefined;
  private readonly lab: BoardHost;
  private readonly name: string;
  private readonly err: (text: string) => void;
  private readonly virtio = new Map<string, VirtioPort>();
  private readonly functions = new Map<VfioDevice, FunctionPort>();
  /** Ids of NICs whose link is down. */
  private readonly down = new Set<string>();
  /** QEMU's devices of the virtio NICs, those on vhost-user among them. */
  private readonly devices = new Map<VirtioNetDevice, LabNicDevice>();
  /** Functions that wait for the guest's driver, with what takes that back. */
  private readonly binding = new Map<VfioDevice, () => void>();
  private hasBooted = false;

  /** name: the guest's. err: QEMU's standard error */
  constructor(lab: BoardHost, name: string, err: (text: string) => void) {
    this.lab = lab;
    this.name = name;
    this.err = err;
  }

  nowPs(): bigint {
    return this.lab.time.nowPs;
  }

  at(ps: bigint, fire: () => void): () => void {
    return this.lab.time.at(ps, fire);
  }

  warn(text: string): void {
    this.err(text);
  }

  run(isRunning: boolean): void {
    if (isRunning && !this.hasBooted) this.boot();
    this.kernel?.run(isRunning);
  }

  /** NICs that the guest's kernel has, not its testpmd. */
  private get nics(): readonly VirtioNetDevice[] {
    const all = this.qemu?.devices.all ?? [];
    return all.filter((nic): nic is VirtioNetDevice => nic.kind === "virtio" && nic.backEnd !== "vhost-user");
  }

  private boot(): void {
    this.hasBooted = true;
    const hasFunctions = this.qemu?.devices.all.some(({ kind }) => kind === "vfio") === true;
    if (this.nics.length === 0 && !hasFunctions) return;
    const kernel = this.kernel ?? this.makeKernel();
    for (const nic of this.nics) {
      const { features } = nic.options;
      this.deviceOf(nic).control.reset(false, hasBit(features, VIRTIO_NET_F_CTRL_VLAN));
      const fault = kernelFault(features);
      if (fault !== undefined) {
        const number = this.qemu?.devices.all.filter(({ kind }) => kind === "virtio").indexOf(nic) ?? 0;
        kernel.messages.push(`virtio_net virtio${number}: ${fault}`);
        continue;
      }
      this.probe(kernel, this.addVirtio(nic, kernel));
      if (this.down.has(nic.id)) this.setLink(nic, false);
    }
  }

  private makeKernel(): GuestKernel {
    const { lab, name } = this;
    const lcore = lab.nics.addLcore(name, 64);
    this.kernel = new GuestKernel(lab.machine, lab.time, lcore, lab.nics.portId(`${name}.none`));
    return this.kernel;
  }

  private nicOf({ id }: VirtioNetDevice): SriovNic {
    const partner = this.qemu?.devices.all.find((device) => device.kind === "vfio" && device.pair === id && id !== "");
    return this.lab.nics.ofNetdev(partner?.kind === "vfio" ? partner.host : undefined);
  }

  private addVirtio(spec: VirtioNetDevice, kernel: GuestKernel): NetDevice {
    const { machine, nics } = this.lab;
    const { window, pool } = nics.memory;
    const nic = this.nicOf(spec);
    const { features, rxQueueSize, txQueueSize } = spec.options;
    const { mergeable, packed } = ringFormat(features);
    const ring = { headerBytes: HEADER_BYTES, mergeable, packed };
    const host = { port: nics.portId(spec.netdev), number: 0, pool };
    const guest = { port: nics.portId(`${this.name}.${spec.id}`), number: 0, pool, window, lcore: kernel.lcore };
    const down = machine.addVirtqueue(true, { ...ring, size: rxQueueSize }, host, guest);
    const up = machine.addVirtqueue(false, { ...ring, size: txQueueSize }, host, guest);
    const port = { kind: "macvtap", name: spec.netdev, mac: spec.mac, rx: up.host, tx: down.host } as const;
    nic.add(port);
    const { id, mac, isStandby: standby } = spec;
    const own = this.deviceOf(spec);
    own.control.filterQueue(down.host);
    const setRxMode = kernelRxMode(machine, own, window, kernel.lcore, packed);
    const rings = { rx: down.guest, tx: up.guest, ...(setRxMode === undefined ? {} : { setRxMode }) };
    const device = { id, driver: "virtio_net", mac, standby, ...rings } as const;
    this.virtio.set(spec.id, { nic, port, device });
    return device;
  }

  plug(spec: VfioDevice, bindPs: bigint): void {
    const nic = this.lab.nics.ofFunction(spec.host);
    if (bindPs === 0n) this.bind(spec, nic);
    else
      this.binding.set(
        spec,
        this.at(this.nowPs() + bindPs, () => this.bind(spec, nic)),
      );
  }

  /** The guest's driver sets the function's filter, and registers it. */
  private bind(spec: VfioDevice, nic: SriovNic): void {
    const { nics } = this.lab;
    this.binding.delete(spec);
    const kernel = this.kernel ?? this.makeKernel();
    const standby = this.qemu?.standbys.find(({ id }) => id === spec.pair);
    const mac = nics.macOf(spec.host) ?? standby?.mac ?? nics.randomMac();
    const vf = nic.addVirtualFunction(spec.host, `${this.name}.${spec.id}`, mac);
    const device = { id: spec.id, driver: "vf", mac, standby: false, rx: vf.rx, tx: vf.tx } as const;
    this.functions.set(spec, { nic, vf, device });
    this.probe(kernel, device);
  }

  /** The trace calls a device's queues by its netdev's name. */
  private probe(kernel: GuestKernel, device: NetDevice): void {
    this.lab.nics.portNames.set(device.rx.port, `${this.name}.${kernel.probe(device).name}`);
  }

  release(spec: VfioDevice): void {
    this.binding.get(spec)?.();
    this.binding.delete(spec);
    const known = this.functions.get(spec);
    if (known !== undefined) this.kernel?.remove(known.device);
  }

  eject(spec: VfioDevice): void {
    const known = this.functions.get(spec);
    if (known === undefined) return;
    known.nic.removeVirtualFunction(known.vf);
    this.functions.delete(spec);
  }

  /** The process ends: its guest, if it still has it, is gone, and the host has its functions and ports back. */
  end(): void {
    this.kernel?.run(false);
    this.kernel = undefined;
    for (const spec of [...this.functions.keys()]) this.eject(spec);
    for (const back of this.binding.values()) back();
    for (const { nic, port } of this.virtio.values()) nic.remove(port);
    this.virtio.clear();
  }

  announce({ id, mac }: VirtioNetDevice, timesPs: readonly bigint[]): void {
    const known = this.virtio.get(id);
    known?.nic.send(known.port, reverseArp(mac), timesPs);
  }

  rxFilter(spec: VirtioNetDevice): RxFilter {
    return this.deviceOf(spec).control.filter;
  }

  /** QEMU's device of a NIC. */
  deviceOf(spec: VirtioNetDevice): LabNicDevice {
    const known = this.devices.get(spec);
    if (known !== undefined) return known;
    const pairs = hasBit(spec.options.features, VIRTIO_NET_F_MQ) ? (this.qemu?.backEndOf(spec).queues ?? 1) : 1;
    const device = new LabNicDevice(this.lab.machine, spec, pairs, this.ownerOf(spec));
    this.devices.set(spec, device);
    return device;
  }

  private ownerOf(spec: VirtioNetDevice): DeviceOwner {
    const path = this.qemu?.backEndOf(spec).path;
    return {
      filterChanged: () => this.qemu?.rxFilterChanged(spec),
      pairsChanged: () => path !== undefined && this.lab.links.at(path).usePairs(),
    };
  }

  setLink(spec: VirtioNetDevice, isUp: boolean): void {
    const { id } = spec;
    const socket = this.qemu?.backEndOf(spec).path;
    if (socket !== undefined) this.lab.links.at(socket).setCarrier(isUp);
    this.deviceOf(spec).setLink(isUp);
    if (isUp) this.down.delete(id);
    else this.down.add(id);
    const known = this.virtio.get(id);
    if (known === undefined) return;
    known.nic.remove(known.port);
    if (isUp) known.nic.add(known.port);
    this.kernel?.setCarrier(known.device, isUp);
  }

  destination(uri: string): Destination | undefined {
    const target = this.lab.guests.find(({ qemu }) => qemu.state === "inmigrate" && listens(qemu.config.incoming, uri));
    if (target === undefined) return undefined;
    return {
      begin: () => target.qemu.incomingStatus("active"),
      fail: () => target.qemu.incomingStatus("failed"),
      takeOver: () => target.qemu.incoming(() => target.board.adopt(this)),
    };
  }

  /** Makes another board's guest this one's: its kernel, and its virtio NICs by their ids. */
  private adopt(source: LabBoard): void {
    this.hasBooted = true;
    this.kernel = source.kernel;
    source.kernel = undefined;
    for (const spec of this.nics) {
      const known = source.virtio.get(spec.id);
      if (known === undefined) continue;
      known.nic.remove(known.port);
      source.virtio.delete(spec.id);
      const nic = this.nicOf(spec);
      nic.add(known.port);
      this.virtio.set(spec.id, { ...known, nic });
      const came = [...source.devices].find(([{ id }]) => id === spec.id)?.[1];
      if (came !== undefined) {
        came.owner = this.ownerOf(spec);
        this.devices.set(spec, came);
      }
      this.setLink(spec, !this.down.has(spec.id));
    }
  }
}

/** Whether `-incoming` is where the URI leads. */
function listens(incoming: string | undefined, uri: string): boolean {
  if (incoming === undefined) return false;
  const [kind, place] = [/^\w+/, /[^:]*$/].map((part) => part.exec(uri)?.[0]);
  return incoming.startsWith(`${kind}:`) && /[^:]*$/.exec(incoming)?.[0] === place;
}
