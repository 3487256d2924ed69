// config - what streams share: testpmd's globals (txpkts, flowgen, noisy, verbose ...) and what it keeps of each port for its engines
// (addresses, tx offloads, VLAN ids, csum's switches). Defaults are testpmd 22.11's. Sources: testpmd.c, txonly.c, noisy_vnf.c.
//
// Written between runs by TypeScript, one setting a call (abi/forwarding.ts); while a run lasts, read only. Engines read it once a
// burst. What txonly and flowgen send is worked out in streamConfigure, so a change reaches a stream when it is configured again.
import { FORWARD_CONFIG_BYTES, PORT_CONFIG_BYTES } from "../abi/sizes";
import {
  FORWARD_FLOWGEN_CLONES, FORWARD_FLOWGEN_FLOWS, FORWARD_GENEVE_PORT, FORWARD_NOISY_FLUSH, FORWARD_NOISY_MEMORY, FORWARD_NOISY_MEMORY_BYTES,
  FORWARD_NOISY_READS, FORWARD_NOISY_READS_WRITES, FORWARD_NOISY_WRITES, FORWARD_TX_IP_DESTINATION, FORWARD_TX_IP_SOURCE,
  FORWARD_TX_MULTI_FLOW, FORWARD_TX_SPLIT, FORWARD_TX_TIMES_INTER, FORWARD_TX_TIMES_INTRA, FORWARD_TX_UDP_DESTINATION, FORWARD_TX_UDP_SOURCE,
  FORWARD_VERBOSE, FORWARD_VXLAN_GPE_PORT, PORT_CONFIG_MAC, PORT_CONFIG_MAC_SWAP, PORT_CONFIG_PARSE_TUNNEL, PORT_CONFIG_PEER, PORT_CONFIG_TSO,
  PORT_CONFIG_TUNNEL_TSO, PORT_CONFIG_TX_OFFLOADS, PORT_CONFIG_TX_VLAN, PORT_CONFIG_TX_VLAN_OUTER, TX_OFFLOAD_MACSEC_INSERT,
  TX_OFFLOAD_QINQ_INSERT, TX_OFFLOAD_VLAN_INSERT,
} from "../abi/forwarding";
import { MAX_SEGMENTS } from "../abi/limits";
import { STATUS_BAD_SIZE, STATUS_OK } from "../abi/status";
import { TX_MACSEC, TX_QINQ, TX_VLAN } from "../mbuf/flags";

/** testpmd's globals that engines read. */
@unmanaged
export class ForwardConfig {
  segmentCount: u32; // txpkts: 1..255, lengths at SEGMENTS
  length: u32; // their sum
  split: u32; // TX_SPLIT_*
  multiFlow: u32;
  timesInter: u64; // ps
  timesIntra: u64;
  ipSource: u32;
  ipDestination: u32;
  udpSource: u16;
  udpDestination: u16;
  flows: u32; // flowgen: 1..
  clones: u32;
  noisyFlush: u32; // ms
  noisyMemory: u32; // linear address, 0: none
  noisyBytes: u32;
  noisyWrites: u32;
  noisyReads: u32;
  noisyReadsWrites: u32;
  vxlanGpePort: u16;
  genevePort: u16;
  dumpRx: u32; // 1: what rx bursts return is dumped
  dumpTx: u32; // 1: what tx bursts are given
  verbose: u32; // the level: engines with a dump of their own ask for above 0
}

/** Of the struct: u16[256], the lengths of txpkts. */
const SEGMENTS: usize = 256;
if (offsetof<ForwardConfig>() > SEGMENTS || (FORWARD_CONFIG_BYTES as usize) < SEGMENTS + 512) ERROR();

/** What testpmd's rte_port says to engines. */
@unmanaged
export class PortConfig {
  mac: u64; // 48 bits, byte 0 lowest; 0: the stream keeps what streamInit gave it
  peer: u64;
  txFlags: u64; // ol_flags that engines set: TX_VLAN, TX_QINQ, TX_MACSEC by the offloads
  txOffloads: u64; // RTE_ETH_TX_OFFLOAD_*
  vlanTci: u16;
  vlanTciOuter: u16;
  tso: u16; // bytes
  tunnelTso: u16;
  parseTunnel: u32;
  macSwap: u32;
  fifo: u32; // noisy's, 0: none
  noisyTime: u64; // ps: noisy's last flush, or first look at the clock
  noisyTimed: u32; // 1: noisyTime says something
}

if (offsetof<PortConfig>() > PORT_CONFIG_BYTES) ERROR();

/** Length of a segment of txpkts, bytes. */
// @ts-ignore: decorator
@inline
export function segmentLength(config: usize, index: u32): u32 {
  return load<u16>(config + (index << 1), SEGMENTS);
}

/** at: FORWARD_CONFIG_BYTES. Sets testpmd's defaults. */
export function forwardConfigInit(at: usize): void {
  memory.fill(at, 0, FORWARD_CONFIG_BYTES);
  const c = changetype<ForwardConfig>(at);
  c.segmentCount = 1;
  c.length = 64;
  store<u16>(at, 64, SEGMENTS);
  c.ipSource = 0xc6120001;
  c.ipDestination = 0xc6120002;
  c.udpSource = 9;
  c.udpDestination = 9;
  c.flows = 1024;
  c.vxlanGpePort = 4790;
  c.genevePort = 6081;
}

/** Sets one of testpmd's globals. setting: FORWARD_*. @returns STATUS_BAD_SIZE for a setting that is none */
export function forwardConfigSet(at: usize, setting: u32, value: u64): u32 {
  const c = changetype<ForwardConfig>(at);
  switch (setting) {
    case FORWARD_TX_SPLIT: c.split = value as u32; break;
    case FORWARD_TX_TIMES_INTER: c.timesInter = value; break;
    case FORWARD_TX_TIMES_INTRA: c.timesIntra = value; break;
    case FORWARD_TX_MULTI_FLOW: c.multiFlow = value as u32; break;
    case FORWARD_TX_IP_SOURCE: c.ipSource = value as u32; break;
    case FORWARD_TX_IP_DESTINATION: c.ipDestination = value as u32; break;
    case FORWARD_TX_UDP_SOURCE: c.udpSource = value as u16; break;
    case FORWARD_TX_UDP_DESTINATION: c.udpDestination = value as u16; break;
    case FORWARD_FLOWGEN_FLOWS: c.flows = max<u32>(value as u32, 1); break;
    case FORWARD_FLOWGEN_CLONES: c.clones = value as u32; break;
    case FORWARD_NOISY_FLUSH: c.noisyFlush = value as u32; break;
    case FORWARD_NOISY_MEMORY: c.noisyMemory = value as u32; break;
    case FORWARD_NOISY_MEMORY_BYTES: c.noisyBytes = value as u32; break;
    case FORWARD_NOISY_WRITES: c.noisyWrites = value as u32; break;
    case FORWARD_NOISY_READS: c.noisyReads = value as u32; break;
    case FORWARD_NOISY_READS_WRITES: c.noisyReadsWrites = value as u32; break;
    case FORWARD_VXLAN_GPE_PORT: c.vxlanGpePort = value as u16; break;
    case FORWARD_GENEVE_PORT: c.genevePort = value as u16; break;
    case FORWARD_VERBOSE:
      c.verbose = value as u32;
      c.dumpRx = value == 1 || value > 2 ? 1 : 0;
      c.dumpTx = value >= 2 ? 1 : 0;
      break;
    default: return STATUS_BAD_SIZE;
  }
  return STATUS_OK;
}

/** Sets txpkts. lengths: u16[n], each at most a data room. @returns STATUS_BAD_SIZE unless n is 1 to 255 */
export function forwardConfigSegments(at: usize, lengths: usize, n: u32): u32 {
  if (n == 0 || n > MAX_SEGMENTS) return STATUS_BAD_SIZE;
  const c = changetype<ForwardConfig>(at);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) sum += load<u16>(lengths + (i << 1));
  memory.copy(at + SEGMENTS, lengths, n << 1);
  c.segmentCount = n;
  c.length = sum;
  return STATUS_OK;
}

/** at: PORT_CONFIG_BYTES. Sets testpmd's defaults: no offload, `csum mac-swap on`. */
export function portConfigInit(at: usize): void {
  memory.fill(at, 0, PORT_CONFIG_BYTES);
  changetype<PortConfig>(at).macSwap = 1;
}

/** Sets one of a port's. setting: PORT_CONFIG_*. @returns STATUS_BAD_SIZE for a setting that is none */
export function portConfigSet(at: usize, setting: u32, value: u64): u32 {
  const p = changetype<PortConfig>(at);
  switch (setting) {
    case PORT_CONFIG_MAC: p.mac = value; break;
    case PORT_CONFIG_PEER: p.peer = value; break;
    case PORT_CONFIG_TX_OFFLOADS:
      p.txOffloads = value;
      p.txFlags = (value & TX_OFFLOAD_VLAN_INSERT ? TX_VLAN : 0) | (value & TX_OFFLOAD_QINQ_INSERT ? TX_QINQ : 0) | (value & TX_OFFLOAD_MACSEC_INSERT ? TX_MACSEC : 0);
      break;
    case PORT_CONFIG_TX_VLAN: p.vlanTci = value as u16; break;
    case PORT_CONFIG_TX_VLAN_OUTER: p.vlanTciOuter = value as u16; break;
    case PORT_CONFIG_PARSE_TUNNEL: p.parseTunnel = value as u32; break;
    case PORT_CONFIG_MAC_SWAP: p.macSwap = value as u32; break;
    case PORT_CONFIG_TSO: p.tso = value as u16; break;
    case PORT_CONFIG_TUNNEL_TSO: p.tunnelTso = value as u16; break;
    default: return STATUS_BAD_SIZE;
  }
  return STATUS_OK;
}
