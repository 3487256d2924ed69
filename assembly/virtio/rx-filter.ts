// rx-filter - which frames a virtio-net device lets in, by what its control queue was told: receive_filter of QEMU 7.2's hw/net/virtio-net.c. A
// device whose back-end fills the rings itself (vhost) filters nothing.
import {
  VIRTIO_NET_CTRL_RX_ALLMULTI, VIRTIO_NET_CTRL_RX_ALLUNI, VIRTIO_NET_CTRL_RX_NOBCAST, VIRTIO_NET_CTRL_RX_NOMULTI, VIRTIO_NET_CTRL_RX_NOUNI,
  VIRTIO_NET_CTRL_RX_PROMISC,
} from "../abi/control";
import { mode, NetControl, netControlMac, netControlVlan } from "./net-control";

const ADDRESS: u64 = 0xffff_ffff_ffff;
/** ETHER_TYPE of a VLAN tag as a u16 in memory; QEMU looks for no other tag. */
const TAG: u32 = 0x0081;
const TAGGED_BYTES: u32 = 16;

/** Whether a frame is let in. frame: at least its first 16 bytes are in one piece, if it has them. control: NetControl */
export function rxFilterAccepts(control: usize, frame: usize, length: u32): bool {
  if (mode(control, VIRTIO_NET_CTRL_RX_PROMISC)) return true;
  if (length >= TAGGED_BYTES && load<u16>(frame, 12) == TAG) {
    const vid = ((<u32>load<u8>(frame, 14) & 15) << 8) | load<u8>(frame, 15);
    if (!netControlVlan(control, vid)) return false;
  }
  const c = changetype<NetControl>(control), address = load<u64>(frame) & ADDRESS;
  if (address == ADDRESS) return !mode(control, VIRTIO_NET_CTRL_RX_NOBCAST);
  if (address & 1) {
    if (mode(control, VIRTIO_NET_CTRL_RX_NOMULTI)) return false;
    if (mode(control, VIRTIO_NET_CTRL_RX_ALLMULTI) || c.multiOverflow) return true;
    return isListed(control, address, c.firstMulti, c.inUse);
  }
  if (mode(control, VIRTIO_NET_CTRL_RX_NOUNI)) return false;
  if (mode(control, VIRTIO_NET_CTRL_RX_ALLUNI) || c.uniOverflow || address == c.mac) return true;
  return isListed(control, address, 0, c.firstMulti);
}

function isListed(control: usize, address: u64, from: u32, to: u32): bool {
  for (let i = from; i < to; i++) if (netControlMac(control, i) == address) return true;
  return false;
}
