// veb - the embedded switch of an SR-IOV NIC (IEEE 802.1Qbg's virtual Ethernet bridge): one stream a port. A unicast frame goes to the first port
// of the table that has its destination, else, if it came from within, to the line; a group address goes to all but where it came from.
// It learns nothing: addresses are what VFs and the host's netdevs have set. Drops are counted at the tx queue that did not take them, those
// without a destination at the rx queue they came by.
// Not modelled: VLAN filters, anti-spoofing, mirror rules; its time is a software switch's, by the cost profile.
import { COUNTER_COPIED } from "../abi/counters";
import { DROP_MAC_FILTERED, DROP_NO_COPY, DROP_RX_MISSED, DROP_TX_FULL } from "../abi/drops";
import { PORT_RING } from "../abi/ports";
import { STATUS_FULL, STATUS_OK } from "../abi/status";
import { TRACE_DROP } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufData, mbufRead, mbufReset, REARM } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { Lcore } from "../memory/lcore-context";
import { portTxBurst } from "../port/port";
import { countAdd, countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";
import { Stream, streamCharge, streamRx } from "./stream";

@unmanaged
export class Veb {
  count: u32; // ports within
  capacity: u32;
  uplink: u32; // the line's tx queue
  pool: u32; // where copies come from
  // { address u64, txq u32, reserved u32 }[capacity] from 16
}

const TABLE: u32 = 16;
const ENTRY: u32 = 16;
const ADDRESS: u64 = 0xffff_ffff_ffff;

export function vebBytes(capacity: u32): u32 {
  return TABLE + capacity * ENTRY;
}

/** at: vebBytes. Empties the table. pool: a mempool for copies */
export function vebInit(at: usize, capacity: u32, uplink: usize, pool: usize): void {
  const v = changetype<Veb>(at);
  v.count = 0;
  v.capacity = capacity;
  v.uplink = uplink as u32;
  v.pool = pool as u32;
}

/** Adds a port behind those there are. address: 48 bits, byte 0 lowest */
export function vebAddPort(at: usize, address: u64, txq: usize): u32 {
  const v = changetype<Veb>(at);
  if (v.count == v.capacity) return STATUS_FULL;
  const e = at + TABLE + v.count++ * ENTRY;
  store<u64>(e, address);
  store<u32>(e, txq as u32, 8);
  return STATUS_OK;
}

/** Where a unicast frame goes; 0: nowhere. own: the tx queue of the port it came by */
function unicast(veb: usize, address: u64, own: u32): u32 {
  const v = changetype<Veb>(veb);
  for (let e = veb + TABLE, end = e + v.count * ENTRY; e < end; e += ENTRY) {
    if (load<u64>(e) == address) return load<u32>(e, 8) == own ? 0 : load<u32>(e, 8);
  }
  return own == v.uplink ? 0 : v.uplink;
}

/** @returns packets received */
export function vebForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n == 0) return 0;
  streamCharge(lcore, stream, n);
  const s = changetype<Stream>(stream), packets: usize = changetype<Lcore>(lcore).packets;
  // Neighbours with one way go together: the order stays.
  let first: u32 = 0, way: u32 = 0;
  for (let i: u32 = 0; i <= n; i++) {
    let next: u32 = 0, group = false;
    if (i < n) {
      const address = load<u64>(mbufData(load<u32>(packets + (i << 2)))) & ADDRESS;
      group = (address & 1) != 0;
      if (!group) next = unicast(s.own, address, s.txq);
    }
    if (i > first && (i == n || group || next != way)) {
      send(lcore, s, way, packets + (first << 2), i - first);
      first = i;
    }
    if (group) {
      flood(lcore, s, packets + (i << 2));
      first = i + 1;
    }
    way = next;
  }
  return n;
}

function send(lcore: usize, s: Stream, txq: u32, packets: usize, n: u32): void {
  if (txq == 0) {
    drop(lcore, s.rxq, packets, n, DROP_MAC_FILTERED);
    return;
  }
  const sent = portTxBurst(lcore, txq, packets, n);
  s.txPackets += sent;
  if (sent == n) return;
  s.dropped += n - sent;
  drop(lcore, txq, packets + (sent << 2), n - sent, changetype<PortQueue>(txq as usize).kind == PORT_RING ? DROP_RX_MISSED : DROP_TX_FULL);
}

function drop(lcore: usize, queue: usize, packets: usize, n: u32, reason: u32): void {
  countDrop(changetype<PortQueue>(queue), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, queue, packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}

/** A copy to each further port; the last one gets the packet itself. */
function flood(lcore: usize, s: Stream, packet: usize): void {
  const veb: usize = s.own, v = changetype<Veb>(veb);
  let last: u32 = s.txq == v.uplink ? 0 : v.uplink;
  for (let e = veb + TABLE, end = e + v.count * ENTRY; e < end; e += ENTRY) {
    const txq = load<u32>(e, 8);
    if (txq == s.txq) continue;
    if (last) copyTo(lcore, s, last, packet);
    last = txq;
  }
  send(lcore, s, last, packet, 1);
}

function copyTo(lcore: usize, s: Stream, txq: u32, packet: usize): void {
  const from: usize = load<u32>(packet), f = changetype<Mbuf>(from), q = changetype<PortQueue>(s.rxq as usize);
  const to: usize = changetype<Lcore>(lcore).scratch;
  countAdd(q, COUNTER_COPIED, 1);
  if (!mempoolGet(lcore, changetype<Veb>(s.own as usize).pool, to, 1)) {
    countDrop(q, DROP_NO_COPY, 1);
    return;
  }
  const copy: usize = load<u32>(to);
  mbufReset(copy, REARM, 0, f.id);
  if (f.pktLen > <u32>changetype<Mbuf>(copy).bufferLength - <u32>changetype<Mbuf>(copy).dataOff) {
    countDrop(q, DROP_NO_COPY, 1);
    mbufFreeBurst(lcore, to, 1);
    return;
  }
  mbufReset(copy, REARM, f.pktLen, f.id);
  mbufRead(from, mbufData(copy));
  send(lcore, s, txq, to, 1);
}
