// edit-neighbour - actions on ARP and on ICMPv6 neighbour discovery. Follows set_arp, odp_set_nd (lib/odp-execute.c) and packet_set_nd
// (lib/packets.c) of OVS 3.1.
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { updateBytes } from "./checksum-update";
import { l4Bytes, updateL4Sum } from "./edit-ip";
import { Layers } from "./layers";

const ARP_BYTES: u32 = 28;
const ARP_OP: usize = 6;
const ARP_SHA: usize = 8;
const ARP_SPA: usize = 14;
const ARP_THA: usize = 18;
const ARP_TPA: usize = 24;
/** Words of the arguments: spa, tpa, op; then sha and tha side by side in three. */
const ARG_OP: usize = 8;
const ARG_SHA: usize = 12;
const ARG_THA: usize = 18;
const ARP_MASKS: usize = 24;

/** A header that is cut off stays as it is; OVS writes behind it. */
export function setArp(m: usize, layers: usize, args: usize): void {
  const l3: u32 = changetype<Layers>(layers).l3;
  if (l3 + ARP_BYTES > <u32>changetype<Mbuf>(m).dataLen) return;
  const arp = mbufData(m) + l3;
  const op: u32 = load<u16>(arp, ARP_OP);
  store<u16>(arp, (<u32>load<u16>(args, ARG_OP) | (op & ~(<u32>load<u16>(args, ARP_MASKS + ARG_OP)))) as u16, ARP_OP);
  store<u32>(arp, load<u32>(args) | (load<u32>(arp, ARP_SPA) & ~load<u32>(args, ARP_MASKS)), ARP_SPA);
  store<u32>(arp, load<u32>(args, 4) | (load<u32>(arp, ARP_TPA) & ~load<u32>(args, ARP_MASKS + 4)), ARP_TPA);
  setAddress(arp + ARP_SHA, args + ARG_SHA, ARP_MASKS);
  setAddress(arp + ARP_THA, args + ARG_THA, ARP_MASKS);
}

/** Six bytes at `at`; the mask stands `masks` behind the value. */
function setAddress(at: usize, value: usize, masks: usize): void {
  store<u32>(at, load<u32>(value) | (load<u32>(at) & ~load<u32>(value + masks)));
  store<u16>(at, (<u32>load<u16>(value, 4) | (<u32>load<u16>(at, 4) & ~(<u32>load<u16>(value + masks, 4)))) as u16, 4);
}

const ND_BYTES: u32 = 24;
const ND_TARGET: usize = 8;
const OPTION_BYTES: u32 = 8;
const OPTION_MAC: usize = 2;
const SOURCE_LINKADDR: u32 = 1;
const TARGET_LINKADDR: u32 = 2;
const PROTO_ICMPV6: u32 = 58;
const ICMP_SUM: usize = 2;
/** Words of the arguments: the target in four, then sll and tll side by side in three. */
const ARG_SLL: usize = 16;
const ARG_TLL: usize = 22;
const ND_MASKS: usize = 28;

/** scratch: 16 bytes */
export function setNd(m: usize, layers: usize, args: usize, scratch: usize): void {
  const n = l4Bytes(m, layers);
  if (n < ND_BYTES) return;
  const nd = mbufData(m) + <u32>changetype<Layers>(layers).l4;
  const before = v128.load(nd, ND_TARGET), after = v128.or(v128.load(args), v128.andnot(before, v128.load(args + ND_MASKS)));
  if (v128.any_true(v128.xor(before, after))) {
    v128.store(scratch, after);
    updateL4Sum(m, layers, nd + ND_TARGET, scratch, PROTO_ICMPV6);
    v128.store(nd, after, ND_TARGET);
  }
  setOption(nd, (n - ND_BYTES) as i32, args, scratch);
}

/**
 * The first option that is a link-layer address, whichever it is. What is left behind an option is reckoned with the next one's length, as
 * OVS does it.
 */
function setOption(nd: usize, n: i32, args: usize, scratch: usize): void {
  let option = nd + ND_BYTES, left = n, bytes = <u32>load<u8>(option, 1) << 3;
  while (left >= <i32>OPTION_BYTES && bytes) {
    const type: u32 = load<u8>(option);
    if (bytes == OPTION_BYTES && (type == SOURCE_LINKADDR || type == TARGET_LINKADDR)) {
      const mac = option + OPTION_MAC;
      memory.copy(scratch, mac, 6);
      setAddress(scratch, args + (type == SOURCE_LINKADDR ? ARG_SLL : ARG_TLL), ND_MASKS);
      if (memory.compare(scratch, mac, 6) == 0) return;
      store<u16>(nd, updateBytes(load<u16>(nd, ICMP_SUM), mac, scratch, 6) as u16, ICMP_SUM);
      memory.copy(mac, scratch, 6);
      return;
    }
    option += bytes;
    bytes = <u32>load<u8>(option, 1) << 3;
    left -= bytes;
  }
}
