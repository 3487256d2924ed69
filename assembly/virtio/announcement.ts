// announcement - VHOST_USER_SEND_RARP: a guest that was moved here and cannot say so itself is announced by its vhost port, to the switch behind
// it. Follows rte_vhost_dequeue_burst and rte_net_make_rarp_packet of DPDK.
import { mbufData, mbufReset, NO_NUMBER } from "../mbuf/mbuf";
import { mempoolGet } from "../mbuf/mempool";
import { raiseFlag, takeFlag } from "../memory/barrier";
import { GuestMemory } from "./guest-memory";
import { DeviceQueue } from "./virtqueue";

const RARP_BYTES: u32 = 64;
const ETHERNET_BYTES: usize = 14;

/** The next burst that a queue of this device dequeues begins with a RARP frame. mac: u64, the first byte lowest. Any thread's */
export function guestAnnounce(memory: usize, mac: u64): void {
  const g = changetype<GuestMemory>(memory);
  g.mac = mac;
  raiseFlag(memory + offsetof<GuestMemory>("rarp"));
}

/** Whether a device has a frame to announce; cheap. */
// @ts-ignore: decorator
@inline
export function announces(q: DeviceQueue): bool {
  return changetype<GuestMemory>(q.memory as usize).rarp != 0;
}

/** Makes the frame. packet: u32, where its mbuf goes. @returns 1, or 0: another lcore did, or there was no mbuf, and then it is lost */
export function announcement(lcore: usize, q: DeviceQueue, packet: usize): u32 {
  const g = changetype<GuestMemory>(q.memory as usize);
  if (!takeFlag(q.memory + (offsetof<GuestMemory>("rarp") as u32)) || !mempoolGet(lcore, q.pool, packet, 1)) return 0;
  const m: usize = load<u32>(packet);
  mbufReset(m, q.rearm, RARP_BYTES, NO_NUMBER);
  const at = mbufData(m), arp = at + ETHERNET_BYTES, address = g.mac & 0xffff_ffff_ffff;
  memory.fill(at, 0, RARP_BYTES);
  memory.fill(at, 0xff, 6);
  putAddress(at + 6, address);
  store<u16>(at, 0x3580, 12); // 0x8035, as bytes go
  store<u16>(arp, 0x0100); // Ethernet
  store<u16>(arp, 0x0008, 2); // IPv4
  store<u8>(arp, 6, 4);
  store<u8>(arp, 4, 5);
  store<u16>(arp, 0x0300, 6); // request reverse
  putAddress(arp + 8, address);
  putAddress(arp + 18, address);
  return 1;
}

function putAddress(at: usize, mac: u64): void {
  store<u32>(at, mac as u32);
  store<u16>(at, (mac >> 32) as u16, 4);
}
