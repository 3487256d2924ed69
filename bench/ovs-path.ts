// ovs-path - a datapath thread's whole way: a simulated NIC whose capture never ends, lookup, one output, a null port; or to a guest's mac and back
// between the two. One call is one poll of each thread, a burst of 32; every flow has a megaflow of its own.
import { ENGINE_MAC } from "../assembly/abi/engines.ts";
import { FLOW_IN_PORT } from "../assembly/abi/flow.ts";
import * as ingress from "../assembly/abi/ingress.ts";
import { NETDEV_MAX_BURST } from "../assembly/abi/ovs.ts";
import { defaultPeer, guestMac } from "../src/run/mac.ts";
import { frameTemplate } from "../src/run/throughput.ts";
import { Machine } from "../src/wasm/machine.ts";
import { type Decide, OvsDatapath } from "../src/wasm/ovs-datapath.ts";
import { exact, flowBytes } from "../src/wasm/ovs-flow.ts";
import type { OvsRxq } from "../src/wasm/ovs-port.ts";

export type OvsPathLoop =
  /** by: which table knows the packets. */
  | { readonly what: "path"; readonly flows: number; readonly by: "simple" | "emc" | "dpcls" }
  /** NIC, EMC, vhost, a guest's mac, vhost, EMC, port: both threads in turn on one core. */
  | { readonly what: "pvp"; readonly flows: number }
  /** Every packet is a new flow; when the table is full, all are deleted. */
  | { readonly what: "upcall" };

const FRAME_BYTES = 64;
const SOURCE = 26;
const IN = 1;
const OUT = 2;
const TO_GUEST = 3;
const FROM_GUEST = 4;
const RING = { size: 256, headerBytes: 12, mergeable: true, freeThreshold: 224 } as const;
const DEPTH = 1024;
const POOL = 4096;
/** Flows that upcalls install before they are deleted. */
const UPCALL_FLOWS = 8192;
const FOREVER = 1n << 40n;

/** @returns what makes one poll */
export function ovsPath(machine: Machine, loop: OvsPathLoop): () => void {
  const { engine } = machine;
  const lcore = machine.addLcore(false, loop.what === "pvp" ? 2 : 1, 0);
  const datapath = new OvsDatapath(machine, { lcores: 1 });
  const pmd = datapath.addPmd(lcore, { flowLimit: 2 * UPCALL_FLOWS });
  datapath.setEmcInsertInvProb(loop.what === "path" && loop.by === "dpcls" ? 0 : 1);
  const source = machine.addIngress(false, true, undefined);
  feed(machine, source, loop.what === "upcall" ? UPCALL_FLOWS : Math.max(loop.flows, NETDEV_MAX_BURST), flowsOf(loop));
  const pool = machine.addPool(POOL, 256, 1);
  const rx = machine.addNicRx(IN, 0, DEPTH, pool, source, IN);
  // as many tx queues as threads: this one and the main one
  const nullTx = (port: number) => [0, 1].map((number) => machine.addNullTx(port, number));
  const port = datapath.addPort({ number: IN, kind: "dpdk", rx: [rx], tx: nullTx(IN) });
  datapath.addPort({ number: OUT, kind: "dpdk", rx: [], tx: nullTx(OUT) });
  const guest = loop.what === "pvp" ? addGuest(machine, datapath, pool) : undefined;
  pmd.poll([...port.rxqs, ...(guest?.rxqs ?? [])]);
  const decide = loop.what === "pvp" ? throughGuest() : toPort(OUT, loop.what === "path" && loop.by === "simple");
  return () => {
    engine.lcoreRun(lcore, 1, 0n);
    // a poll that was interrupted needs another call, which tells its end
    if (pmd.handleUpcalls(decide) > 0) engine.lcoreRun(lcore, 1, 0n);
    if (guest !== undefined) engine.lcoreRun(guest.lcore, 1, 0n);
    if (loop.what === "upcall" && pmd.flowCount >= UPCALL_FLOWS)
      for (const { flow } of [...pmd.flowStats()]) pmd.deleteFlow(flow);
  };
}

function flowsOf(loop: OvsPathLoop): number {
  return loop.what === "upcall" ? UPCALL_FLOWS : loop.flows;
}

/** A guest's testpmd in mac mode between two vhost ports. */
function addGuest(
  machine: Machine,
  datapath: OvsDatapath,
  pool: number,
): { readonly lcore: number; readonly rxqs: readonly OvsRxq[] } {
  const lcore = machine.addLcore(false, 1, 0);
  const window = machine.addWindow(2 * machine.ringWindowBytes(RING.size) + (POOL + 8) * Machine.bufferBytes);
  const guestPool = machine.addPool(POOL, 256, 1, window);
  const host = (port: number) => ({ port, number: 0, pool });
  const guest = (port: number) => ({ port, number: 0, pool: guestPool, window, lcore });
  const down = machine.addVirtqueue(true, RING, host(TO_GUEST), guest(TO_GUEST + 2));
  const up = machine.addVirtqueue(false, RING, host(FROM_GUEST), guest(FROM_GUEST + 2));
  machine.addStream(lcore, {
    engine: ENGINE_MAC,
    rx: down.guest,
    tx: up.guest,
    burst: NETDEV_MAX_BURST,
    peerMac: defaultPeer(1),
    sourceMac: guestMac(0, 1),
    retryNum: 0,
    retryDelayPs: 0n,
    waits: false,
    txFirst: 0,
  });
  const to = datapath.addPort({ number: TO_GUEST, kind: "vhost", rx: [], tx: [down.host] });
  const from = datapath.addPort({
    number: FROM_GUEST,
    kind: "vhost",
    rx: [up.host],
    tx: [machine.addNullTx(FROM_GUEST, 0)],
  });
  for (const port of [to, from]) port.setConnected(true);
  return { lcore, rxqs: from.rxqs };
}

/** So many frames of so many sources, over and over. */
function feed(machine: Machine, source: number, frames: number, flows: number): void {
  const { arena, engine } = machine;
  const entries = arena.allocate(frames * ingress.INGRESS_BYTES, "an ingress index");
  const data = arena.allocate(frames * FRAME_BYTES, "frames");
  const view = new DataView(arena.bytes.buffer);
  for (let i = 0; i < frames; i++) {
    const entry = entries + i * ingress.INGRESS_BYTES;
    const frame = data + i * FRAME_BYTES;
    arena.bytes.set(frameTemplate(FRAME_BYTES).subarray(0, FRAME_BYTES), frame);
    view.setUint32(frame + SOURCE, 0x0a000000 + (i % flows));
    view.setUint32(entry + ingress.INGRESS_DATA, frame, true);
    view.setUint32(entry + ingress.INGRESS_LENGTH, FRAME_BYTES, true);
    view.setUint16(entry + ingress.INGRESS_PORT, IN, true);
    view.setUint32(entry + ingress.INGRESS_ID, i, true);
  }
  engine.ingressSourceFeed(source, entries, frames, 0, FOREVER, 0n);
}

/** What comes in goes to the guest, what the guest sends goes out. */
function throughGuest(): Decide {
  const [toGuest, out] = [toPort(TO_GUEST, false), toPort(OUT, false)];
  return (upcall) => (upcall.key[FLOW_IN_PORT / 4] === IN ? toGuest : out)(upcall);
}

/** A megaflow that matches no more than it must, or one of the packet's source. */
function toPort(port: number, simple: boolean): Decide {
  const least = { recirc_id: 0xffff_ffff, packet_type: 0xffff_ffff, dl_type: 0xffff, nw_frag: 3, vlan_tci: 0x1fff };
  const mask = new Uint32Array(flowBytes(simple ? least : { ...least, ...exact("nw_src") }).buffer);
  const decision = { actions: [{ type: "output", port }], install: true } as const;
  return (upcall) => {
    upcall.mask.set(mask);
    return decision;
  };
}
