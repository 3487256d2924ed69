// l3fwd-loop - l3fwd-power's main_intr_loop and main_telemetry_loop (22.11): a call a stream, whose rx queue is one of the lcore's; its last one ends a
// round. Tx buffers are drained every 100 us, at a round's beginning, but not at that of the round behind a sleep.
//
// A queue found empty more than 10 times in a row is idle; while all are, a round ends with a microsecond's pause, and once each was found empty 300
// times the lcore turns its rx interrupts on and sleeps until one comes, 10 ms at most.
// Ours: it looks at its queues once more before it sleeps. The real one does not, and a packet that came in between waits out the 10 ms.
// Not modelled: what main_legacy_loop does besides, frequencies.
import { DUMP_SLEEP, DUMP_WAKE } from "../abi/dump";
import { L3FWD_INTERRUPT, L3FWD_POLL } from "../abi/l3fwd";
import { Lcore } from "../memory/lcore-context";
import { lcoreSleepUntil, rxInterruptDisable, rxInterruptEnable } from "../port/interrupt";
import { PortQueue } from "../port/queue";
import { dumpSleep } from "./dump";
import { bufferFlush, bufferOf, L3fwd, l3fwdBurst, MAX_PORTS, ZEROS } from "./l3fwd";
import { Stream, streamCharge, streamRx } from "./stream";

/** BURST_TX_DRAIN_US */
const DRAIN_PS: u64 = 100_000_000;
const MIN_ZERO_POLL_COUNT: u32 = 10;
const SUSPEND_THRESHOLD: u32 = 300;
/** MINIMUM_SLEEP_TIME */
const PAUSE_PS: u64 = 1_000_000;
/** rte_epoll_wait's timeout. */
const EPOLL_PS: u64 = 10_000_000_000;

/** @returns packets received */
export function l3fwdForward(lcore: usize, stream: usize): u32 {
  const l = changetype<Lcore>(lcore), s = changetype<Stream>(stream), f = changetype<L3fwd>(s.own as usize);
  const place = (l.nextStream ? l.nextStream : l.streamCount) - 1;
  if (place == 0) begin(lcore, s, f);
  const n = streamRx(lcore, stream), zeros = changetype<usize>(f) + ZEROS + (place << 2);
  if (n) {
    store<u32>(zeros, 0);
    streamCharge(lcore, stream, n);
    l3fwdBurst(lcore, f, changetype<PortQueue>(s.rxq as usize), l.packets, n);
  } else {
    const zero = load<u32>(zeros) + 1;
    store<u32>(zeros, zero);
    if (zero > MIN_ZERO_POLL_COUNT) f.idle++;
    if (zero >= SUSPEND_THRESHOLD) f.suspend++;
  }
  if (place == l.streamCount - 1) end(lcore, s, f);
  return n;
}

/** The beginning of a round: of one behind a sleep, what epoll_wait's return is followed by. */
function begin(lcore: usize, s: Stream, f: L3fwd): void {
  const l = changetype<Lcore>(lcore);
  f.idle = 0;
  f.suspend = 0;
  if (f.armed) {
    wakeUp(lcore, s, f);
  } else if (l.clock - f.drained > DRAIN_PS) {
    f.drained = l.clock;
    if (!f.flushable) return;
    l.stirred = 1;
    for (let port: u32 = 0; port < MAX_PORTS; port++) {
      const b = bufferOf(changetype<usize>(f), port);
      if (b.drains) bufferFlush(lcore, f, b);
    }
  }
}

/** turn_on_off_intr(0), and a record of each queue whose interrupt came. */
function wakeUp(lcore: usize, s: Stream, f: L3fwd): void {
  const l = changetype<Lcore>(lcore);
  f.armed = 0;
  f.wakeup = 0;
  for (let i: u32 = 0; i < l.streamCount; i++) {
    const rxq = queueOf(l, i);
    if (!rxInterruptDisable(rxq)) continue;
    f.wakeup = 1;
    dumpSleep(lcore, DUMP_WAKE, rxq, s.eal);
  }
}

// @ts-ignore: decorator
@inline
function queueOf(l: Lcore, i: u32): usize {
  return changetype<Stream>(load<u32>(l.streams + (i << 2)) as usize).rxq;
}

/** The end of a round. s: its last stream, which says when time wants it polled again */
function end(lcore: usize, s: Stream, f: L3fwd): void {
  const l = changetype<Lcore>(lcore), all = l.streamCount;
  s.timer = f.mode == L3FWD_INTERRUPT ? 0 : f.flushable ? f.drained + DRAIN_PS + 1 : u64.MAX_VALUE;
  if (f.mode == L3FWD_POLL || f.idle < all) return;
  if (f.suspend < all) l.clock += PAUSE_PS;
  else if (f.mode == L3FWD_INTERRUPT) sleep(lcore, s, f);
}

/** turn_on_off_intr(1) and sleep_until_rx_interrupt. */
function sleep(lcore: usize, s: Stream, f: L3fwd): void {
  const l = changetype<Lcore>(lcore);
  let waiting = false;
  for (let i: u32 = 0; i < l.streamCount; i++) if (rxInterruptEnable(lcore, queueOf(l, i))) waiting = true;
  f.armed = 1;
  if (waiting) return; // the next round takes what is there
  if (f.wakeup) dumpSleep(lcore, DUMP_SLEEP, s.rxq, s.eal);
  lcoreSleepUntil(lcore, l.clock + EPOLL_PS);
}
