// port - a datapath port (struct dp_netdev_port with its netdev), and what one thread has of it (struct tx_port): a batch that waits to be
// sent, the tx queue it goes to, counters.
// Writers: the port its control, but for policers and the use of tx queues, under their locks; a TxPort its thread.
import { NETDEV_MAX_BURST } from "../abi/ovs";
import { OVS_PORT_COUNTERS, OVS_PORT_SETTINGS, OVS_PORT_KIND, RXQ_COUNTERS } from "../abi/ovs-ports";
import { Policer } from "./policer";

@unmanaged
export class OvsPort {
  /** By OVS_PORT_*: u32 each. */
  kind: u32;
  maxLength: u32;
  retriesMax: u32;
  connected: u32;
  txqMode: u32;
  heap: u32;
  number: u32;
  datapath: u32;
  txqs: u32; // PortQueue
  txqCount: u32;
  txqUsers: u32; // u32[txqCount]: threads that use each, in TXQ_XPS,
  txqLocks: u32; // and u32[txqCount]: who sends
  usersLock: u32;
}

const PORT_STRUCT: u32 = 64;
const POLICER_BYTES: u32 = 64;
/** Both policers stand behind the struct. */
const POLICERS: usize = PORT_STRUCT as usize;
if (offsetof<OvsPort>() > PORT_STRUCT || offsetof<Policer>() > POLICER_BYTES) ERROR();
if (offsetof<OvsPort>("number") != OVS_PORT_SETTINGS << 2 || OVS_PORT_KIND != 0) ERROR();

export function ovsPortBytes(txqs: u32): u32 {
  return PORT_STRUCT + 2 * POLICER_BYTES + 3 * (txqs << 2);
}

/** at: ovsPortBytes, zero. Its tx queues come by ovsPortTxq. */
export function ovsPortInit(at: usize, number: u32, datapath: usize, txqs: u32): void {
  const port = changetype<OvsPort>(at);
  port.number = number;
  port.datapath = datapath as u32;
  port.connected = 1;
  port.maxLength = u32.MAX_VALUE;
  port.txqCount = txqs;
  port.txqs = (at as u32) + PORT_STRUCT + 2 * POLICER_BYTES;
  port.txqUsers = port.txqs + (txqs << 2);
  port.txqLocks = port.txqUsers + (txqs << 2);
}

/** queue: PortQueue */
export function ovsPortTxq(at: usize, index: u32, queue: usize): void {
  store<u32>(changetype<OvsPort>(at).txqs + (index << 2), queue as u32);
}

/** what: OVS_PORT_* */
export function ovsPortSet(at: usize, what: u32, value: u32): void {
  if (what < OVS_PORT_SETTINGS) store<u32>(at + (what << 2), value);
}

/** which: POLICER_* */
export function ovsPortPolicer(at: usize, which: u32): usize {
  return at + POLICERS + which * POLICER_BYTES;
}

@unmanaged
export class TxPort {
  port: u32; // OvsPort
  count: u32; // packets that wait
  pending: u32; // 1: the thread's list of such ports has it
  heap: u32; // 1: they are on OVS's heap
  txq: u32; // TXQ_XPS: the queue, from 1; 0: none yet
  flushAt: u64; // us
  lastUsed: u64; // us
}

const TX_STRUCT: usize = 64;
const ARRAY: usize = (NETDEV_MAX_BURST as usize) << 2;
export const TX_PACKETS: usize = TX_STRUCT;
export const TX_RXQS: usize = TX_PACKETS + ARRAY; // the Rxq that each packet came from
export const TX_QUEUES: usize = TX_RXQS + ARRAY; // TXQ_XPS_HASH: where each goes
const TX_COUNTERS: usize = TX_QUEUES + ARRAY;
export const TX_PORT_BYTES: u32 = (TX_COUNTERS as u32) + (OVS_PORT_COUNTERS << 3);
if (offsetof<TxPort>() > TX_STRUCT) ERROR();

export function txPortBytes(): u32 {
  return TX_PORT_BYTES;
}

/** u64[OVS_PORT_COUNTERS] */
export function txPortCounters(tx: usize): usize {
  return tx + TX_COUNTERS;
}

// @ts-ignore: decorator
@inline
export function txPortCount(tx: usize, counter: u32, n: u64): void {
  const at = tx + TX_COUNTERS + (counter << 3);
  store<u64>(at, load<u64>(at) + n);
}

/** A receive queue of a port, polled by one thread (struct dp_netdev_rxq). */
@unmanaged
export class Rxq {
  queue: u32; // PortQueue
  pmd: u32; // the thread that polls it
  tx: u32; // that thread's TxPort of the port, for its counters
  emcEnabled: u32;
  /** By RXQ_*: u64 each. */
  busy: u64; // ps
}
export const RXQ_BYTES: u32 = 24;
if (offsetof<Rxq>() != RXQ_BYTES || RXQ_COUNTERS != 1) ERROR();

export function rxqBytes(): u32 {
  return RXQ_BYTES;
}

/** Gives a receive queue to a thread. at: rxqBytes; queue: PortQueue; tx: the thread's TxPort of its port; emcEnabled: 0, 1 */
export function rxqSet(at: usize, queue: usize, pmd: usize, tx: usize, emcEnabled: u32): void {
  const r = changetype<Rxq>(at);
  r.queue = queue as u32;
  r.pmd = pmd as u32;
  r.tx = tx as u32;
  r.emcEnabled = emcEnabled;
}

/** u64[RXQ_COUNTERS] */
export function rxqCounters(at: usize): usize {
  return at + offsetof<Rxq>("busy");
}
