// port - the registry of port kinds: rx burst, tx burst, and what the executors ask of a queue. A new kind is a file and its cases.
import { PORT_NIC, PORT_NULL, PORT_PCAP, PORT_RING, PORT_VHOST, PORT_VIRTIO } from "../abi/ports";
import { charge } from "../memory/lcore-context";
import { countClasses } from "./classes";
import { nicRx, nicRxNext, nicRxWaiting, nicTx, nicTxFree, nicTxNext } from "./nic";
import { nullRx, nullTx } from "./null";
import { pcapRx, pcapTx } from "./pcap";
import { PortQueue } from "./queue";
import { ringRx, ringRxWaiting, ringTx, ringTxFree } from "./ring";
import { softwarePrepare } from "./software";
import { tapBurst } from "./tap";
import { vhostRx, vhostRxWaiting, vhostTx, vhostTxFree } from "./vhost";
import { virtioRx, virtioRxWaiting, virtioTx, virtioTxFree } from "./virtio";

/** Receives a burst and charges its stage. packets: u32[n]. @returns 0..n */
export function portRxBurst(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue);
  let got: u32 = 0;
  switch (q.kind) {
    case PORT_NIC: got = nicRx(lcore, queue, packets, n); break;
    case PORT_VHOST: got = vhostRx(lcore, queue, packets, n); break;
    case PORT_VIRTIO: got = virtioRx(lcore, queue, packets, n); break;
    case PORT_PCAP: got = pcapRx(lcore, queue, packets, n); break;
    case PORT_RING: got = ringRx(lcore, queue, packets, n); break;
    case PORT_NULL: got = nullRx(lcore, queue, packets, n); break;
  }
  if (q.classes) countClasses(q, packets, got, 1);
  if (q.tap && got) tapBurst(lcore, q, packets, got);
  charge(lcore, q.stage, got, got ? q.burstBytes : 0);
  return got;
}

/** rte_eth_tx_prepare. @returns packets prepared, 0..n; fewer: the next one cannot be sent as it is */
export function portTxPrepare(queue: usize, packets: usize, n: u32): u32 {
  return changetype<PortQueue>(queue).kind == PORT_VIRTIO ? softwarePrepare(packets, n) : n;
}

/** Transmits a burst and charges its stage. @returns packets taken, 0..n, in order; the rest stay the caller's, PortQueue.stall says why */
export function portTxBurst(lcore: usize, queue: usize, packets: usize, n: u32): u32 {
  const q = changetype<PortQueue>(queue);
  let taken: u32 = 0;
  if (q.classes) countClasses(q, packets, n, 1); // those taken are not ours afterwards
  if (q.tap) tapBurst(lcore, q, packets, n);
  switch (q.kind) {
    case PORT_NIC: taken = nicTx(lcore, queue, packets, n); break;
    case PORT_VHOST: taken = vhostTx(lcore, queue, packets, n); break;
    case PORT_VIRTIO: taken = virtioTx(lcore, queue, packets, n); break;
    case PORT_PCAP: taken = pcapTx(lcore, queue, packets, n); break;
    case PORT_RING: taken = ringTx(lcore, queue, packets, n); break;
    case PORT_NULL: taken = nullTx(lcore, queue, packets, n); break;
  }
  if (q.classes && taken < n) countClasses(q, packets + (taken << 2), n - taken, -1);
  charge(lcore, q.stage, taken, taken ? q.burstBytes : 0);
  return taken;
}

/** Places of a tx queue for packets of one buffer. */
export function portTxFree(lcore: usize, queue: usize): u32 {
  switch (changetype<PortQueue>(queue).kind) {
    case PORT_NIC: return nicTxFree(lcore, queue);
    case PORT_VHOST: return vhostTxFree(queue);
    case PORT_VIRTIO: return virtioTxFree(lcore, queue);
    case PORT_RING: return ringTxFree(queue);
    default: return u32.MAX_VALUE;
  }
}

/** Packets that wait in an rx queue and entered the simulation already: for the ledger's `queued`. */
export function portRxWaiting(queue: usize): u32 {
  switch (changetype<PortQueue>(queue).kind) {
    case PORT_NIC: return nicRxWaiting(queue);
    case PORT_VHOST: return vhostRxWaiting(queue);
    case PORT_VIRTIO: return virtioRxWaiting(queue);
    case PORT_RING: return ringRxWaiting(queue);
    default: return 0;
  }
}

/** When time itself brings something to a queue: an arrival (rx) or a free place (tx). u64.MAX_VALUE: nothing. */
export function portRxNext(queue: usize): u64 {
  return changetype<PortQueue>(queue).kind == PORT_NIC ? nicRxNext(queue) : u64.MAX_VALUE;
}

export function portTxNext(queue: usize): u64 {
  return changetype<PortQueue>(queue).kind == PORT_NIC ? nicTxNext(queue) : u64.MAX_VALUE;
}
