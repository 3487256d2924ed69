// mempools - the mbufs of OVS's DPDK ports: one pool for all ports of an MTU on a NUMA node, as large as fits (dpdk_mp_get of lib/netdev-dpdk.c, OVS 3.1;
// per-port-memory is not modelled).
import { MBUF_HEADROOM } from "../../assembly/abi/limits.ts";
import { UsageError } from "../errors.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Log } from "./log.ts";
import { NetdevError } from "./netdev.ts";

/** NETDEV_DPDK_MBUF_ALIGN, MAX_NB_MBUF, MIN_NB_MBUF, MP_CACHE_SZ. */
const ALIGN = 1024;
const MBUFS_MAX = 4096 * 64;
const MBUFS_MIN = 4096 * 4;
const CACHE = 512;
/** Ethernet header, FCS and two VLAN tags: what a frame has around its MTU. */
const MTU_TO_FRAME = 14 + 4 + 8;
const ETHER_MTU = 1500;

export interface Mempool {
  /** Linear address. */
  readonly address: number;
  readonly mbufs: number;
  /** Of a buffer without headroom. */
  readonly dataRoom: number;
}

export class Mempools {
  private readonly machine: Machine;
  private readonly lcores: number;
  private readonly log: Log;
  /** By data room and NUMA node. */
  private readonly pools = new Map<string, Mempool>();

  /** lcores: that there may ever be */
  constructor(machine: Machine, lcores: number, log: Log) {
    this.machine = machine;
    this.lcores = lcores;
    this.log = log;
  }

  /** The pool for an MTU on a NUMA node. @throws NetdevError when there is no memory for one */
  get(name: string, mtu: number, node: number): Mempool {
    const dataRoom = Math.ceil((mtu + MTU_TO_FRAME) / ALIGN) * ALIGN;
    const key = `${dataRoom} ${node}`;
    const found = this.pools.get(key);
    if (found !== undefined) return found;
    for (let mbufs = mtu >= ETHER_MTU ? MBUFS_MAX : MBUFS_MIN; mbufs >= MBUFS_MIN; mbufs /= 2) {
      try {
        const address = this.machine.addPool(mbufs, CACHE, this.lcores, undefined, dataRoom + MBUF_HEADROOM);
        const pool = { address, mbufs, dataRoom };
        this.pools.set(key, pool);
        return pool;
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        this.log.error("netdev_dpdk", `Failed to create mempool with a request of ${mbufs} mbufs`);
      }
    }
    const why = "Cannot allocate memory";
    this.log.error(
      "netdev_dpdk",
      `Failed to create memory pool for netdev ${name}, with MTU ${mtu} on socket ${node}: ${why}`,
    );
    throw new NetdevError(why);
  }
}
