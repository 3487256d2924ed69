// queue - one queue of a port in one direction: what every kind has in common. The kind's own state is behind `state`.
// Writers: the lcore that polls the queue. Counters: counters.ts of abi, one block a queue and direction.
import { PORT_QUEUE_BYTES } from "../abi/sizes";
import { COUNTER_BYTES, COUNTER_COUNT, COUNTER_DROPS, COUNTER_FAULTS, COUNTER_PACKETS } from "../abi/counters";
import { DROP_COUNT } from "../abi/drops";
import { FAULT_COUNT } from "../abi/faults";
import { mbufRearm } from "../mbuf/mbuf";

@unmanaged
export class PortQueue {
  kind: u32; // PORT_*
  port: u32; // the port's id in the whole run
  number: u32; // queue number
  stage: u32; // STAGE_*: what a call costs
  state: u32; // the kind's struct
  counters: u32; // u64[COUNTER_COUNT]
  pool: u32; // rx: where mbufs come from
  stall: u32; // tx: why the last burst took fewer: STOP_* of virtio/virtqueue
  rearm: u64; // rx: mbuf_initializer
  index: u32; // ring index of the last burst's first packet, for the trace
  occupancy: u32; // packets in the queue after the last burst, for the trace
  burstBytes: u32; // bytes of the last burst
  inserts: u32; // tx: packets may carry TX_VLAN, for a PMD that inserts tags in software to look for
  classes: u32; // u64[CLASS_COUNT]: packets by destination and size, 0: not counted
  tap: u32; // an Egress that gets a copy of each packet, 0: none
  software: u32; // what the PMD does to each packet in software: SOFTWARE_*
  lost: u32; // tx: packets of those the last burst took that the port freed and counted itself
  filter: u32; // tx: a NetControl whose tables say what is let in, 0: all
  interrupt: u32; // rx: its vector (virtio/interrupt), 0: it has none
}

if (offsetof<PortQueue>() > PORT_QUEUE_BYTES) ERROR();
if (COUNTER_DROPS + DROP_COUNT != COUNTER_FAULTS || COUNTER_FAULTS + FAULT_COUNT > COUNTER_COUNT) ERROR();

// @ts-ignore: decorator
@inline
export function countAdd(q: PortQueue, counter: u32, n: u64): void {
  const at: usize = q.counters + (counter << 3);
  store<u64>(at, load<u64>(at) + n);
}

/** Counts a burst of n packets. */
// @ts-ignore: decorator
@inline
export function countBurst(q: PortQueue, n: u32, bytes: u32): void {
  q.burstBytes = bytes;
  countAdd(q, COUNTER_PACKETS, n);
  countAdd(q, COUNTER_BYTES, bytes);
}

export function countDrop(q: PortQueue, reason: u32, n: u32): void {
  countAdd(q, COUNTER_DROPS + reason, n);
}

/** at: PORT_QUEUE_BYTES, zero. state: the kind's struct, initialised by its own function. pool: rx only, else 0 */
export function portQueueInit(at: usize, kind: u32, port: u32, number: u32, stage: u32, state: usize, counters: usize, pool: usize): void {
  const q = changetype<PortQueue>(at);
  q.kind = kind;
  q.port = port;
  q.number = number;
  q.stage = stage;
  q.state = state as u32;
  q.counters = counters as u32;
  q.pool = pool as u32;
  q.rearm = mbufRearm(port);
}

/** Gives a queue another kind and state, between polls; its counters stay. state: the kind's struct, initialised by its own function */
export function portQueueBecome(at: usize, kind: u32, stage: u32, state: usize): void {
  const q = changetype<PortQueue>(at);
  q.kind = kind;
  q.stage = stage;
  q.state = state as u32;
}

/** Has a device let in only what its control queue was told. control: NetControl, 0: all */
export function portQueueFilter(at: usize, control: usize): void {
  changetype<PortQueue>(at).filter = control as u32;
}

/** Has a PMD do this to each packet of a queue. software: SOFTWARE_* */
export function portQueueSoftware(at: usize, software: u32): void {
  changetype<PortQueue>(at).software = software;
}
