// features - bits that vhost-user itself negotiates, and the virtio-net bits that its messages depend on. All are bit NUMBERS; masks are
// bigint. Follows: vhost-user protocol, "Feature bits" and "Protocol features"; virtio 1.3, 5.1.3, 5.1.6.1 (length of the net header).
import {
  VIRTIO_F_EVENT_IDX,
  VIRTIO_F_IN_ORDER,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../assembly/abi/features.ts";

export const VIRTIO_NET_F_CSUM = 0;
export const VIRTIO_NET_F_GUEST_CSUM = 1;
export const VIRTIO_NET_F_MTU = 3;
export const VIRTIO_NET_F_MAC = 5;
export const VIRTIO_NET_F_GUEST_TSO4 = 7;
export const VIRTIO_NET_F_GUEST_TSO6 = 8;
export const VIRTIO_NET_F_GUEST_ECN = 9;
export const VIRTIO_NET_F_GUEST_UFO = 10;
export const VIRTIO_NET_F_HOST_TSO4 = 11;
export const VIRTIO_NET_F_HOST_TSO6 = 12;
export const VIRTIO_NET_F_HOST_ECN = 13;
export const VIRTIO_NET_F_HOST_UFO = 14;
export const VIRTIO_NET_F_STATUS = 16;
export const VIRTIO_NET_F_CTRL_VQ = 17;
export const VIRTIO_NET_F_CTRL_RX = 18;
export const VIRTIO_NET_F_CTRL_VLAN = 19;
export const VIRTIO_NET_F_CTRL_RX_EXTRA = 20;
export const VIRTIO_NET_F_GUEST_ANNOUNCE = 21;
export const VIRTIO_NET_F_MQ = 22;
export const VIRTIO_NET_F_CTRL_MAC_ADDR = 23;
export const VIRTIO_F_ACCESS_PLATFORM = 33;
export const VIRTIO_F_ORDER_PLATFORM = 36;
export const VIRTIO_F_NOTIFICATION_DATA = 38;
export const VIRTIO_NET_F_SPEED_DUPLEX = 63;
export const VHOST_F_LOG_ALL = 26;
export const VHOST_USER_F_PROTOCOL_FEATURES = 30;

/** virtio 1.3's names, by bit; 30 is vhost-user's own. */
export const FEATURE_NAMES: ReadonlyMap<number, string> = new Map(
  [
    ...Object.entries({
      CSUM: 0,
      GUEST_CSUM: 1,
      CTRL_GUEST_OFFLOADS: 2,
      MTU: 3,
      MAC: 5,
      GSO: 6,
      GUEST_TSO4: 7,
      GUEST_TSO6: 8,
    }),
    ...Object.entries({
      GUEST_ECN: 9,
      GUEST_UFO: 10,
      HOST_TSO4: 11,
      HOST_TSO6: 12,
      HOST_ECN: 13,
      HOST_UFO: 14,
      MRG_RXBUF: 15,
    }),
    ...Object.entries({
      STATUS: 16,
      CTRL_VQ: 17,
      CTRL_RX: 18,
      CTRL_VLAN: 19,
      CTRL_RX_EXTRA: 20,
      GUEST_ANNOUNCE: 21,
      MQ: 22,
    }),
    ...Object.entries({
      CTRL_MAC_ADDR: 23,
      NOTIFY_ON_EMPTY: 24,
      LOG_ALL: 26,
      ANY_LAYOUT: 27,
      INDIRECT_DESC: 28,
      EVENT_IDX: 29,
    }),
    ...Object.entries({ PROTOCOL_FEATURES: 30, VERSION_1: 32, ACCESS_PLATFORM: 33, RING_PACKED: 34, IN_ORDER: 35 }),
    ...Object.entries({
      ORDER_PLATFORM: 36,
      SR_IOV: 37,
      NOTIFICATION_DATA: 38,
      RING_RESET: 40,
      HASH_REPORT: 57,
      RSS: 60,
    }),
    ...Object.entries({ STANDBY: 62, SPEED_DUPLEX: 63 }),
  ].map(([name, bit]) => [bit, name]),
);

export const VHOST_USER_PROTOCOL_F_MQ = 0;
export const VHOST_USER_PROTOCOL_F_LOG_SHMFD = 1;
export const VHOST_USER_PROTOCOL_F_RARP = 2;
export const VHOST_USER_PROTOCOL_F_REPLY_ACK = 3;
export const VHOST_USER_PROTOCOL_F_NET_MTU = 4;
export const VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5;
export const VHOST_USER_PROTOCOL_F_CONFIG = 9;
export const VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD = 12;
export const VHOST_USER_PROTOCOL_F_RESET_DEVICE = 13;
export const VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS = 14;
export const VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15;
export const VHOST_USER_PROTOCOL_F_STATUS = 16;

/** Device status; virtio 1.3, 2.1. */
export const STATUS_ACKNOWLEDGE = 1;
export const STATUS_DRIVER = 2;
export const STATUS_DRIVER_OK = 4;
export const STATUS_FEATURES_OK = 8;

export function maskOf(...bits: readonly number[]): bigint {
  return bits.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n);
}

export function hasBit(mask: bigint, bit: number): boolean {
  return ((mask >> BigInt(bit)) & 1n) === 1n;
}

/** What ring code wants to know of the features that were agreed on. */
export interface RingFormat {
  readonly features: bigint;
  /** Bytes of the net header in front of each packet. */
  readonly headerBytes: number;
  readonly mergeable: boolean;
  readonly packed: boolean;
  readonly inOrder: boolean;
  readonly indirect: boolean;
  readonly eventIdx: boolean;
}

const LONG_HEADER = maskOf(VIRTIO_NET_F_MRG_RXBUF, VIRTIO_F_VERSION_1, VIRTIO_F_RING_PACKED);

export function ringFormat(features: bigint): RingFormat {
  return {
    features,
    headerBytes: (features & LONG_HEADER) === 0n ? 10 : 12,
    mergeable: hasBit(features, VIRTIO_NET_F_MRG_RXBUF),
    packed: hasBit(features, VIRTIO_F_RING_PACKED),
    inOrder: hasBit(features, VIRTIO_F_IN_ORDER),
    indirect: hasBit(features, VIRTIO_F_INDIRECT_DESC),
    eventIdx: hasBit(features, VIRTIO_F_EVENT_IDX),
  };
}

const FROM_DRIVER = maskOf(
  VIRTIO_NET_F_CSUM,
  VIRTIO_NET_F_HOST_TSO4,
  VIRTIO_NET_F_HOST_TSO6,
  VIRTIO_NET_F_HOST_ECN,
  VIRTIO_NET_F_HOST_UFO,
);
const TOWARDS_DRIVER = maskOf(
  VIRTIO_NET_F_GUEST_CSUM,
  VIRTIO_NET_F_GUEST_TSO4,
  VIRTIO_NET_F_GUEST_TSO6,
  VIRTIO_NET_F_GUEST_ECN,
  VIRTIO_NET_F_GUEST_UFO,
);

/** Whether net headers in ring `index` (even: towards the driver) may ask for checksums or segmentation. */
export function hasOffloads(features: bigint, index: number): boolean {
  return (features & (index % 2 === 0 ? TOWARDS_DRIVER : FROM_DRIVER)) !== 0n;
}
