// ethdev-virtio-pci - net_virtio: a virtio NIC on a guest's PCI bus, whose device is a vhost port of the same machine. It has the control queue that
// virtio-user's device does not offer.
import type { DeviceContext } from "./device-context.ts";
import { VirtioUserEthdev } from "./ethdev-virtio-user.ts";
import type { VirtioLink } from "./virtio-link.ts";

/** What QEMU was told of the NIC. */
export interface VirtioNic {
  /** Domain:bus:device.function */
  readonly address: string;
  readonly mac: bigint;
  /** Socket of the vhost port. */
  readonly path: string;
  /** Queue pairs. */
  readonly queues: number;
  readonly queueSize: number;
  readonly mrgRxbuf: boolean;
}

export class VirtioPciEthdev extends VirtioUserEthdev {
  override readonly driver = "net_virtio";

  constructor(context: DeviceContext, link: VirtioLink, id: number, nic: VirtioNic) {
    const { address: name, mac, path, queues, queueSize, mrgRxbuf } = nic;
    const features = { cq: true, server: false, mrgRxbuf, inOrder: false, packedVq: false, vectorized: false };
    const vdev = { driver: "net_virtio_user", name, devargs: "", path, mac, queues, queueSize } as const;
    super(context, link, id, { ...vdev, ...features, speedMbps: undefined });
  }
}
