// virtio-net - what -device virtio-net-pci can be told of its NIC, the refusals, and the features that the device then offers by itself; a back-end adds
// offloads. Follows virtio_net_properties, virtio_net_device_realize and virtio_net_get_features of QEMU 7.2 (hw/net/virtio-net.c). A control queue
// that is switched off takes none of the features with it that need one, as there.
// Not modelled: USO, RSS, hash reports, notification coalescing; legacy devices.
import {
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../assembly/abi/features.ts";
import * as bits from "../vhost-user/features.ts";
import { maskOf } from "../vhost-user/features.ts";
import { type Properties, parseSwitch, QemuError } from "./properties.ts";

export interface VirtioNetOptions {
  readonly features: bigint;
  readonly rxQueueSize: number;
  readonly txQueueSize: number;
  /** host_mtu; 0: not told */
  readonly hostMtu: number;
  /** MSI-X vectors; 0: INTx. */
  readonly vectors: number;
}

const QUEUE_MIN = 256;
const QUEUE_MAX = 1024;
/** virtio_net_max_tx_queue_size: other back-ends than vhost-user keep to the usual one. */
const USUAL_TX = 256;

/** Options that are a feature, and whether it is offered unless they say otherwise. */
const SWITCHES: readonly (readonly [name: string, bit: number, usual: boolean])[] = [
  ["mrg_rxbuf", VIRTIO_NET_F_MRG_RXBUF, true],
  ["status", bits.VIRTIO_NET_F_STATUS, true],
  ["ctrl_vq", bits.VIRTIO_NET_F_CTRL_VQ, true],
  ["ctrl_rx", bits.VIRTIO_NET_F_CTRL_RX, true],
  ["ctrl_vlan", bits.VIRTIO_NET_F_CTRL_VLAN, true],
  ["ctrl_rx_extra", bits.VIRTIO_NET_F_CTRL_RX_EXTRA, true],
  ["ctrl_mac_addr", bits.VIRTIO_NET_F_CTRL_MAC_ADDR, true],
  ["guest_announce", bits.VIRTIO_NET_F_GUEST_ANNOUNCE, true],
  ["mq", bits.VIRTIO_NET_F_MQ, false],
  ["packed", VIRTIO_F_RING_PACKED, false],
  ["indirect_desc", VIRTIO_F_INDIRECT_DESC, true],
];
const ALWAYS = maskOf(bits.VIRTIO_NET_F_MAC, VIRTIO_F_VERSION_1);

function integer(properties: Properties, name: string, usual: number, type = "uint16_t", max = 65535): number {
  const text = properties.get(name);
  if (text === undefined) return usual;
  if (!/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) throw new QemuError(`Parameter '${name}' expects integer`);
  const value = Number(text);
  if (value > max) throw new QemuError(`Parameter '${name}' expects ${type}`);
  return value;
}

/** end: what 7.2 puts behind its complaint */
function queueSize(properties: Properties, name: "rx_queue_size" | "tx_queue_size", end: string): number {
  const size = integer(properties, name, QUEUE_MIN);
  if (size >= QUEUE_MIN && size <= QUEUE_MAX && (size & (size - 1)) === 0) return size;
  throw new QemuError(`Invalid ${name} (= ${size}), must be a power of 2 between ${QUEUE_MIN} and ${QUEUE_MAX}${end}`);
}

/** pairs: queue pairs of its back-end, a vhost-user one or not. @throws QemuError as QEMU refuses it */
export function parseVirtioNet(properties: Properties, pairs: number, isVhostUser: boolean): VirtioNetOptions {
  const offered = SWITCHES.filter(([name, , usual]) => parseSwitch(properties, name, usual)).map(([, bit]) => bit);
  const hostMtu = integer(properties, "host_mtu", 0);
  const vectors = integer(properties, "vectors", 2 * pairs + 2, "uint32_t", 0xffff_ffff);
  const rxQueueSize = queueSize(properties, "rx_queue_size", ".");
  const txQueueSize = queueSize(properties, "tx_queue_size", "");
  const told = hostMtu > 0 ? [...offered, bits.VIRTIO_NET_F_MTU] : offered;
  return {
    ...{ hostMtu, vectors, rxQueueSize },
    txQueueSize: isVhostUser ? txQueueSize : USUAL_TX,
    features: ALWAYS | maskOf(...told),
  };
}
