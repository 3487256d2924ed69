// kernel - what a Linux guest does with a netdev's frames: those of another machine's address are dropped, ARP and ICMP echo requests for the guest's
// own IPv4 address are answered, everything else ends in the guest. Answers leave by the stream's tx queue: that of the netdev itself or, in a
// failover pair, of the slave that net_failover transmits by. While a pair has a primary, what comes by its standby is nobody's
// (net_failover_handle_frame returns RX_HANDLER_EXACT; the kernel counts rx_nohandler).
// Not modelled: IPv6, VLANs, sockets, forwarding, qdiscs; answers are made as testpmd's icmpecho makes them (the request's TTL and id stay).
import { DROP_OTHERHOST, DROP_RX_NOHANDLER } from "../abi/drops";
import { TRACE_DROP } from "../abi/trace";
import { mbufFreeBurst } from "../mbuf/free";
import { mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { BE_ARP, BE_IPV4, ETHER_BYTES } from "../net/layers";
import { countDrop, PortQueue } from "../port/queue";
import { traceBurst } from "../port/trace";
import { icmpechoBurst } from "./icmpecho";
import { Stream, streamCharge, streamConsume, streamRx, streamTx } from "./stream";

@unmanaged
export class KernelNetdev {
  mac: u64; // 48 bits, byte 0 lowest
  address: u32; // IPv4, as its bytes lie in memory; 0: none
  exact: u32; // 1: a standby whose pair has a primary
}

const KERNEL_NETDEV_BYTES: u32 = 16;
const MAC: u64 = 0xffff_ffff_ffff;
const ARP_TARGET: usize = ETHER_BYTES + 24;
const IP_DESTINATION: usize = ETHER_BYTES + 16;

export function kernelNetdevBytes(): u32 {
  return KERNEL_NETDEV_BYTES;
}

/** at: kernelNetdevBytes, 8-byte aligned */
export function kernelNetdevSet(at: usize, mac: u64, address: u32, exact: u32): void {
  const d = changetype<KernelNetdev>(at);
  d.mac = mac;
  d.address = address;
  d.exact = exact;
}

/** What a veb's or a kernel's stream keeps: see Stream.own. */
export function streamSetOwn(stream: usize, own: usize): void {
  changetype<Stream>(stream).own = own as u32;
}

/** @returns packets received */
export function kernelForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n == 0) return 0;
  streamCharge(lcore, stream, n);
  const l = changetype<Lcore>(lcore), s = changetype<Stream>(stream), d = changetype<KernelNetdev>(s.own as usize);
  const packets: usize = l.packets;
  if (d.exact) {
    drop(lcore, s, packets, n, DROP_RX_NOHANDLER);
    return n;
  }
  // Packets for us move to the front, then of these the requests; others' go at once.
  let ours: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const at = packets + (i << 2), m = load<u32>(at), to = load<u64>(mbufData(m)) & MAC;
    if (to != d.mac && !(to & 1)) drop(lcore, s, at, 1, DROP_OTHERHOST);
    else store<u32>(packets + (ours++ << 2), m);
  }
  let asked: u32 = 0;
  for (let i: u32 = 0; i < ours; i++) {
    const at = packets + (i << 2), m = load<u32>(at);
    if (!isAsked(mbufData(m), d.address)) continue;
    store<u32>(at, load<u32>(packets + (asked << 2)));
    store<u32>(packets + (asked++ << 2), m);
  }
  if (asked < ours) streamConsume(lcore, stream, packets + (asked << 2), ours - asked);
  const replies = asked ? icmpechoBurst(packets, asked, l.scratch, s.addresses, s.addressesRest) : 0;
  if (replies < asked) streamConsume(lcore, stream, l.scratch, asked - replies);
  if (replies) streamTx(lcore, stream, replies);
  return n;
}

/** Whether an ARP or IPv4 frame is for the address. */
function isAsked(frame: usize, address: u32): bool {
  if (!address) return false;
  const type: u32 = load<u16>(frame, 12);
  if (type == BE_ARP) return load<u32>(frame + ARP_TARGET) == address;
  return type == BE_IPV4 && load<u32>(frame + IP_DESTINATION) == address;
}

function drop(lcore: usize, s: Stream, packets: usize, n: u32, reason: u32): void {
  countDrop(changetype<PortQueue>(s.rxq as usize), reason, n);
  if (changetype<Lcore>(lcore).traceOn) traceBurst(lcore, TRACE_DROP, s.rxq, packets, n, 0, reason, false);
  mbufFreeBurst(lcore, packets, n);
}
