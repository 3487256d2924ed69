// ethdev-null - net_null: rx gives full bursts of frames of one length, tx frees. Follows drivers/net/null of 22.11.
// It counts packets, not bytes.

import { type DevInfo, type Link, PLAIN_INFO, SOFTWARE_LINK } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { Ethdev, type QueueSetup, type RefusedQueues } from "./ethdev.ts";
import type { NullVdev } from "./vdev-null.ts";

/** RTE_MAX_QUEUES_PER_PORT. */
const MAX_QUEUES = 1024;
const ENDLESS = 0xffff_ffff_ffff_ffffn;
/** RTE_ETH_RSS_PROTO_MASK: IPv4 and IPv6 with their fragments and layer 4, l2-payload, the _ex kinds, port, VXLAN, Geneve, NVGRE, MPLS. */
const RSS_PROTO_MASK = 0x2_003f_fffcn;

export class NullEthdev extends Ethdev {
  readonly driver = "net_null";
  readonly info: DevInfo = {
    ...PLAIN_INFO,
    maxRxQueues: MAX_QUEUES,
    maxTxQueues: MAX_QUEUES,
    retaSize: 128,
    flowTypeRssOffloads: RSS_PROTO_MASK,
  };
  private readonly context: DeviceContext;
  private readonly vdev: NullVdev;

  constructor(context: DeviceContext, id: number, vdev: NullVdev) {
    super(id, vdev.name, vdev.devargs, context.randomMac());
    this.context = context;
    this.vdev = vdev;
  }

  link(): Link {
    return { ...SOFTWARE_LINK, up: this.started };
  }

  protected setup(queues: QueueSetup, pool: number): RefusedQueues {
    const { machine } = this.context;
    const { size, noRx } = this.vdev;
    const frames = noRx ? 0n : ENDLESS;
    this.rxQueues = this.grow(this.rxQueues, queues.rxq, (q) => machine.addNullRx(this.id, q, pool, size, frames));
    this.txQueues = this.grow(this.txQueues, queues.txq, (q) => machine.addNullTx(this.id, q));
    return undefined;
  }

  override get endless(): boolean {
    return !this.vdev.noRx;
  }

  override setMtu(mtu: number): number {
    this.mtu = mtu;
    return 0;
  }

  override setDefaultMac(mac: bigint): number {
    this.mac = mac;
    return 0;
  }

  protected override get countsBytes(): boolean {
    return false;
  }
}
