// edit-l2 - actions on what stands before the network header: Ethernet addresses, VLAN tags, MPLS labels. Follows lib/packets.c of OVS 3.1.
// Each gets an mbuf and where its layers begin; what is pushed or popped moves those.
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { ETHER_BYTES, TAG_BYTES } from "../net/layers";
import { BE_MPLS, BE_MPLS_MCAST, isVlan } from "./extract";
import { Layers, NO_LAYER } from "./layers";

const ADDRESSES: u32 = 12;
const LABEL_BYTES: u32 = 4;
/** Of a label as it lies in memory: the bottom of the stack. */
const BE_BOTTOM: u32 = 0x1_0000;

/** Bytes before the frame; there is room for 30 tags, and more where the buffer has some behind it. @returns false: there is none */
function grow(m: usize, n: u32): bool {
  const mbuf = changetype<Mbuf>(m);
  if (<u32>mbuf.dataOff < n) {
    const room = <u32>mbuf.bufferLength - <u32>mbuf.dataLen;
    if (mbuf.nbSegs > 1 || room < n) return false;
    memory.copy(mbuf.buffer + room, mbufData(m), mbuf.dataLen);
    mbuf.dataOff = room as u16;
  }
  mbuf.dataOff = (<u32>mbuf.dataOff - n) as u16;
  mbuf.dataLen = (<u32>mbuf.dataLen + n) as u16;
  mbuf.pktLen += n;
  return true;
}

function shrink(m: usize, n: u32): void {
  const mbuf = changetype<Mbuf>(m);
  mbuf.dataOff = (<u32>mbuf.dataOff + n) as u16;
  mbuf.dataLen = (<u32>mbuf.dataLen - n) as u16;
  mbuf.pktLen -= n;
}

function moved(offset: u32, by: i32): u16 {
  return (offset == NO_LAYER ? offset : offset + by) as u16;
}

/** dp_packet_resize_l2_5, of the offsets */
function moveUpper(l: Layers, by: i32): void {
  l.l3 = moved(l.l3, by);
  l.l4 = moved(l.l4, by);
}

/** eth_push_vlan. tag: TPID and TCI as they will lie in memory */
export function pushVlan(m: usize, layers: usize, tag: u32): void {
  if (!grow(m, TAG_BYTES)) return;
  const frame = mbufData(m), low = load<u64>(frame, 4), high = load<u32>(frame, 12);
  store<u64>(frame, low);
  store<u32>(frame, high, 8);
  store<u32>(frame, tag, ADDRESSES);
  const l = changetype<Layers>(layers);
  l.l25 = moved(l.l25, TAG_BYTES);
  moveUpper(l, TAG_BYTES);
}

/** eth_pop_vlan: the outermost tag, if there is one. */
export function popVlan(m: usize, layers: usize): void {
  const frame = mbufData(m);
  if (changetype<Mbuf>(m).pktLen < ETHER_BYTES + TAG_BYTES || !isVlan(load<u16>(frame, ADDRESSES))) return;
  const low = load<u64>(frame), high = load<u32>(frame, 8);
  store<u64>(frame, low, 4);
  store<u32>(frame, high, 12);
  shrink(m, TAG_BYTES);
  const l = changetype<Layers>(layers), back: i32 = -(TAG_BYTES as i32);
  l.l25 = moved(l.l25, back);
  moveUpper(l, back);
}

/** The Ethernet type before the payload, behind any tags. */
function setType(frame: usize, l: Layers, type: u32): void {
  const payload = <u32>l.l25 == NO_LAYER ? <u32>l.l3 : <u32>l.l25;
  store<u16>(frame + (isVlan(load<u16>(frame, ADDRESSES)) ? payload - 2 : ADDRESSES), type as u16);
}

/** push_mpls. type: as it lies in memory, MPLS or nothing is done */
export function pushMpls(m: usize, layers: usize, lse: u32, type: u32): void {
  const l = changetype<Layers>(layers);
  if (type != BE_MPLS && type != BE_MPLS_MCAST) return;
  if (<u32>l.l25 == NO_LAYER) l.l25 = l.l3;
  setType(mbufData(m), l, type);
  if (!grow(m, LABEL_BYTES)) return;
  const frame = mbufData(m), l2: u32 = l.l25;
  memory.copy(frame, frame + LABEL_BYTES, l2);
  store<u32>(frame + l2, lse);
  moveUpper(l, LABEL_BYTES);
}

/** pop_mpls: the outermost label; type, as it lies in memory, is what the frame is without it. */
export function popMpls(m: usize, layers: usize, type: u32): void {
  const l = changetype<Layers>(layers), l2: u32 = l.l25;
  if (l2 == NO_LAYER) return;
  const frame = mbufData(m), lse = load<u32>(frame + l2);
  setType(frame, l, type);
  if (lse & BE_BOTTOM) l.l25 = NO_LAYER as u16;
  memory.copy(frame + LABEL_BYTES, frame, l2);
  shrink(m, LABEL_BYTES);
  moveUpper(l, -(LABEL_BYTES as i32));
}

/** args: value and mask of the label */
export function setMpls(m: usize, layers: usize, args: usize): void {
  const l2: u32 = changetype<Layers>(layers).l25;
  if (l2 == NO_LAYER) return;
  const at = mbufData(m) + l2;
  store<u32>(at, load<u32>(args) | (load<u32>(at) & ~load<u32>(args, 4)));
}

/** args: values and masks of both addresses, 12 bytes each */
export function setEth(m: usize, args: usize): void {
  const frame = mbufData(m);
  store<u64>(frame, load<u64>(args) | (load<u64>(frame) & ~load<u64>(args, 12)));
  store<u32>(frame, load<u32>(args, 8) | (load<u32>(frame, 8) & ~load<u32>(args, 20)), 8);
}
