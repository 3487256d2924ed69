// virtio-negotiation - what net_virtio_user and a vhost-user device agree on, and the burst functions that follow: virtio_user_dev_init,
// virtio_ethdev_negotiate_features, virtio_dev_configure and set_rxtx_funcs of drivers/net/virtio (22.11).
// Not modelled: PCI devices' rules, RSS and hash reports.
import {
  VIRTIO_F_IN_ORDER,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../../assembly/abi/features.ts";
import * as bits from "../../vhost-user/features.ts";
import { hasBit, maskOf, ringFormat } from "../../vhost-user/features.ts";

/** VIRTIO_USER_SUPPORTED_FEATURES: of a device's, the others are not looked at. */
const SUPPORTED = maskOf(
  ...[bits.VIRTIO_NET_F_CSUM, bits.VIRTIO_NET_F_GUEST_CSUM, bits.VIRTIO_NET_F_MAC, bits.VIRTIO_NET_F_STATUS],
  ...[
    bits.VIRTIO_NET_F_GUEST_TSO4,
    bits.VIRTIO_NET_F_GUEST_TSO6,
    bits.VIRTIO_NET_F_HOST_TSO4,
    bits.VIRTIO_NET_F_HOST_TSO6,
  ],
  ...[bits.VIRTIO_NET_F_CTRL_VQ, bits.VIRTIO_NET_F_CTRL_RX, bits.VIRTIO_NET_F_CTRL_VLAN, bits.VIRTIO_NET_F_MQ],
  ...[VIRTIO_NET_F_MRG_RXBUF, VIRTIO_F_INDIRECT_DESC, VIRTIO_F_VERSION_1, VIRTIO_F_RING_PACKED, VIRTIO_F_IN_ORDER],
);
/** VIRTIO_PMD_DEFAULT_GUEST_FEATURES, what the driver wants of any device. */
const WANTED = maskOf(
  ...[bits.VIRTIO_NET_F_MTU, bits.VIRTIO_NET_F_MAC, VIRTIO_NET_F_MRG_RXBUF, bits.VIRTIO_NET_F_STATUS],
  ...[
    bits.VIRTIO_NET_F_CTRL_VQ,
    bits.VIRTIO_NET_F_CTRL_RX,
    bits.VIRTIO_NET_F_CTRL_VLAN,
    bits.VIRTIO_NET_F_GUEST_ANNOUNCE,
  ],
  ...[bits.VIRTIO_NET_F_MQ, bits.VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_F_INDIRECT_DESC, VIRTIO_F_VERSION_1],
  ...[bits.VIRTIO_F_ACCESS_PLATFORM, VIRTIO_F_RING_PACKED, VIRTIO_F_IN_ORDER, bits.VIRTIO_F_ORDER_PLATFORM],
  ...[bits.VIRTIO_F_NOTIFICATION_DATA, bits.VIRTIO_NET_F_SPEED_DUPLEX],
);
const CONTROL = maskOf(
  ...[bits.VIRTIO_NET_F_CTRL_VQ, bits.VIRTIO_NET_F_CTRL_RX, bits.VIRTIO_NET_F_CTRL_VLAN],
  ...[bits.VIRTIO_NET_F_GUEST_ANNOUNCE, bits.VIRTIO_NET_F_MQ, bits.VIRTIO_NET_F_CTRL_MAC_ADDR],
);
/** Of what is agreed on, the device is not told these: the driver's side of the socket takes care of them. */
const UNTOLD = maskOf(bits.VIRTIO_NET_F_MAC, bits.VIRTIO_NET_F_CTRL_VQ, bits.VIRTIO_NET_F_STATUS);

/** What dev_configure asks for besides, by Rx or Tx offload. */
export interface NegotiatedOffloads {
  /** RTE_ETH_RX_OFFLOAD_UDP_CKSUM or TCP_CKSUM. */
  readonly rxChecksum?: boolean;
  readonly lro?: boolean;
  readonly vlanStrip?: boolean;
  /** RTE_ETH_TX_OFFLOAD_UDP_CKSUM or TCP_CKSUM. */
  readonly txChecksum?: boolean;
  readonly tso?: boolean;
}

/** A driver: net_virtio_user's arguments, and the machine it runs on. */
export interface NegotiatingDriver extends NegotiatedOffloads {
  readonly mac: boolean;
  readonly cq: boolean;
  readonly mrgRxbuf: boolean;
  readonly inOrder: boolean;
  readonly packedVq: boolean;
  readonly vectorized: boolean;
  /** EAL's --force-max-simd-bitwidth; 256 unless given. */
  readonly simdBits: number;
  readonly hasAvx512: boolean;
}

/** A burst function of the driver, and its words for it. */
export interface BurstPath {
  readonly name: string;
  readonly words: string;
}

export interface Negotiation {
  /** What the driver finds offered, and what it wants. */
  readonly offered: bigint;
  readonly wanted: bigint;
  readonly negotiated: bigint;
  /** SET_FEATURES, but for vhost-user's own bit 30. */
  readonly told: bigint;
  readonly headerBytes: number;
  readonly rx: BurstPath;
  readonly tx: BurstPath;
  /** Vector paths that were asked for and are not used, in the driver's words. */
  readonly notes: readonly string[];
  /** Why no ring ever runs; undefined: they do. */
  readonly refusal: string | undefined;
}

/** features: the device's GET_FEATURES. */
export function negotiate(features: bigint, driver: NegotiatingDriver): Negotiation {
  const offered = offer(features, driver);
  const wanted = WANTED | asked(driver);
  const negotiated = offered & wanted;
  const notes: string[] = [];
  const refusal = hasBit(negotiated, VIRTIO_F_VERSION_1)
    ? undefined
    : "without VERSION_1 the driver never says FEATURES_OK, and the device hears of no features";
  return {
    ...{ offered, wanted, negotiated, notes, refusal },
    told: negotiated & ~UNTOLD,
    headerBytes: ringFormat(negotiated).headerBytes,
    ...choosePaths(negotiated, driver, notes),
  };
}

function offer(features: bigint, { mac, cq, mrgRxbuf, inOrder, packedVq }: NegotiatingDriver): bigint {
  const own = maskOf(
    bits.VIRTIO_NET_F_STATUS,
    ...(mac ? [bits.VIRTIO_NET_F_MAC] : []),
    ...(cq ? [bits.VIRTIO_NET_F_CTRL_VQ] : []),
  );
  const refused = maskOf(
    ...(mac ? [] : [bits.VIRTIO_NET_F_MAC]),
    ...(mrgRxbuf ? [] : [VIRTIO_NET_F_MRG_RXBUF]),
    ...(inOrder ? [] : [VIRTIO_F_IN_ORDER]),
    ...(packedVq ? [] : [VIRTIO_F_RING_PACKED]),
  );
  return ((features & SUPPORTED) | own) & ~refused & ~(cq ? 0n : CONTROL);
}

function asked({ rxChecksum, lro, txChecksum, tso }: NegotiatedOffloads): bigint {
  return maskOf(
    ...(rxChecksum ? [bits.VIRTIO_NET_F_GUEST_CSUM] : []),
    ...(lro ? [bits.VIRTIO_NET_F_GUEST_TSO4, bits.VIRTIO_NET_F_GUEST_TSO6] : []),
    ...(txChecksum ? [bits.VIRTIO_NET_F_CSUM] : []),
    ...(tso ? [bits.VIRTIO_NET_F_HOST_TSO4, bits.VIRTIO_NET_F_HOST_TSO6] : []),
  );
}

function choosePaths(
  negotiated: bigint,
  driver: NegotiatingDriver,
  notes: string[],
): { readonly rx: BurstPath; readonly tx: BurstPath } {
  const { packed, mergeable, inOrder } = ringFormat(negotiated);
  if (packed) return packedPaths(mergeable, inOrder, hasBit(negotiated, VIRTIO_F_VERSION_1), driver, notes);
  const tx = inOrder ? path("virtio_xmit_pkts_inorder", "inorder") : path("virtio_xmit_pkts", "standard");
  if (inOrder) return { tx, rx: path("virtio_recv_pkts_inorder", "inorder") };
  if (driver.vectorized && splitVector(mergeable, driver, notes))
    return { tx, rx: path("virtio_recv_pkts_vec", "vectorized") };
  const rx = mergeable ? path("virtio_recv_mergeable_pkts", "mergeable buffer") : path("virtio_recv_pkts", "standard");
  return { tx, rx };
}

function packedPaths(
  mergeable: boolean,
  inOrder: boolean,
  version1: boolean,
  { vectorized, simdBits, hasAvx512, lro }: NegotiatingDriver,
  notes: string[],
): { readonly rx: BurstPath; readonly tx: BurstPath } {
  const able = vectorized && hasAvx512 && simdBits >= 512 && inOrder && version1;
  if (vectorized && !able) notes.push("disabled packed ring vectorized path for requirements not met");
  if (able && mergeable) notes.push("disabled packed ring vectorized rx for mrg_rxbuf enabled");
  if (able && lro === true) notes.push("disabled packed ring vectorized rx for TCP_LRO enabled");
  const tx = able
    ? path("virtio_xmit_pkts_packed_vec", "packed ring vectorized")
    : path("virtio_xmit_pkts_packed", "packed ring standard");
  if (able && !mergeable && lro !== true)
    return { tx, rx: path("virtio_recv_pkts_packed_vec", "packed ring vectorized") };
  const rx = mergeable
    ? path("virtio_recv_mergeable_pkts_packed", "packed ring mergeable buffer")
    : path("virtio_recv_pkts_packed", "packed ring standard");
  return { tx, rx };
}

function splitVector(mergeable: boolean, driver: NegotiatingDriver, notes: string[]): boolean {
  const before = notes.length;
  if (mergeable) notes.push("disabled split ring vectorized rx for mrg_rxbuf enabled");
  if (driver.rxChecksum === true || driver.lro === true || driver.vlanStrip === true)
    notes.push("disabled split ring vectorized rx for offloading enabled");
  if (driver.simdBits < 128) notes.push("disabled split ring vectorized rx, max SIMD bitwidth too low");
  return notes.length === before;
}

function path(name: string, words: string): BurstPath {
  return { name, words };
}
