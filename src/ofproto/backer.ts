// backer - several bridges over one datapath (struct dpif_backer of OVS 3.1): which bridge and OpenFlow port a datapath port is, recirculation
// ids, meters' numbers, and upcalls. Time is the caller's, in milliseconds.
import { FLOW_IN_PORT, FLOW_RECIRC_ID, FLOW_TCP_FLAGS } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import type { Flow } from "../openflow/flow.ts";
import { OFPM13_ALL } from "../openflow/meter.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { Bridge } from "./bridge.ts";
import type { MeterSettings, MeterStatistics } from "./meter.ts";
import { Ofproto, type OfprotoOptions } from "./ofproto.ts";
import type { OfprotoHost } from "./ofproto-host.ts";
import type { Port } from "./port.ts";
import { RecircIds } from "./recirc.ts";
import { type DatapathFlows, type Retranslation, Revalidator, type Translator } from "./revalidator.ts";
import type { Credited, PushedStats } from "./stats.ts";
import { makeContext, xlate } from "./xlate.ts";
import type { Network, XlateContext, XlateWishes } from "./xlate-context.ts";
import type { TraceNode } from "./xlate-trace.ts";

/** What the datapath shall do with a packet, and with those like it. One object, used again by the next upcall. */
export interface UpcallResult {
  /** false: the port is of no bridge (yet): the upcall failed */
  readonly known: boolean;
  /** For this packet. */
  readonly actions: readonly DatapathAction[];
  /** For the megaflow: the same, or no more than "give it to ofproto" when the datapath cannot do all of them. */
  readonly putActions: readonly DatapathAction[];
  /** Bits of the packet's flow that were looked at: the megaflow's mask. */
  readonly wildcards: Flow;
  /** A megaflow shall be installed, known by this number from now on. */
  readonly cacheable: boolean;
  readonly id: number;
}

/** Where meters are: each call is answered by the datapath. */
export interface DatapathMeters {
  set(id: number, settings: MeterSettings): void;
  remove(id: number): void;
  read(id: number): MeterStatistics;
}

interface Attached {
  readonly bridge: Bridge;
  readonly port: Port;
}

interface Entrance {
  readonly bridge: Bridge;
  readonly inPort: OfPort;
}

const SLOW_PATH: readonly DatapathAction[] = [
  { type: "userspace", text: "userspace(pid=0,slow_path(action))", reason: "slow_path" },
];
const NO_METERS: DatapathMeters = {
  set: () => undefined,
  remove: () => undefined,
  read: () => ({ packetsIn: 0, bytesIn: 0, bands: [] }),
};

export class Backer implements OfprotoHost, Network, Translator {
  nowMs = 0;
  readonly recircs = new RecircIds();
  readonly revalidator: Revalidator;
  private readonly meters: DatapathMeters;
  private readonly meterIds = new Set<number>();
  private readonly ofprotos = new Map<string, Ofproto>();
  private readonly attached = new Map<number, Attached>();
  private readonly context: XlateContext;
  private readonly stats = { packets: 1, bytes: 0, usedMs: 0, tcpFlags: 0 };
  private readonly wishes: { -readonly [K in keyof XlateWishes]: XlateWishes[K] } = {
    sideEffects: true,
    stats: this.stats,
    cache: undefined,
    tcpFlags: 0,
    trace: undefined,
  };
  private readonly entrance: { bridge: Bridge | undefined; inPort: OfPort } = { bridge: undefined, inPort: 0 };
  private readonly result: { -readonly [K in keyof UpcallResult]: UpcallResult[K] };

  constructor(meters: DatapathMeters = NO_METERS) {
    this.meters = meters;
    this.context = makeContext(this);
    this.revalidator = new Revalidator(this);
    const { wildcards } = this.context;
    this.result = { known: false, actions: [], putActions: [], wildcards, cacheable: false, id: 0 };
  }

  addBridge(options: OfprotoOptions): Ofproto {
    if (this.ofprotos.has(options.name)) throw new UsageError(`bridge: found ${options.name} twice`);
    const ofproto = new Ofproto(this, options);
    this.ofprotos.set(options.name, ofproto);
    return ofproto;
  }

  removeBridge(name: string): void {
    const ofproto = this.ofprotos.get(name);
    if (ofproto === undefined) return;
    ofproto.meterMod({ command: "delete", meterId: OFPM13_ALL });
    for (const number of [...ofproto.bridge.ports.keys()]) ofproto.removePort(number);
    this.ofprotos.delete(name);
    this.changed();
  }

  bridge(name: string): Ofproto | undefined {
    return this.ofprotos.get(name);
  }

  get bridges(): readonly Ofproto[] {
    return [...this.ofprotos.values()];
  }

  /** Translates a packet that no megaflow is for. flow.in_port is the datapath's port number; packet: the frame; trace: gets the way */
  upcall(flow: Flow, packet: Uint8Array, nowMs: number, trace?: TraceNode[]): UpcallResult {
    this.nowMs = nowMs;
    const { stats, wishes, result, context } = this;
    wishes.trace = trace;
    wishes.packet = packet;
    stats.bytes = packet.length;
    stats.usedMs = nowMs;
    stats.tcpFlags = wishes.tcpFlags = flow.be16(FLOW_TCP_FLAGS);
    const { revision } = this.revalidator;
    if (!this.translate(flow, wishes)) return result;
    const recirc = flow.u32(FLOW_RECIRC_ID);
    result.cacheable = this.revalidator.hasRoom && (recirc === 0 || this.recircs.reference(recirc));
    if (result.cacheable)
      result.id = this.revalidator.expect(
        result.putActions,
        recirc === 0 ? context.recircs : [...context.recircs, recirc],
        revision,
      );
    else this.releaseRecircs(context.recircs);
    return result;
  }

  /** Translates a packet of a megaflow whose action is the slow path; it was counted already. */
  slowPath(flow: Flow, packet: Uint8Array, nowMs: number): UpcallResult {
    this.nowMs = nowMs;
    const tcpFlags = flow.be16(FLOW_TCP_FLAGS);
    if (!this.translate(flow, { ...this.wishes, stats: undefined, tcpFlags, packet })) return this.result;
    this.result.cacheable = false;
    this.releaseRecircs(this.context.recircs);
    return this.result;
  }

  private translate(flow: Flow, wishes: XlateWishes): boolean {
    const { context, result } = this;
    result.known = this.enter(flow);
    result.cacheable = false;
    if (!result.known) return false;
    const { bridge, inPort } = this.entrance as Entrance;
    xlate(context, bridge, flow, inPort, wishes);
    result.actions = context.actions;
    result.putActions = context.isSlow ? SLOW_PATH : context.actions;
    return true;
  }

  /** Which bridge a packet is of, and by which of its ports it comes. @returns false: nobody's */
  private enter(flow: Flow): boolean {
    const { entrance } = this;
    const recirc = flow.u32(FLOW_RECIRC_ID);
    const state = recirc === 0 ? undefined : this.recircs.find(recirc);
    if (recirc !== 0 && state === undefined) return false;
    const port = state?.port;
    const attached =
      port?.odpPort === undefined ? this.attached.get(flow.u32(FLOW_IN_PORT)) : this.attached.get(port.odpPort);
    if (attached === undefined) return false;
    entrance.bridge = attached.bridge;
    entrance.inPort = attached.port.number;
    return true;
  }

  /** Where a packet of the datapath comes in, for a trace; an error is in ofproto/trace's words. */
  lookup(flow: Flow): { readonly ofproto: Ofproto; readonly inPort: OfPort } | { readonly error: string } {
    const recirc = flow.u32(FLOW_RECIRC_ID);
    if (recirc !== 0 && this.recircs.find(recirc) === undefined)
      return { error: `no recirculation data for recirc_id 0x${recirc.toString(16)}` };
    if (!this.enter(flow)) return { error: `no OpenFlow port for datapath port ${flow.u32(FLOW_IN_PORT)}` };
    const { bridge, inPort } = this.entrance as Entrance;
    return { ofproto: this.ofprotos.get(bridge.name)!, inPort };
  }

  /** Of a datapath port. */
  portName(odpPort: number): string | undefined {
    return this.attached.get(odpPort)?.port.name;
  }

  /** Timeouts, ageing and revalidation that are due. tookMs: what dumping that many flows takes */
  run(nowMs: number, flows: DatapathFlows, tookMs?: (flows: number) => number): void {
    this.nowMs = nowMs;
    for (const ofproto of this.ofprotos.values()) ofproto.run();
    this.revalidator.run(flows, tookMs);
    this.recircs.run(nowMs);
  }

  // for bridges

  attach(bridge: Bridge, port: Port): void {
    if (port.odpPort !== undefined) this.attached.set(port.odpPort, { bridge, port });
  }

  detach(port: Port): void {
    if (port.odpPort !== undefined) this.attached.delete(port.odpPort);
  }

  changed(): void {
    this.revalidator.changed();
  }

  setMeter(known: number | undefined, settings: MeterSettings): number {
    let id = known ?? 0;
    if (known === undefined) while (this.meterIds.has(id)) id++;
    this.meters.set(id, settings);
    this.meterIds.add(id);
    return id;
  }

  removeMeter(id: number): void {
    this.meters.remove(id);
    this.meterIds.delete(id);
  }

  readMeter(id: number): MeterStatistics {
    return this.meters.read(id);
  }

  // for translations

  peer(bridge: Bridge, port: Port): { readonly bridge: Bridge; readonly port: Port } | undefined {
    for (const { bridge: other } of this.ofprotos.values())
      for (const candidate of other.ports.values())
        if (candidate.name === port.peer && candidate.peer === port.name && (other !== bridge || candidate !== port))
          return { bridge: other, port: candidate };
    return undefined;
  }

  // for revalidators

  retranslate(
    key: Flow,
    stats: PushedStats | undefined,
    cache: Credited[] | undefined,
    tcpFlags: number,
  ): Retranslation | undefined {
    if (!this.translate(key, { sideEffects: stats !== undefined, stats, cache, tcpFlags, trace: undefined }))
      return undefined;
    const { wildcards, recircs, avoidCaching, error } = this.context;
    if (error !== undefined) {
      this.releaseRecircs(recircs);
      return undefined;
    }
    return { actions: this.result.putActions, wildcards, recircs, avoidCaching };
  }

  roundDone(): void {
    for (const ofproto of this.ofprotos.values()) ofproto.runWithFreshStatistics();
  }

  releaseRecircs(ids: readonly number[]): void {
    if (ids.length > 0) this.recircs.release(ids, this.nowMs);
  }
}
