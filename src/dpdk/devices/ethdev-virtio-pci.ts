// ethdev-virtio-pci - net_virtio: a virtio NIC on a guest's PCI bus, whose packets a vhost port of the same machine moves and whose device is QEMU's. What
// the device is told goes by its control queue (virtio-nic.ts). Follows drivers/net/virtio and rte_ethdev of 22.11: virtio_init_device, virtio_dev_start,
// eth_dev_config_restore.
import { VIRTIO_NET_S_LINK_UP } from "../../../assembly/abi/control.ts";
import { VIRTIO_F_RING_PACKED, VIRTIO_NET_F_MRG_RXBUF } from "../../../assembly/abi/features.ts";
import * as bits from "../../vhost-user/features.ts";
import { hasBit } from "../../vhost-user/features.ts";
import type { RingChoices } from "../../wasm/parts.ts";
import { LOG_ERR, logEal } from "../eal/eal-log.ts";
import { parseKvargs } from "../eal/kvargs.ts";
import type { Offloads } from "../limits.ts";
import type { DevInfo } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { EINVAL, ENOTSUP, strerror } from "./errno.ts";
import { VirtioUserEthdev } from "./ethdev-virtio-user.ts";
import { logVirtioUser, speed } from "./vdev-virtio-user.ts";
import type { VirtioLink } from "./virtio-link.ts";
import { VirtioControl, type VirtioNicDevice } from "./virtio-nic.ts";
import { virtioOffloadFeatures } from "./virtio-offloads.ts";
import { logVirtioPci, logVirtioQueue } from "./virtio-user-log.ts";

/** RTE_ETH_RX_OFFLOAD_VLAN_FILTER. */
const VLAN_FILTER = 0x200n;
const ETHER_MTU = 1500;
const ETHER_MIN_MTU = 68;

/** What QEMU was told of the NIC. */
export interface VirtioNic {
  /** Domain:bus:device.function */
  readonly address: string;
  readonly mac: bigint;
  /** Socket of the vhost port. */
  readonly path: string;
  /** Queue pairs. */
  readonly queues: number;
  readonly rxQueueSize: number;
  readonly txQueueSize: number;
  readonly device: VirtioNicDevice;
  /** The guest's driver that hands it to DPDK, e.g. vfio-pci. */
  readonly driver: string;
}

/** What open() gives VFIO for a process's first device, more or less: the line has it, and nobody can tell it beforehand. */
const DEVICE_FD = 20;
/** Those that have one interrupt a device: no vectors for queues. */
const ONE_INTERRUPT = ["igb_uio", "uio_pci_generic"];

/** What the driver takes of a device's arguments. */
interface PciArgs {
  readonly devargs: string;
  readonly vectorized: boolean;
  readonly speedMbps: number | undefined;
}

/** eth_virtio_pci_probe. args: vdpa, speed, vectorized; others are not looked at */
export function probeVirtioPci(
  context: DeviceContext,
  link: VirtioLink,
  id: number,
  nic: VirtioNic,
  args: string,
): VirtioPciEthdev | "left alone" | "failed" {
  const kvargs = parseKvargs(args, undefined);
  if (kvargs === undefined) {
    // Twice: virtio_pci_devargs_parse and virtio_dev_devargs_parse, and both go on.
    for (const from of ["virtio_pci_devargs_parse", "virtio_dev_devargs_parse"])
      logVirtioUser(context.log, from, "error when parsing param");
  }
  if (kvargs?.single("vdpa")?.value === "1") return "left alone";
  logVirtioPci(context.log);
  const speedMbps = kvargs === undefined ? undefined : speed(kvargs);
  if (Number.isNaN(speedMbps)) {
    logVirtioUser(context.log, "virtio_dev_devargs_parse", "Failed to parse speed");
    logVirtioUser(context.log, "eth_virtio_pci_init", "Failed to init virtio device");
    return "failed";
  }
  const control = hasBit(nic.device.features, bits.VIRTIO_NET_F_CTRL_VQ) ? 1 : 0;
  for (let number = 0; number < 2 * pairsOf(nic) + control; number++) logVirtioQueue(context.log, number);
  const vectorized = kvargs?.single("vectorized")?.value === "1";
  return new VirtioPciEthdev(context, link, id, nic, { devargs: args, vectorized, speedMbps });
}

export class VirtioPciEthdev extends VirtioUserEthdev {
  override readonly driver = "net_virtio";
  private readonly nic: VirtioNic;
  private readonly control: VirtioControl;
  private readonly unwatch: () => void;
  /** Offload features of the last negotiation. */
  private wanted = 0n;

  constructor(context: DeviceContext, link: VirtioLink, id: number, nic: VirtioNic, args: PciArgs) {
    const { address: name, mac, path, device, rxQueueSize: queueSize } = nic;
    const { features } = device;
    const queues = pairsOf(nic);
    const ring = {
      mrgRxbuf: hasBit(features, VIRTIO_NET_F_MRG_RXBUF),
      packedVq: hasBit(features, VIRTIO_F_RING_PACKED),
    };
    const choices = { ...ring, cq: true, server: false, inOrder: false, ...args };
    const vdev = { driver: "net_virtio_user", name, path, mac, queues, queueSize } as const;
    super(context, link, id, { ...vdev, ...choices }, args.devargs || undefined);
    this.nic = nic;
    this.control = new VirtioControl(context, device);
    this.control.reset();
    this.mtu = Math.min(ETHER_MTU, this.maxMtu);
    this.unwatch = device.watchLink(() => this.linkChange());
  }

  override get bus(): { readonly name: string; readonly information: string } {
    return { name: "pci", information: "vendor_id=1af4, device_id=1041" };
  }

  override get info(): DevInfo {
    const info = super.info;
    const filter = this.control.has(bits.VIRTIO_NET_F_CTRL_VLAN) ? VLAN_FILTER : 0n;
    return { ...info, rxOffloads: info.rxOffloads | filter };
  }

  protected override get maxMtu(): number {
    const { device } = this.nic;
    const isTold = configured(device, bits.VIRTIO_NET_F_MTU) && device.mtu >= ETHER_MIN_MTU;
    return isTold ? device.mtu : super.maxMtu;
  }

  protected override get hostMtu(): number | undefined {
    return this.control.has(bits.VIRTIO_NET_F_MTU) ? this.nic.device.mtu : undefined;
  }

  protected override get pairsInUse(): number {
    return this.nic.device.control.pairs;
  }

  protected override get hasCarrier(): boolean {
    const { device } = this.nic;
    return !this.control.has(bits.VIRTIO_NET_F_STATUS) || (device.control.status & VIRTIO_NET_S_LINK_UP) !== 0;
  }

  /** LSC: where the device has a vector for it. */
  private linkChange(): void {
    const { started, nic, control, context, id } = this;
    if (started && nic.device.vectors > 0 && control.has(bits.VIRTIO_NET_F_STATUS))
      context.event(id, "link state change");
  }

  protected override ringChoices(direction: "rx" | "tx", features: bigint): RingChoices {
    const size = direction === "rx" ? this.nic.rxQueueSize : this.nic.txQueueSize;
    return { ...super.ringChoices(direction, features), size };
  }

  /** Other offloads are other features: the device is reset, and forgets what it was told. */
  override configureOffloads(txOffloads: Offloads, rxOffloads: Offloads): void {
    const wanted = virtioOffloadFeatures(rxOffloads, txOffloads);
    const isReset = wanted !== this.wanted;
    this.wanted = wanted;
    if (isReset) this.control.reset();
    super.configureOffloads(txOffloads, rxOffloads);
    if (isReset) this.virtio.reset();
  }

  override start(): number {
    const { rxQueues, txQueues, nic } = this;
    if (configured(nic.device, bits.VIRTIO_NET_F_MQ) && nic.device.maxPairs > 1) {
      const status = this.control.setPairs(Math.max(rxQueues.length, txQueues.length));
      if (status !== 0) return status;
    }
    return super.start();
  }

  /** virtio_configure_intr: vector 0 is the configuration's, i + 1 rx queue i's. With fewer VFIO refuses to enable them all. */
  override configureRxInterrupts(rxq: number): number {
    const { driver, device } = this.nic;
    const { log } = this.context;
    const fail = (type: "driver" | "init", text: string): void =>
      log.log(`pmd.net.virtio.${type}`, LOG_ERR, `${text}\n`);
    const hasMsix = device.vectors > 0 && !ONE_INTERRUPT.includes(driver);
    if (hasMsix && device.vectors > rxq) return super.configureRxInterrupts(rxq);
    if (hasMsix) {
      logEal(log, LOG_ERR, `Error enabling MSI-X interrupts for fd ${DEVICE_FD}`);
      fail("driver", "virtio_configure_intr(): interrupt enable failed");
    } else fail("init", "virtio_configure_intr(): Multiple intr vector not supported");
    fail("init", "virtio_init_device(): failed to configure interrupt");
    return hasMsix ? -EINVAL : -ENOTSUP;
  }

  protected override restore(): number {
    const { control, mac, furtherMacs, promiscuous, allmulticast } = this;
    control.setAddress(mac);
    for (const i of furtherMacs.keys()) control.setTable([mac, ...furtherMacs.slice(0, i + 1)]);
    const status = this.restoreMode("promiscuous", promiscuous) || this.restoreMode("allmulticast", allmulticast);
    if (status !== 0) this.logEthdev(`Error during restoring configuration for device (port ${this.id})`, status);
    return status;
  }

  private restoreMode(which: "promiscuous" | "allmulticast", on: boolean): number {
    const status = this.control.setMode(which, on);
    if (status === 0 || status === -ENOTSUP) return 0;
    const mode = which === "promiscuous" ? "promiscuous" : "allmulticast";
    this.logEthdev(`Failed to ${on ? "enable" : "disable"} ${mode} mode for device (port ${this.id})`, status);
    return status;
  }

  private logEthdev(what: string, status: number): void {
    this.context.log.log("lib.ethdev", LOG_ERR, `${what}: ${strerror(status)}\n`);
  }

  override setPromiscuous(on: boolean): number {
    const status = on === this.promiscuous ? 0 : this.control.setMode("promiscuous", on);
    if (status === 0) this.promiscuous = on;
    return status;
  }

  override setAllmulticast(on: boolean): number {
    const status = on === this.allmulticast ? 0 : this.control.setMode("allmulticast", on);
    if (status === 0) this.allmulticast = on;
    return status;
  }

  protected override tellMacs(macs: readonly bigint[]): number {
    return this.control.setTable(macs);
  }

  override setDefaultMac(mac: bigint): number {
    const status = this.control.setAddress(mac);
    return status < 0 ? status : super.setDefaultMac(mac);
  }

  override filterVlan(vlan: number, on: boolean): number {
    return this.control.filterVlan(vlan, on);
  }

  override async close(): Promise<void> {
    this.unwatch();
    this.control.release();
    this.virtio.detachGuest(true);
    await super.close();
  }
}

/** Queue pairs that the driver sees. */
function pairsOf({ device, queues }: VirtioNic): number {
  return configured(device, bits.VIRTIO_NET_F_MQ) ? queues : 1;
}

/** Whether the driver reads a field of the configuration space: without a control queue it reads none but the address. */
function configured({ features }: VirtioNicDevice, feature: number): boolean {
  return hasBit(features, bits.VIRTIO_NET_F_CTRL_VQ) && hasBit(features, feature);
}
