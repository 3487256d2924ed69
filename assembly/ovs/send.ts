// send - netdev_send: packets to a device, and what becomes of those that it does not take. Follows netdev_dpdk_eth_send and
// netdev_dpdk_vhost_send (lib/netdev-dpdk.c), and netdev_dummy_send, of OVS 3.1 and 2.7.
import {
  DROP_OVS_TX_FAILURE_DROPS, DROP_OVS_TX_MTU_EXCEEDED_DROPS, DROP_OVS_TX_QOS_DROPS, DROP_TX_DROPPED,
} from "../abi/drops";
import {
  OVS_PORT_DPDK, OVS_PORT_DUMMY, OVS_PORT_INTERNAL, OVS_PORT_VHOST, OVS_TX_BYTES, OVS_TX_DROPPED, OVS_TX_FAILURE_DROPS,
  OVS_TX_MTU_EXCEEDED_DROPS, OVS_TX_PACKETS, OVS_TX_QOS_DROPS, OVS_TX_RETRIES, POLICER_EGRESS,
} from "../abi/ovs-ports";
import { TRACE_DROP } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { Mbuf, mbufBytes, mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { BE_VLAN, ETHER_BYTES, TAG_BYTES } from "../net/layers";
import { portTxBurst } from "../port/port";
import { countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";
import { datapathCycles, Datapath, isNew } from "./datapath";
import { Policer, policerRun } from "./policer";
import { OvsPort, ovsPortPolicer, TxPort, txPortCount } from "./port";

/** VHOST_ENQ_RETRY_NUM of 2.7, whose loop counts one more. */
const OLD_RETRIES: u32 = 9;

/** packets: u32[n], 1 to 32, all of them gone afterwards; their order changes. txq: PortQueue */
export function send(lcore: usize, tx: usize, txq: usize, packets: usize, n: u32): void {
  const port = changetype<OvsPort>(changetype<TxPort>(tx).port as usize);
  if (!port.connected) {
    drop(lcore, tx, txq, packets, n, DROP_TX_DROPPED, OVS_TX_DROPPED);
    return;
  }
  if (port.kind == OVS_PORT_DUMMY) n = dummyPrefix(lcore, tx, txq, packets, n, port.maxLength);
  else if (port.kind != OVS_PORT_INTERNAL) n = admitted(lcore, tx, txq, packets, n, port);
  if (!n) return;
  const bytes = mbufBytes(packets, n);
  let sent: u32 = 0;
  switch (port.kind) {
    case OVS_PORT_DPDK: sent = sendWhileTaken(lcore, txq, packets, n); break;
    case OVS_PORT_VHOST: sent = sendRetrying(lcore, tx, txq, packets, n); break;
    default: sent = portTxBurst(lcore, txq, packets, n); break;
  }
  txPortCount(tx, OVS_TX_PACKETS, sent);
  const rest = packets + (sent << 2);
  // packets that were taken are not ours to look at
  txPortCount(tx, OVS_TX_BYTES, bytes - mbufBytes(rest, n - sent));
  if (sent < n) drop(lcore, tx, txq, rest, n - sent, DROP_OVS_TX_FAILURE_DROPS, OVS_TX_FAILURE_DROPS);
}

/** netdev_dpdk_common_send: frames that are not too long and that the egress policer lets pass. */
function admitted(lcore: usize, tx: usize, txq: usize, packets: usize, n: u32, port: OvsPort): u32 {
  const rejected: usize = changetype<Lcore>(lcore).scratch;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const m = load<u32>(packets + (i << 2));
    if (changetype<Mbuf>(m as usize).pktLen > port.maxLength) store<u32>(rejected + ((i - kept) << 2), m);
    else store<u32>(packets + (kept++ << 2), m);
  }
  if (kept < n) drop(lcore, tx, txq, rejected, n - kept, DROP_OVS_TX_MTU_EXCEEDED_DROPS, OVS_TX_MTU_EXCEEDED_DROPS);
  const policer = ovsPortPolicer(changetype<usize>(port), POLICER_EGRESS);
  if (!changetype<Policer>(policer).on || !kept) return kept;
  const now = datapathCycles(changetype<Datapath>(port.datapath as usize), changetype<Lcore>(lcore).clock);
  const passed = policerRun(policer, packets, kept, rejected, now);
  if (passed < kept) drop(lcore, tx, txq, rejected, kept - passed, DROP_OVS_TX_QOS_DROPS, OVS_TX_QOS_DROPS);
  return passed;
}

/** A dummy stops at the first frame that is too long for it, and drops all behind. */
function dummyPrefix(lcore: usize, tx: usize, txq: usize, packets: usize, n: u32, maxLength: u32): u32 {
  let i: u32 = 0;
  for (; i < n; i++) {
    const m: usize = load<u32>(packets + (i << 2)), length = changetype<Mbuf>(m).pktLen;
    const tag = load<u16>(mbufData(m), 12) == BE_VLAN ? TAG_BYTES : 0;
    if (length < ETHER_BYTES || length > maxLength + tag) break;
  }
  if (i < n) drop(lcore, tx, txq, packets + (i << 2), n - i, DROP_TX_DROPPED, OVS_TX_DROPPED);
  return i;
}

/** netdev_dpdk_eth_tx_burst */
function sendWhileTaken(lcore: usize, txq: usize, packets: usize, n: u32): u32 {
  let sent: u32 = 0;
  while (sent < n) {
    const taken = portTxBurst(lcore, txq, packets + (sent << 2), n - sent);
    if (!taken) break;
    sent += taken;
  }
  return sent;
}

/** A ring that takes nothing is not asked again; one that takes some is, so many times. */
function sendRetrying(lcore: usize, tx: usize, txq: usize, packets: usize, n: u32): u32 {
  const port = changetype<OvsPort>(changetype<TxPort>(tx).port as usize), retriesMax = isNew(port.datapath) ? port.retriesMax : OLD_RETRIES;
  let sent: u32 = 0, retries: u32 = 0;
  for (;;) {
    const taken = portTxBurst(lcore, txq, packets + (sent << 2), n - sent);
    sent += taken;
    if (!taken || sent == n || retries == retriesMax) break;
    retries++;
  }
  txPortCount(tx, OVS_TX_RETRIES, retries);
  return sent;
}

/** Ends packets that are not sent. counter: the port's for this reason, or OVS_TX_DROPPED when it has none */
export function drop(lcore: usize, tx: usize, txq: usize, packets: usize, n: u32, reason: u32, counter: u32): void {
  txPortCount(tx, OVS_TX_DROPPED, n);
  if (counter != OVS_TX_DROPPED) txPortCount(tx, counter, n);
  countDrop(changetype<PortQueue>(txq), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, txq, packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}
