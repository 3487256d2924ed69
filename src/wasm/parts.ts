// parts - what a machine is built of, as TypeScript sees it.

/** One queue of one port in one direction, as the engine knows it. */
export interface Queue {
  readonly address: number;
  /** Linear address of what its kind keeps. */
  readonly state: number;
  readonly port: number;
  readonly number: number;
  readonly direction: "rx" | "tx";
  readonly counters: BigUint64Array;
}

/** Features that both sides of a ring agreed on; undefined: not. */
export interface RingAgreement {
  /** VIRTIO_NET_F_MRG_RXBUF */
  readonly mergeable?: boolean;
  /** VIRTIO_F_RING_PACKED */
  readonly packed?: boolean;
  /** VIRTIO_F_IN_ORDER */
  readonly inOrder?: boolean;
  /** VIRTIO_F_INDIRECT_DESC */
  readonly indirect?: boolean;
  /** VIRTIO_F_EVENT_IDX */
  readonly eventIdx?: boolean;
  /** Not agreed on: the driver moves packets by its vector burst function, where there is one of the kind. */
  readonly vector?: boolean;
  /** Net headers may ask for checksums and segmentation. */
  readonly offloads?: boolean;
  /** The device turns that into Tx flags. */
  readonly legacyFlags?: boolean;
  /** Not agreed on: the device does as DPDK's vhost library where that is not what the specification says. */
  readonly dpdkQuirks?: boolean;
  /** Not agreed on: what its driver sends is dropped. */
  readonly discards?: boolean;
  /** With dpdkQuirks: its driver was called since the ring was new. */
  readonly called?: boolean;
}

/** What the driver decides by itself about a ring. */
export interface RingChoices {
  readonly vector?: boolean;
  /** rx_free_thresh of an rx ring, what virtio_recv_pkts_packed_vec refills by; tx_free_thresh of a tx ring. 0: the PMD's default */
  readonly freeThreshold?: number;
  /** The ring's own size; undefined: as the other direction's */
  readonly size?: number;
  /** nb_rx_desc, nb_tx_desc: most descriptors that the driver uses; undefined: all */
  readonly descriptors?: number;
}

export interface RingOptions extends RingAgreement, RingChoices {
  readonly size: number;
  readonly headerBytes: number;
  readonly mergeable: boolean;
}

export interface StreamOptions {
  readonly engine: number;
  readonly rx: Queue;
  readonly tx: Queue;
  readonly burst: number;
  readonly peerMac: bigint;
  readonly sourceMac: bigint;
  readonly retryNum: number;
  readonly retryDelayPs: bigint;
  readonly waits: boolean;
  readonly txFirst: number;
  /** rte_lcore_id of its lcore, 1 if not said: part of txonly's multi-flow addresses. */
  readonly ealLcore?: number;
}
