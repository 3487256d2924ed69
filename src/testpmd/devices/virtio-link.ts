// virtio-link - net_vhost and net_virtio_user with the same path in one process: their rings, joined in memory.
// The rings are made when the first of the two is set up and both are there; a vhost whose peer is not there has queues that give and
// take nothing, as the real one's without a connection.
// Not modelled yet: a peer in another process, packed rings.
import type { RingOptions } from "../../wasm/machine.ts";
import type { Queue } from "../../wasm/parts.ts";
import type { DeviceContext } from "./device-context.ts";
import type { VhostVdev } from "./vdev-vhost.ts";
import type { VirtioUserVdev } from "./vdev-virtio-user.ts";

/** Bytes of the virtio net header: 12 with VERSION_1, mergeable buffers or not. */
const HEADER_BYTES = 12;
/** What virtio-user takes by itself. */
const QUEUE_SIZE = 256;

interface Side<V> {
  readonly port: number;
  readonly vdev: V;
}

interface PairQueues {
  readonly host: { readonly rx: Queue; readonly tx: Queue };
  readonly guest: { readonly rx: Queue; readonly tx: Queue };
}

export class VirtioLink {
  private readonly context: DeviceContext;
  private host: Side<VhostVdev> | undefined;
  private guest: Side<VirtioUserVdev> | undefined;
  private pairs: PairQueues[] = [];

  constructor(context: DeviceContext) {
    this.context = context;
  }

  attachHost(port: number, vdev: VhostVdev): void {
    this.host = { port, vdev };
  }

  attachGuest(port: number, vdev: VirtioUserVdev): void {
    this.guest = { port, vdev };
    this.onChange();
  }

  /** Called when the other side came or went. */
  onChange: () => void = () => {};

  detachHost(): void {
    this.host = undefined;
    this.pairs = [];
  }

  detachGuest(): void {
    this.guest = undefined;
    this.pairs = [];
    this.onChange();
  }

  get hasHost(): boolean {
    return this.host !== undefined;
  }

  get connected(): boolean {
    return this.host !== undefined && this.guest !== undefined;
  }

  /** Queue pairs that both sides have. */
  get queuePairs(): number {
    return Math.min(this.host?.vdev.queues ?? 0, this.guest?.vdev.queues ?? 0);
  }

  /** The host's queues of pair `number`; without a peer, ones that do nothing. */
  hostQueues(number: number, pool: number): PairQueues["host"] {
    if (this.connected && number < this.queuePairs) return this.pair(number, pool).host;
    const port = this.host?.port ?? 0;
    const { rx, tx } = this.context.machine.addRing(1, [port, number], [port, number], pool);
    return { rx, tx };
  }

  guestQueues(number: number, pool: number): PairQueues["guest"] {
    return this.pair(number, pool).guest;
  }

  private pair(number: number, pool: number): PairQueues {
    const { machine, window, mainLcore } = this.context;
    const { host, guest } = this;
    if (host === undefined || guest === undefined) throw new Error("virtio link: found one side, expected both");
    while (this.pairs.length <= number) {
      const ring: RingOptions = {
        size: guest.vdev.queueSize || QUEUE_SIZE,
        headerBytes: HEADER_BYTES,
        mergeable: guest.vdev.mrgRxbuf,
      };
      const at = this.pairs.length;
      const hostSide = { port: host.port, number: at, pool };
      const guestSide = { port: guest.port, number: at, pool, window, lcore: mainLcore };
      const down = machine.addVirtqueue(true, ring, hostSide, guestSide);
      const up = machine.addVirtqueue(false, ring, hostSide, guestSide);
      this.pairs.push({ host: { rx: up.host, tx: down.host }, guest: { rx: down.guest, tx: up.guest } });
    }
    return this.pairs[number]!;
  }
}

/** The links of a process, by path. */
export class VirtioLinks {
  private readonly context: DeviceContext;
  private readonly links = new Map<string, VirtioLink>();

  constructor(context: DeviceContext) {
    this.context = context;
  }

  at(path: string): VirtioLink {
    let link = this.links.get(path);
    if (link === undefined) {
      link = new VirtioLink(this.context);
      this.links.set(path, link);
    }
    return link;
  }
}
