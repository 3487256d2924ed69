// ethdev-ring - net_ring: rte_rings of 1024, each both a tx and the rx queue of its number, so that what is sent comes back.
// Follows drivers/net/ring of 22.11. It counts packets, not bytes.
// Not modelled: nodeaction (one NUMA node), rings shared by name with other devices.

import { type DevInfo, type Link, PLAIN_INFO, SOFTWARE_LINK } from "./dev-info.ts";
import type { DeviceContext } from "./device-context.ts";
import { Ethdev, type QueueSetup, type RefusedQueues } from "./ethdev.ts";

const RING_SIZE = 1024;
/** RTE_PMD_RING_MAX_RX_RINGS. */
const MAX_RINGS = 16;

export class RingEthdev extends Ethdev {
  readonly driver = "net_ring";
  readonly info: DevInfo = { ...PLAIN_INFO, maxRxQueues: MAX_RINGS, maxTxQueues: MAX_RINGS };
  private readonly context: DeviceContext;
  private linkUp = true;
  private rings: ReturnType<DeviceContext["machine"]["addRing"]>[] = [];

  constructor(context: DeviceContext, id: number, name: string, devargs: string) {
    super(id, name, devargs, 0n);
    this.context = context;
  }

  link(): Link {
    return { ...SOFTWARE_LINK, up: this.started && this.linkUp };
  }

  override setLinkUp(up: boolean): number {
    this.linkUp = up;
    return 0;
  }

  protected override get hasPromiscuous(): boolean {
    return true;
  }

  protected override get hasAllmulticast(): boolean {
    return true;
  }

  protected setup(queues: QueueSetup, pool: number): RefusedQueues {
    const { machine } = this.context;
    for (let q = this.rings.length; q < Math.max(queues.rxq, queues.txq); q++) {
      this.rings.push(machine.addRing(RING_SIZE, [this.id, q], [this.id, q], pool));
    }
    this.rxQueues = this.rings.slice(0, queues.rxq).map((ring) => ring.rx);
    this.txQueues = this.rings.slice(0, queues.txq).map((ring) => ring.tx);
    return undefined;
  }

  protected override get countsBytes(): boolean {
    return false;
  }
}
