// new-port - a port as testpmd has it when its device was found.
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import type { Port } from "./app.ts";

const NO_STATS = { ipackets: 0, opackets: 0, ibytes: 0, obytes: 0, imissed: 0, ierrors: 0, oerrors: 0, rxNombuf: 0 };

export function newPort(dev: Ethdev): Port {
  return {
    id: dev.id,
    dev,
    status: "stopped",
    needReconfigure: true,
    needReconfigureQueues: true,
    rxOffloads: 0n,
    txOffloads: 0n,
    txVlanId: 0,
    txVlanIdOuter: 0,
    parseTunnel: false,
    macSwap: true,
    tsoSegmentSize: 0,
    tunnelTsoSegmentSize: 0,
    rxd: 0,
    txd: 0,
    rxQueueStarted: [],
    txQueueStarted: [],
    statsBase: NO_STATS,
  };
}
