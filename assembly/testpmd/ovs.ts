// ovs - a receive queue of an OVS datapath thread as an engine of the poll list. What it does with packets is in the folder ovs; of the stream
// it uses the queue and the timer.
import { pmdPoll, pmdTimer } from "../ovs/pmd-poll";
import { Stream } from "./stream";

/** @returns packets received, or sent when nothing was received */
export function ovsForward(lcore: usize, stream: usize): u32 {
  const s = changetype<Stream>(stream), moved = pmdPoll(lcore, s.ovs);
  s.timer = pmdTimer(lcore, s.ovs);
  return moved;
}

/** Makes a stream the poll of a receive queue. rxq: Rxq of ovs/port */
export function streamSetOvs(stream: usize, rxq: usize): void {
  changetype<Stream>(stream).ovs = rxq as u32;
}
