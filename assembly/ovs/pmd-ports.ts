// pmd-ports - which ports a thread can send to (send_port_cache).
import { flushOutputs } from "./output";
import { Pmd } from "./pmd";
import { TxPort } from "./port";
import { xpsRelease } from "./xps";

/** The thread knows the port from now on. tx: txPortBytes, zero; port: OvsPort */
export function pmdAddPort(at: usize, number: u32, tx: usize, port: usize): void {
  const pmd = changetype<Pmd>(at);
  changetype<TxPort>(tx).port = port as u32;
  if (number < pmd.portCapacity) store<u32>(pmd.txPorts + (number << 2), tx as u32);
}

/** It knows it no more. What waits to be sent, there or elsewhere, is sent before. */
export function pmdRemovePort(lcore: usize, at: usize, number: u32): void {
  const pmd = changetype<Pmd>(at), place: usize = pmd.txPorts + (number << 2);
  if (number >= pmd.portCapacity || !load<u32>(place)) return;
  flushOutputs(lcore, pmd, true);
  xpsRelease(load<u32>(place));
  store<u32>(place, 0);
}
