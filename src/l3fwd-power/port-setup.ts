// port-setup - how l3fwd-power configures a port: rte_eth_dev_configure's checks as far as its options reach them.
import { EINVAL } from "../dpdk/devices/errno.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import { mtuComplaint, overheadOf } from "../dpdk/devices/mtu.ts";
import { type EalLog, LOG_ERR } from "../dpdk/eal/eal-log.ts";
import { type Io, rteExit } from "../dpdk/io.ts";

/** RTE_ETH_RX_OFFLOAD_CHECKSUM */
const RX_CHECKSUM = 0xen;
/** RTE_ETH_TX_OFFLOAD_MULTI_SEGS, _MBUF_FAST_FREE */
const MULTI_SEGS = 0x8000n;
const FAST_FREE = 0x10000n;
/** RTE_ETH_RSS_UDP */
const RSS_UDP = 0x20820n;
const MTU = 1500;
const FRAME_MIN = 64;
const FRAME_MAX = 9600;

/** Configures a port; nobody has set up its queues. maxPacketLength: 0: as it is. rxInterrupts: intr_conf.rxq. @returns its Rx offloads. @throws Exit */
export function configurePort(
  dev: Ethdev,
  queues: {
    readonly rxq: number;
    readonly txq: number;
    readonly maxPacketLength: number;
    readonly rxInterrupts: boolean;
  },
  io: Io,
  log: EalLog,
): bigint {
  const { rxq, txq, maxPacketLength, rxInterrupts } = queues;
  const { id, info } = dev;
  if (maxPacketLength !== 0 && (maxPacketLength < FRAME_MIN || maxPacketLength > FRAME_MAX))
    rteExit(io, `Invalid max packet length: ${maxPacketLength} (port ${id})\n`);
  const mtu = maxPacketLength === 0 ? MTU : maxPacketLength - overheadOf(info);
  const txOffloads = (mtu > MTU ? MULTI_SEGS : 0n) | (info.txOffloads & FAST_FREE);
  const rss = info.flowTypeRssOffloads & RSS_UDP;
  if (rss !== RSS_UDP) {
    const found = `requested:0x${RSS_UDP.toString(16)} configured:${rss === 0n ? "0" : `0x${rss.toString(16)}`}`;
    io.out(`Port ${id} modified RSS hash function based on hardware support,${found}\n`);
  }
  const rxOffloads = RX_CHECKSUM & info.rxOffloads;
  const fail = (code: number): never => rteExit(io, `Cannot configure device: err=${code}, port=${id}\n`);
  const complaint = dev.refusedQueues(rxq, txq) ?? mtuComplaint(id, info, mtu) ?? offloadComplaint(dev, txOffloads);
  if (complaint !== undefined) {
    log.log("lib.ethdev", LOG_ERR, `${complaint}\n`);
    fail(-EINVAL);
  }
  const code = dev.configureRxInterrupts(rxInterrupts ? rxq : 0);
  if (code !== 0) {
    log.log("lib.ethdev", LOG_ERR, `Port${id} dev_configure = ${code}\n`);
    fail(code);
  }
  dev.configureOffloads(txOffloads, rxOffloads);
  dev.mtu = mtu;
  return rxOffloads;
}

function offloadComplaint({ id, info }: Ethdev, asked: bigint): string | undefined {
  if ((asked & ~info.txOffloads) === 0n) return undefined;
  const has = `0x${info.txOffloads.toString(16)}`;
  const which = `requested Tx offloads 0x${asked.toString(16)} doesn't match Tx offloads capabilities ${has}`;
  return `Ethdev port_id=${id} ${which} in rte_eth_dev_configure()`;
}
