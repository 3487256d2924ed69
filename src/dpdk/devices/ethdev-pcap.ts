// ethdev-pcap - net_pcap: rx reads captures, tx writes them. Follows drivers/net/pcap of 22.11: files are opened at probe, closed at
// stop and opened again (and truncated) at the next start; a queue without a file receives nothing, or drops what it counts as sent.
// Not modelled: network interfaces (rx_iface, tx_iface, iface), phy_mac.
import { PCAP_QUEUE_BYTES } from "../../../assembly/abi/sizes.ts";
import type { HostInput } from "../../capture/input.ts";
import { UsageError } from "../../errors.ts";
import { LOG_ERR } from "../eal/eal-log.ts";
import type { ExecutorFile } from "../executor.ts";
import { type DevInfo, type EthStats, type Link, PLAIN_INFO, SOFTWARE_LINK } from "./dev-info.ts";
import { type DeviceContext, type DeviceFile, FileError, ProbeError } from "./device-context.ts";
import { Ethdev, type QueueSetup, type RefusedQueues } from "./ethdev.ts";
import { PcapInput } from "./pcap-input.ts";
import { addPcapEgress, type PcapEgress, pcapFile, writePcapHeader } from "./pcap-output.ts";
import {
  logPcapInputFailed,
  logPcapInterfaceFailed,
  logPcapOutputFailed,
  type PcapVdev,
  pcapHeaderFault,
} from "./vdev-pcap.ts";

const FOREVER = 0xffff_ffff_ffff_ffffn;

interface RxSide {
  readonly path: string | undefined;
  readonly input: PcapInput;
  readonly source: number;
  open: HostInput | undefined;
}

interface TxSide {
  readonly path: string | undefined;
  egress: PcapEgress | undefined;
  file: DeviceFile | undefined;
}

export class PcapEthdev extends Ethdev {
  readonly driver = "net_pcap";
  readonly info: DevInfo;
  private readonly context: DeviceContext;
  private readonly infinite: boolean;
  private readonly rx: RxSide[];
  private readonly tx: TxSide[];
  /** What --infinite_rx keeps in its ring. */
  private held = 0;
  private pool = 0;
  /** Reads that failed where a capture was cut, before the last start, and until the statistics were last cleared. */
  private cutsBefore = 0;
  private cutsCleared = 0;

  /** @throws ProbeError when a file cannot be opened */
  constructor(context: DeviceContext, id: number, vdev: PcapVdev, instance: number) {
    super(id, vdev.name, vdev.devargs, 0x70_6163_7002n | (BigInt(instance & 0xff) << 40n));
    const { machine } = context;
    this.context = context;
    this.infinite = vdev.infiniteRx;
    this.info = { ...PLAIN_INFO, maxRxQueues: vdev.rx.length, maxTxQueues: vdev.tx.length };
    for (const { type, path } of [...vdev.rx, ...vdev.tx]) {
      if (!type.endsWith("iface") && type !== "rx_iface_in") continue;
      logPcapInterfaceFailed(context.log, path, "network interfaces are not modelled");
      throw new ProbeError();
    }
    this.rx = vdev.rx.map(({ type, path }) => ({
      path: type === "rx_pcap" ? path : undefined,
      input: new PcapInput(machine),
      source: machine.addIngress(false, false, undefined),
      open: undefined,
    }));
    this.tx = vdev.tx.map(({ type, path }) => ({
      path: type === "tx_pcap" ? path : undefined,
      egress: undefined,
      file: undefined,
    }));
    if (this.openFiles() !== 0) throw new ProbeError();
  }

  override get startsQueues(): boolean {
    return true;
  }

  override get hasSocket(): boolean {
    return false;
  }

  link(): Link {
    return { ...SOFTWARE_LINK, up: this.started };
  }

  /** The file that tx queue `queue` fills, and the egress that does; undefined: none. */
  override output(queue: number): ExecutorFile | undefined {
    const { egress, file } = this.tx[queue] ?? {};
    if (file === undefined || egress === undefined) return undefined;
    return pcapFile(egress, file);
  }

  /** When packet `number` of rx queue `queue` was captured, nanoseconds since 1970; undefined: not one of its packets. */
  capturedNs(queue: number, number: number): bigint | undefined {
    const { input } = this.rx[queue] ?? {};
    if (input === undefined || input.count === 0) return undefined;
    const time = this.context.machine.arena.u64(input.first + (number % input.count) * 24 + 8, 1);
    return time[0];
  }

  override get endless(): boolean {
    return this.infinite && this.rx.some(({ input }) => input.count > 0);
  }

  override get hasInput(): boolean {
    const { engine } = this.context.machine;
    return !this.infinite && this.started && this.rxQueues.some((queue) => !engine.pcapRxAtEnd(queue.address));
  }

  private openFiles(): number {
    for (const [queue, side] of this.rx.entries()) {
      if (side.path === undefined || side.open !== undefined) continue;
      const why = this.openInput(side, side.path, queue);
      if (why === undefined) continue;
      logPcapInputFailed(this.context.log, side.path, why);
      return -1;
    }
    for (const side of this.tx) {
      if (side.path === undefined || side.file !== undefined) continue;
      try {
        side.file = this.context.files.create(side.path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        logPcapOutputFailed(this.context.log, side.path);
        return -1;
      }
      writePcapHeader(side.file);
    }
    return 0;
  }

  /** Reads a capture. @returns why it could not be, as libpcap says it */
  private openInput(side: RxSide, path: string, queue: number): string | undefined {
    try {
      side.open = this.context.files.openInput(path);
      side.input.load(side.open);
      const fault = pcapHeaderFault(side.input.header);
      if (fault === undefined) side.input.find(side.open, queue, this.context.epochNs);
      return fault;
    } catch (error) {
      if (error instanceof FileError) return `${path}: ${error.message}`;
      if (error instanceof UsageError) return error.message;
      throw error;
    }
  }

  protected setup(queues: QueueSetup, pool: number): RefusedQueues {
    const { machine, epochNs } = this.context;
    this.rxQueues = this.grow(this.rxQueues, queues.rxq, (q) =>
      machine.addPcapRx(this.id, q, pool, this.rx[q]!.source, 0),
    );
    this.txQueues = this.grow(this.txQueues, queues.txq, (q) => {
      const side = this.tx[q]!;
      const kept = side.path !== undefined;
      const egress = addPcapEgress(machine, epochNs, kept);
      if (kept) side.egress = egress;
      return machine.addPcapTx(this.id, q, egress.at);
    });
    this.pool = pool;
    return this.infinite ? this.fillRings() : undefined;
  }

  /** infinite_rx keeps every packet in an mbuf of its own, and receives copies of them. */
  private fillRings(): RefusedQueues {
    const { machine, mainLcore, log } = this.context;
    for (const { input } of this.rx.slice(0, this.rxQueues.length)) {
      const refuse = (why: string): "rx" => {
        log.log("pmd.net.pcap", LOG_ERR, `eth_rx_queue_setup(): ${why}\n`);
        return "rx";
      };
      if (input.longest > 2048) return refuse("Multiseg mbufs are not supported in infinite_rx mode.");
      const handles = machine.arena.allocate(Math.max(input.count, 1) * 4, "an infinite capture's mbufs");
      for (let i = 0; i < input.count; i++) {
        if (machine.engine.mempoolGet(mainLcore, this.pool, handles + i * 4, 1)) continue;
        machine.engine.mbufFreeBurst(mainLcore, handles, i);
        const why = "Not enough mbufs to accommodate packets in pcap file.";
        return refuse(`${why} At least ${input.count} mbufs per queue is required.`);
      }
      this.held += input.count;
    }
    return undefined;
  }

  override start(): number {
    if (this.openFiles() !== 0) return -1;
    const { engine, arena } = this.context.machine;
    for (const [q, queue] of this.rxQueues.entries()) {
      const { input, source } = this.rx[q]!;
      engine.ingressSourceFeed(source, input.first, input.count, 0, this.infinite ? FOREVER : 1n, 0n);
      arena.bytes.fill(0, queue.state, queue.state + PCAP_QUEUE_BYTES);
      engine.pcapQueueInit(queue.state, source, 0, q, 0);
    }
    return super.start();
  }

  /** Reading a capture that is cut fails once, behind its last whole packet: an error of the port, not of the queue. */
  private cuts(): number {
    if (!this.started || this.infinite) return this.cutsBefore;
    const { engine } = this.context.machine;
    const failed = this.rxQueues.filter(({ address }, q) => this.rx[q]!.input.isCut && engine.pcapRxAtEnd(address));
    return this.cutsBefore + failed.length;
  }

  override stats(): EthStats {
    const stats = super.stats();
    return { ...stats, ierrors: stats.ierrors + this.cuts() - this.cutsCleared };
  }

  override resetStats(): number {
    this.cutsCleared = this.cuts();
    return super.resetStats();
  }

  override stop(): number {
    this.cutsBefore = this.cuts();
    for (const side of this.tx) {
      side.file?.close();
      side.file = undefined;
    }
    for (const side of this.rx) {
      side.open?.close();
      side.open = undefined;
    }
    return super.stop();
  }

  override async close(): Promise<void> {
    this.stop();
  }

  /** mbufs that the device keeps. */
  get heldMbufs(): number {
    return this.held;
  }
}
