// vdev-driver - which driver a virtual device's name calls: rte_vdev's registry, as a device's name begins.
// Follows vdev_parse of 22.11: a name belongs to the driver whose name or older alias it starts with; what follows is free.
// Not modelled: the other drivers that a DPDK build has (net_tap, net_af_packet, ...): their names are refused as unknown ones.

export const VDEV_DRIVERS = ["net_pcap", "net_null", "net_ring", "net_vhost", "net_virtio_user"] as const;
export type VdevDriver = (typeof VDEV_DRIVERS)[number];

/** Names of before DPDK 17.02. */
const ALIASES: Readonly<Record<VdevDriver, string>> = {
  net_pcap: "eth_pcap",
  net_null: "eth_null",
  net_ring: "eth_ring",
  net_vhost: "eth_vhost",
  net_virtio_user: "virtio_user",
};

export function vdevDriverOf(name: string): VdevDriver | undefined {
  return VDEV_DRIVERS.find((driver) => name.startsWith(driver) || name.startsWith(ALIASES[driver]));
}
