// classes - counts packets by destination and size, for queues that are asked to (PortQueue.classes): what the virtio PMD and the vhost
// library keep of every packet. Follows virtio_update_packet_stats and vhost_queue_stats_update of 22.11.
import { CLASS_1024_1518, CLASS_1519_MAX, CLASS_64, CLASS_BROADCAST, CLASS_MULTICAST, CLASS_UNDERSIZE } from "../abi/classes";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { PortQueue } from "./queue";

const BROADCAST: u64 = 0xffff_ffff_ffff;

/** Adds `each` for n packets: 1, or -1 to take back what was counted too early. */
export function countClasses(q: PortQueue, packets: usize, n: u32, each: i64): void {
  for (const end = packets + (n << 2); packets < end; packets += 4) {
    const m: usize = load<u32>(packets), destination = load<u64>(mbufData(m)) & BROADCAST;
    add(q, sizeClass(changetype<Mbuf>(m).pktLen), each);
    if (destination & 1) add(q, destination == BROADCAST ? CLASS_BROADCAST : CLASS_MULTICAST, each);
  }
}

function sizeClass(length: u32): u32 {
  if (length < 64) return CLASS_UNDERSIZE;
  if (length == 64) return CLASS_64;
  if (length < 1024) return CLASS_64 + 26 - (clz<u32>(length) as u32);
  return length < 1519 ? CLASS_1024_1518 : CLASS_1519_MAX;
}

function add(q: PortQueue, which: u32, each: i64): void {
  const at: usize = q.classes + (which << 3);
  store<u64>(at, load<u64>(at) + (each as u64));
}

/** Has a queue counted. at: u64[CLASS_COUNT], zero */
export function portQueueClasses(queue: usize, at: usize): void {
  changetype<PortQueue>(queue).classes = at as u32;
}
