// xps - which tx queue of a port a thread sends to, where the port has fewer than threads: the one that the fewest threads use, chosen anew
// after half a second without sending. Follows dpif_netdev_xps_get_tx_qid of OVS 3.1.
import { lockGive, lockTake } from "../memory/barrier";
import { OvsPort, TxPort } from "./port";

/** XPS_TIMEOUT */
const TIMEOUT_US: u64 = 500_000;

/** @returns the queue's index. now: us */
export function xpsQueue(tx: usize, now: u64): u32 {
  const t = changetype<TxPort>(tx), port = changetype<OvsPort>(t.port as usize), idle = now - t.lastUsed;
  t.lastUsed = now;
  if (t.txq && idle < TIMEOUT_US) return t.txq - 1;
  lockTake(changetype<usize>(port) + offsetof<OvsPort>("usersLock"));
  release(t, port);
  let least: u32 = 0;
  for (let i: u32 = 1; i < port.txqCount; i++) if (users(port, i) < users(port, least)) least = i;
  store<u32>(port.txqUsers + (least << 2), users(port, least) + 1);
  t.txq = least + 1;
  lockGive(changetype<usize>(port) + offsetof<OvsPort>("usersLock"));
  return least;
}

/** The thread's other ports that were not used for so long give their queues back as well. first: a TxPort's place in u32[n], 0: none */
export function xpsRevalidate(txPorts: usize, n: u32, now: u64): void {
  for (const end = txPorts + (n << 2); txPorts < end; txPorts += 4) {
    const tx: usize = load<u32>(txPorts);
    if (!tx) continue;
    const t = changetype<TxPort>(tx);
    if (t.txq && now - t.lastUsed >= TIMEOUT_US) xpsRelease(tx);
  }
}

/** The thread sends to the port no more. */
export function xpsRelease(tx: usize): void {
  const t = changetype<TxPort>(tx), port = changetype<OvsPort>(t.port as usize);
  lockTake(changetype<usize>(port) + offsetof<OvsPort>("usersLock"));
  release(t, port);
  lockGive(changetype<usize>(port) + offsetof<OvsPort>("usersLock"));
}

function release(t: TxPort, port: OvsPort): void {
  if (t.txq) store<u32>(port.txqUsers + (t.txq - 1 << 2), users(port, t.txq - 1) - 1);
  t.txq = 0;
}

function users(port: OvsPort, i: u32): u32 {
  return load<u32>(port.txqUsers + (i << 2));
}
