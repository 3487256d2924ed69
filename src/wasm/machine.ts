// machine - builds what a run needs in linear memory, one call a thing: pools, ports, rings, streams, lcores. It keeps the list of
// what it built, so that counters and the audit find everything. No offset of an engine struct is known here.
import { CLASS_COUNT } from "../../assembly/abi/classes.ts";
import { COUNTER_COUNT } from "../../assembly/abi/counters.ts";
import { MBUF_DATA_ROOM, MBUF_HEADROOM, PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { PORT_NIC, PORT_NULL, PORT_PCAP, PORT_RING, PORT_VHOST, PORT_VIRTIO } from "../../assembly/abi/ports.ts";
import * as sizes from "../../assembly/abi/sizes.ts";
import * as stages from "../../assembly/abi/stages.ts";
import * as status from "../../assembly/abi/status.ts";
import { UsageError } from "../errors.ts";
import { Arena } from "./arena.ts";
import { auditLedger, type Ledger, type QueueCounters, readCounters, sumLedger } from "./counters.ts";
import type { Engine } from "./engine.ts";
import { Forwarding } from "./forwarding.ts";
import { type GuestWindow, makeWindow, WINDOW_SLACK } from "./guest-window.ts";
import type { Queue, RingAgreement, RingOptions, StreamOptions } from "./parts.ts";
import {
  fillRx,
  type GuestEnd,
  makeVirtqueue,
  type RingEnd,
  ringWindowBytes,
  VHOST_STAGES,
  VIRTIO_STAGES,
} from "./virtqueue.ts";

export type { GuestWindow } from "./guest-window.ts";
export type { Queue, RingOptions, StreamOptions } from "./parts.ts";

export class Machine {
  readonly engine: Engine;
  readonly arena: Arena;
  readonly lcores: number[] = [];
  readonly queues: Queue[] = [];
  readonly streams: number[] = [];
  readonly pools: { address: number; size: number }[] = [];
  /** What streams share. */
  readonly forwarding: Forwarding;
  private readonly drivers: number[] = [];
  private readonly holders: (() => number)[] = [];
  private readonly profile: number;
  private readonly scratch: number;

  constructor(engine: Engine, memory: WebAssembly.Memory) {
    this.engine = engine;
    this.arena = new Arena(memory);
    this.profile = this.arena.allocate(stages.STAGE_COUNT * stages.STAGE_BYTES, "cost profile");
    this.scratch = this.arena.allocate(64, "scratch");
    this.forwarding = new Forwarding(engine, this.arena);
  }

  /** Writes the cost profile: picoseconds (poll, burst, packet, byte) a stage, by stage id. Without it every stage is free. */
  setProfile(costs: readonly (readonly [number, number, number, number])[]): void {
    this.arena.u32(this.profile, stages.STAGE_COUNT * 4).set(costs.flat());
  }

  /** @param virtual time by cost profile, publications held back to the poll's end */
  addLcore(virtual: boolean, streamCapacity: number, traceCapacity: number): number {
    const { engine, arena } = this;
    const at = arena.allocate(engine.lcoreBytes(streamCapacity, traceCapacity) >>> 0, "an lcore");
    engine.lcoreInit(at, this.lcores.length, virtual ? 1 : 0, this.profile, streamCapacity, traceCapacity);
    this.lcores.push(at);
    return at;
  }

  /** A guest's window for `size` bytes of rings and buffers. */
  addWindow(size: number): GuestWindow {
    return makeWindow(this.engine, this.arena, size);
  }

  static readonly bufferBytes: number = MBUF_HEADROOM + MBUF_DATA_ROOM;

  /**
   * A mempool of `size` mbufs with a cache an lcore. lcores: how many the run will have. window: where the buffers go.
   * bufferBytes: headroom and data room of each
   */
  addPool(
    size: number,
    cache: number,
    lcores: number,
    window?: GuestWindow,
    bufferBytes: number = Machine.bufferBytes,
  ): number {
    const { engine, arena } = this;
    const bytes = size * bufferBytes;
    const buffers = window
      ? window.allocate(bytes, "mbuf buffers")
      : arena.allocate(bytes + WINDOW_SLACK, "mbuf buffers", PAGE_BYTES);
    const at = arena.allocate(engine.mempoolBytes(size, cache, lcores) >>> 0, "a mempool");
    const result = engine.mempoolInit(at, size, cache, lcores, buffers, bufferBytes, bufferBytes);
    if (result !== status.STATUS_OK) {
      throw new UsageError(`mempool: found ${size} mbufs, expected at least 1.5 x its cache of ${cache}`);
    }
    this.pools.push({ address: at, size });
    return at;
  }

  private addQueue(
    kind: number,
    direction: "rx" | "tx",
    port: number,
    number: number,
    stage: number,
    state: number,
    pool: number,
  ): Queue {
    const { engine, arena } = this;
    const counters = arena.allocate(COUNTER_COUNT * 8, "counters");
    const address = arena.allocate(sizes.PORT_QUEUE_BYTES, "a queue");
    engine.portQueueInit(address, kind, port, number, stage, state, counters, pool);
    const queue: Queue = { address, state, port, number, direction, counters: arena.u64(counters, COUNTER_COUNT) };
    this.queues.push(queue);
    return queue;
  }

  /** An ingress index for NICs and pcap ports. trace: numbers of the packets to trace, inclusive */
  addIngress(paced: boolean, waits: boolean, trace: readonly [number, number] | undefined): number {
    const at = this.arena.allocate(sizes.INGRESS_SOURCE_BYTES, "an ingress source");
    const [first, last] = trace ?? [1, 0];
    this.engine.ingressSourceInit(at, paced ? 1 : 0, waits ? 1 : 0, first, last);
    return at;
  }

  /** An egress: buffer bytes and packets until a slice stops, and slack for one more burst. kept false: packets are only counted */
  addEgress(
    kept: boolean,
    bytes: number,
    packets: number,
    slackBytes: number,
    slackPackets: number,
  ): { at: number; buffer: number; times: number } {
    const { engine, arena } = this;
    const at = arena.allocate(sizes.EGRESS_BYTES, "an egress");
    const buffer = kept ? arena.allocate(bytes + slackBytes, "egress packets") : 0;
    const times = kept ? arena.allocate((packets + slackPackets) * 8, "egress times") : 0;
    engine.egressInit(at, buffer, bytes, times, packets);
    return { at, buffer, times };
  }

  addNicRx(port: number, number: number, depth: number, pool: number, source: number, target: number): Queue {
    const state = this.arena.allocate(sizes.NIC_RX_BYTES, "a NIC rx queue");
    this.engine.nicRxInit(state, source, target, number, depth, this.arena.allocate(depth * 8, "a NIC rx queue"));
    return this.addQueue(PORT_NIC, "rx", port, number, stages.STAGE_NIC_RX, state, pool);
  }

  /** A NIC rx queue that generates frames of one length: the bench's source. template: at least 64 bytes */
  addNicGenerator(
    port: number,
    number: number,
    pool: number,
    template: Uint8Array,
    length: number,
    frames: bigint,
  ): Queue {
    const state = this.arena.allocate(sizes.NIC_RX_BYTES, "a NIC rx queue");
    const source = this.addIngress(false, true, undefined);
    this.engine.nicRxInit(state, source, port, number, 1, this.arena.allocate(64, "a NIC rx queue"));
    const at = this.arena.allocate(sizes.TEMPLATE_BYTES, "a template");
    this.arena.bytes.set(template.subarray(0, 64), at);
    this.engine.nicRxGenerate(state, at, length, frames);
    return this.addQueue(PORT_NIC, "rx", port, number, stages.STAGE_NIC_RX, state, pool);
  }

  addNicTxPort(psPerByte: number): number {
    const at = this.arena.allocate(sizes.NIC_TX_PORT_BYTES, "a NIC");
    this.engine.nicTxPortInit(at, psPerByte);
    return at;
  }

  addNicTx(port: number, number: number, depth: number, txPort: number, egress: number): Queue {
    const state = this.arena.allocate(sizes.NIC_TX_BYTES, "a NIC tx queue");
    this.engine.nicTxInit(state, txPort, depth, this.arena.allocate(depth * 8, "a NIC tx queue"), egress);
    return this.addQueue(PORT_NIC, "tx", port, number, stages.STAGE_NIC_TX, state, 0);
  }

  addPcapRx(port: number, number: number, pool: number, source: number, target: number): Queue {
    const state = this.arena.allocate(sizes.PCAP_QUEUE_BYTES, "a pcap queue");
    this.engine.pcapQueueInit(state, source, target, number, 0);
    return this.addQueue(PORT_PCAP, "rx", port, number, stages.STAGE_PCAP_RX, state, pool);
  }

  addPcapTx(port: number, number: number, egress: number): Queue {
    const state = this.arena.allocate(sizes.PCAP_QUEUE_BYTES, "a pcap queue");
    this.engine.pcapQueueInit(state, 0, 0, number, egress);
    return this.addQueue(PORT_PCAP, "tx", port, number, stages.STAGE_PCAP_TX, state, 0);
  }

  addNullRx(port: number, number: number, pool: number, length: number, frames: bigint): Queue {
    const state = this.arena.allocate(sizes.NULL_QUEUE_BYTES, "a null queue");
    this.engine.nullQueueInit(state, length, frames);
    return this.addQueue(PORT_NULL, "rx", port, number, stages.STAGE_NULL_RX, state, pool);
  }

  addNullTx(port: number, number: number): Queue {
    const state = this.arena.allocate(sizes.NULL_QUEUE_BYTES, "a null queue");
    return this.addQueue(PORT_NULL, "tx", port, number, stages.STAGE_NULL_TX, state, 0);
  }

  /** An rte_ring between two ports (or from a port to itself): its tx queue and the rx queue that reads it. pool: for engines that generate */
  addRing(
    size: number,
    producer: [port: number, number: number],
    consumer: [port: number, number: number],
    pool = 0,
  ): { tx: Queue; rx: Queue } {
    const state = this.arena.allocate(this.engine.portRingBytes(size) >>> 0, "a ring");
    this.check(this.engine.portRingInit(state, size), `ring size: found ${size}, expected a power of two up to 32768`);
    return {
      tx: this.addQueue(PORT_RING, "tx", producer[0], producer[1], stages.STAGE_RING_TX, state, 0),
      rx: this.addQueue(PORT_RING, "rx", consumer[0], consumer[1], stages.STAGE_RING_RX, state, pool),
    };
  }

  /** Has a queue's packets counted by destination and size. @returns the counters, CLASS_* */
  countClasses(queue: Queue): BigUint64Array {
    const at = this.arena.allocate(CLASS_COUNT * 8, "counters by size");
    this.engine.portQueueClasses(queue.address, at);
    return this.arena.u64(at, CLASS_COUNT);
  }

  /** Has a queue's packets copied into an egress of pcap records (assembly/port/tap); 0: no more */
  tap(queue: Queue, egress: number): void {
    this.engine.portQueueTap(queue.address, egress);
  }

  /** Bytes of a guest's window that one virtqueue takes. */
  ringWindowBytes(size: number, ring: RingAgreement = {}): number {
    return ringWindowBytes(this.engine, size, ring);
  }

  /**
   * One virtqueue with both its sides, as queues of their ports. towardsGuest: the guest's rx ring (host tx -> guest rx), else its tx
   * ring. Pools: where the device side takes mbufs for what it dequeues; what the driver posts on an rx ring
   */
  addVirtqueue(
    towardsGuest: boolean,
    ring: RingOptions,
    host: RingEnd,
    guest: GuestEnd,
  ): { host: Queue; guest: Queue } {
    const { device, driver } = this.layVirtqueue(towardsGuest, ring, host, guest);
    const [down, up] = towardsGuest ? (["tx", "rx"] as const) : (["rx", "tx"] as const);
    const poolOf = (end: RingEnd, direction: "rx" | "tx"): number => (direction === "rx" ? end.pool : 0);
    const { port, number } = host;
    return {
      host: this.addQueue(PORT_VHOST, down, port, number, VHOST_STAGES[down], device, poolOf(host, down)),
      guest: this.addQueue(PORT_VIRTIO, up, guest.port, guest.number, VIRTIO_STAGES[up], driver, poolOf(guest, up)),
    };
  }

  /** The same, without queues: linear addresses of both sides' state. */
  layVirtqueue(
    towardsGuest: boolean,
    ring: RingOptions,
    host: RingEnd,
    guest: GuestEnd,
  ): { readonly device: number; readonly driver: number } {
    const { device, driver } = makeVirtqueue(this.engine, this.arena, ring, host, guest);
    this.addDriver(driver);
    if (towardsGuest) fillRx(this.engine, driver, guest.lcore, ring);
    return { device, driver };
  }

  /** Takes a driver side's mbufs into account. */
  addDriver(driver: number): void {
    this.drivers.push(driver);
  }

  /** Takes packets into account that wait in something else than queues and streams. held: how many */
  addHolder(held: () => number): void {
    this.holders.push(held);
  }

  /** A stream on an lcore's poll list, with the settings that streams share as they are now. @returns its address */
  addStream(lcore: number, options: StreamOptions): number {
    const at = this.arena.allocate(this.engine.streamBytes() >>> 0, "a stream");
    this.makeStream(at, options);
    this.check(this.engine.lcoreAddStream(lcore, at), "poll list: found it full, expected room");
    this.streams.push(at);
    return at;
  }

  /** Makes a stream anew at the place of another, which is on no lcore's poll list and holds no packets. */
  makeStream(at: number, options: StreamOptions): void {
    const o = options;
    this.check(
      this.engine.streamInit(
        at,
        o.engine,
        o.rx.address,
        o.tx.address,
        o.burst,
        o.peerMac,
        o.sourceMac,
        o.retryNum,
        o.retryDelayPs,
        o.waits ? 1 : 0,
        o.txFirst,
      ),
      `burst: found ${o.burst}, expected 1 to 512`,
    );
    this.forwarding.configureStream(at, o.rx.port, o.tx.port, o.ealLcore);
  }

  /** Puts a stream that was made by hand on an lcore's poll list. */
  putStream(lcore: number, at: number): void {
    this.check(this.engine.lcoreAddStream(lcore, at), "poll list: found it full, expected room");
    if (!this.streams.includes(at)) this.streams.push(at);
  }

  private check(result: number, words: string): void {
    if (result !== status.STATUS_OK) throw new UsageError(words);
  }

  /** Each queue's counters as of now. */
  readQueues(): { queue: Queue; counters: QueueCounters }[] {
    return this.queues.map((queue) => ({ queue, counters: readCounters(queue.counters) }));
  }

  /** Adds up where every packet is; audited. @throws RunError when one is missing */
  ledger(): Ledger {
    const { engine } = this;
    let queued = this.forwarding.queued();
    for (const q of this.queues) if (q.direction === "rx") queued += engine.portRxWaiting(q.address) >>> 0;
    for (const s of this.streams) queued += engine.streamQueued(s) >>> 0;
    for (const held of this.holders) queued += held();
    const ledger = sumLedger(
      this.queues.map((q) => readCounters(q.counters)),
      queued,
    );
    auditLedger(ledger);
    return ledger;
  }

  /** mbufs that neither a pool nor a ring holds: 0 when no burst waits and no port ring is filled. */
  mbufsAway(): number {
    const { engine } = this;
    let away = 0;
    for (const pool of this.pools) away += pool.size - (engine.mempoolAvailable(pool.address) >>> 0);
    for (const driver of this.drivers) away -= engine.driverHeld(driver) >>> 0;
    return away;
  }

  /** An lcore's polls, empty polls, busy ps and clock ps. */
  usage(lcore: number): { polls: number; emptyPolls: number; busyPs: bigint; clockPs: bigint } {
    this.engine.lcoreUsage(lcore, this.scratch);
    const [polls = 0n, emptyPolls = 0n, busyPs = 0n, clockPs = 0n] = this.arena.u64(this.scratch, 4).slice();
    return { polls: Number(polls), emptyPolls: Number(emptyPolls), busyPs, clockPs };
  }
}
