// net-control - what a virtio-net device does with the commands of its control queue. virtio 1.3, 5.1.6.5; follows QEMU 7.2's
// virtio_net_handle_rx_mode, _mac, _vlan_table, _announce and _mq in what is an error, what overflows, and what a refused command leaves as it was.
//
// Data is read through the cursor of its queue (control-device.ts), so it may be cut anywhere; nothing is believed that was not found there.
// Not modelled: RSS and hash configuration, guest offloads: unknown commands, as of a device that offers neither.
import {
  CONTROL_STATE_CHANGES, CONTROL_STATE_FIRST_MULTI, CONTROL_STATE_IN_USE, CONTROL_STATE_MAC, CONTROL_STATE_MULTI_OVERFLOW, CONTROL_STATE_PAIRS,
  CONTROL_STATE_REFUSED, CONTROL_STATE_SERVED, CONTROL_STATE_STATUS, CONTROL_STATE_UNI_OVERFLOW, MAC_TABLE_ENTRIES, VIRTIO_NET_CTRL_ANNOUNCE,
  VIRTIO_NET_CTRL_ANNOUNCE_ACK, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, VIRTIO_NET_CTRL_MAC_TABLE_SET, VIRTIO_NET_CTRL_MQ,
  VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOBCAST, VIRTIO_NET_CTRL_RX_PROMISC, VIRTIO_NET_CTRL_VLAN,
  VIRTIO_NET_CTRL_VLAN_ADD, VIRTIO_NET_CTRL_VLAN_DEL, VIRTIO_NET_ERR, VIRTIO_NET_OK, VIRTIO_NET_S_ANNOUNCE, VIRTIO_NET_S_LINK_UP, VLAN_IDS,
} from "../abi/control";
import { NET_CONTROL_BYTES } from "../abi/sizes";
import { readBytes, readSkip } from "./chain-copy";
import { DeviceQueue } from "./virtqueue";

@unmanaged
export class NetControl {
  mac: u64; // 48 bits, byte 0 lowest
  maxPairs: u32;
  pairs: u32; // queue pairs in use
  mq: u32; // VIRTIO_NET_F_MQ was agreed on
  status: u32; // the configuration space's: VIRTIO_NET_S_*
  inUse: u32; // addresses in the table: unicast, then multicast ones
  firstMulti: u32;
  uniOverflow: u32; // 1: there were more than the table holds, so all are let in
  multiOverflow: u32;
  changes: u32;
  served: u32;
  refused: u32;
  reserved: u32;
  // then u32[6] modes by command, u64[64] addresses, u64[64] addresses of a table being read, u32[128] VLANs
}

const MODES: usize = 64;
const MACS: usize = 96;
const NEW_MACS: usize = MACS + 8 * MAC_TABLE_ENTRIES;
const VLANS: usize = NEW_MACS + 8 * MAC_TABLE_ENTRIES;
if (offsetof<NetControl>() > MODES || VLANS + (VLAN_IDS >> 3) > NET_CONTROL_BYTES) ERROR();
const MAC_BYTES: u32 = 6;

/** A device at power-on. at: NET_CONTROL_BYTES. mac: 48 bits, byte 0 lowest */
export function netControlInit(at: usize, mac: u64, maxPairs: u32): void {
  memory.fill(at, 0, NET_CONTROL_BYTES);
  changetype<NetControl>(at).maxPairs = maxPairs;
  changetype<NetControl>(at).status = VIRTIO_NET_S_LINK_UP;
  netControlReset(at, mac, false, false);
}

/**
 * The driver has reset the device and agreed on features: all is let in, no pair beyond the first is used. mac: of the device as it was made.
 * vlans: whether CTRL_VLAN was agreed on: else every VLAN is. Source: virtio_net_reset, virtio_net_set_features
 */
export function netControlReset(at: usize, mac: u64, mq: bool, vlans: bool): void {
  const c = changetype<NetControl>(at);
  c.mac = mac;
  c.mq = mq ? 1 : 0;
  c.pairs = 1;
  c.inUse = 0;
  c.firstMulti = 0;
  c.uniOverflow = 0;
  c.multiOverflow = 0;
  memory.fill(at + MODES, 0, 4 * (VIRTIO_NET_CTRL_RX_NOBCAST + 1));
  store<u32>(at, 1, MODES + 4 * VIRTIO_NET_CTRL_RX_PROMISC);
  memory.fill(at + VLANS, vlans ? 0 : 0xff, VLAN_IDS >> 3);
}

/** Sets bits of the configuration space's status, and clears others. */
export function netControlSetStatus(at: usize, set: u32, clear: u32): void {
  const c = changetype<NetControl>(at);
  c.status = (c.status & ~clear) | set;
}

/** What a device's state is: CONTROL_STATE_*, or a receive mode by its command. */
export function netControlState(at: usize, what: u32): u64 {
  const c = changetype<NetControl>(at);
  if (what <= VIRTIO_NET_CTRL_RX_NOBCAST) return mode(at, what);
  switch (what) {
    case CONTROL_STATE_MAC: return c.mac;
    case CONTROL_STATE_STATUS: return c.status;
    case CONTROL_STATE_PAIRS: return c.pairs;
    case CONTROL_STATE_IN_USE: return c.inUse;
    case CONTROL_STATE_FIRST_MULTI: return c.firstMulti;
    case CONTROL_STATE_UNI_OVERFLOW: return c.uniOverflow;
    case CONTROL_STATE_MULTI_OVERFLOW: return c.multiOverflow;
    case CONTROL_STATE_CHANGES: return c.changes;
    case CONTROL_STATE_SERVED: return c.served;
    case CONTROL_STATE_REFUSED: return c.refused;
    default: return 0;
  }
}

/** An address of the table. index: below CONTROL_STATE_IN_USE */
export function netControlMac(at: usize, index: u32): u64 {
  return load<u64>(at + (index << 3), MACS);
}

/** Whether a VLAN is let in. vid: below VLAN_IDS */
export function netControlVlan(at: usize, vid: u32): bool {
  return ((load<u32>(vlanWord(at, vid)) >> (vid & 31)) & 1) != 0;
}

export function mode(at: usize, command: u32): u32 {
  return load<u32>(at + (command << 2), MODES);
}

function vlanWord(at: usize, vid: u32): usize {
  return at + VLANS + ((vid >> 5) << 2);
}

/** Does a command whose data the queue's cursor is in front of. @returns its ack */
export function netControlServe(at: usize, q: DeviceQueue, kind: u32, command: u32): u32 {
  switch (kind) {
    case VIRTIO_NET_CTRL_RX: return rxMode(at, q, command);
    case VIRTIO_NET_CTRL_MAC: return command == VIRTIO_NET_CTRL_MAC_TABLE_SET ? macTable(at, q) : macAddress(at, q, command);
    case VIRTIO_NET_CTRL_VLAN: return vlan(at, q, command);
    case VIRTIO_NET_CTRL_ANNOUNCE: return announced(changetype<NetControl>(at), command);
    case VIRTIO_NET_CTRL_MQ: return pairsSet(changetype<NetControl>(at), q, command);
    default: return VIRTIO_NET_ERR;
  }
}

function changed(at: usize): u32 {
  changetype<NetControl>(at).changes++;
  return VIRTIO_NET_OK;
}

/** A mode's byte is kept as it is: any but 0 is on. What stands behind it is not looked at. */
function rxMode(at: usize, q: DeviceQueue, command: u32): u32 {
  if (command > VIRTIO_NET_CTRL_RX_NOBCAST || q.readable < 1) return VIRTIO_NET_ERR;
  const on = readBytes(q, 1);
  if (q.cut) return VIRTIO_NET_ERR;
  store<u32>(at + (command << 2), on ? 1 : 0, MODES);
  return changed(at);
}

function macAddress(at: usize, q: DeviceQueue, command: u32): u32 {
  if (command != VIRTIO_NET_CTRL_MAC_ADDR_SET || q.readable != MAC_BYTES) return VIRTIO_NET_ERR;
  const mac = readBytes(q, MAC_BYTES);
  if (q.cut) return VIRTIO_NET_ERR;
  changetype<NetControl>(at).mac = mac;
  return changed(at);
}

/** Both tables, or none: until the last byte was read the old ones stand. */
function macTable(at: usize, q: DeviceQueue): u32 {
  const uni = entries(q);
  if (uni < 0) return VIRTIO_NET_ERR;
  const unicast = tableRead(at, q, 0, uni as u64), multi = entries(q);
  if (multi < 0 || <u64>multi * MAC_BYTES != <u64>q.readable) return VIRTIO_NET_ERR;
  const inUse = unicast + tableRead(at, q, unicast, multi as u64);
  if (q.cut) return VIRTIO_NET_ERR;
  const c = changetype<NetControl>(at);
  c.firstMulti = unicast;
  c.inUse = inUse;
  c.uniOverflow = u32(<u64>unicast < <u64>uni);
  c.multiOverflow = u32(<u64>(inUse - unicast) < <u64>multi);
  memory.copy(at + MACS, at + NEW_MACS, inUse << 3);
  return changed(at);
}

/** How many addresses follow. @returns -1: not as many, or no number */
function entries(q: DeviceQueue): i64 {
  if (q.readable < 4) return -1;
  const n = readBytes(q, 4) as i64;
  return q.cut || <u64>n * MAC_BYTES > <u64>q.readable ? -1 : n;
}

/** Reads n addresses into the new table, or, when they do not fit behind `first`, past them. @returns how many it took */
function tableRead(at: usize, q: DeviceQueue, first: u32, n: u64): u32 {
  if (n > <u64>(MAC_TABLE_ENTRIES - first)) {
    readSkip(q, (n * MAC_BYTES) as u32);
    return 0;
  }
  for (let i: u32 = 0; i < (n as u32); i++) store<u64>(at + ((first + i) << 3), readBytes(q, MAC_BYTES), NEW_MACS);
  return n as u32;
}

function vlan(at: usize, q: DeviceQueue, command: u32): u32 {
  if (q.readable < 2) return VIRTIO_NET_ERR;
  const vid = readBytes(q, 2) as u32;
  if (q.cut || vid >= VLAN_IDS) return VIRTIO_NET_ERR;
  const word = vlanWord(at, vid), bit: u32 = 1 << (vid & 31);
  if (command == VIRTIO_NET_CTRL_VLAN_ADD) store<u32>(word, load<u32>(word) | bit);
  else if (command == VIRTIO_NET_CTRL_VLAN_DEL) store<u32>(word, load<u32>(word) & ~bit);
  else return VIRTIO_NET_ERR;
  return changed(at);
}

/** Nothing to acknowledge is an error. */
function announced(c: NetControl, command: u32): u32 {
  if (command != VIRTIO_NET_CTRL_ANNOUNCE_ACK || !(c.status & VIRTIO_NET_S_ANNOUNCE)) return VIRTIO_NET_ERR;
  c.status &= ~VIRTIO_NET_S_ANNOUNCE;
  return VIRTIO_NET_OK;
}

function pairsSet(c: NetControl, q: DeviceQueue, command: u32): u32 {
  if (command != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET || !c.mq || q.readable < 2) return VIRTIO_NET_ERR;
  const pairs = readBytes(q, 2) as u32;
  if (q.cut || pairs == 0 || pairs > c.maxPairs) return VIRTIO_NET_ERR;
  c.pairs = pairs;
  return VIRTIO_NET_OK;
}
