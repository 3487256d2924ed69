// streams - which queue is forwarded where, and by which lcore: fwd_config_setup of 22.11 (app/test-pmd/config.c).
// Pure: settings in, a plan out. The order of streams is what statistics are printed in and what lcores' shares are cut from.
// Not modelled: DCB.
import type { PortTopology, Settings } from "./settings.ts";

/** One stream before it has a place in the engine. */
export interface StreamPlan {
  readonly rxPort: number;
  readonly rxQueue: number;
  readonly txPort: number;
  readonly txQueue: number;
}

/** An lcore's share of the streams: `count` of them from `first` on. */
export interface LcoreShare {
  readonly first: number;
  readonly count: number;
}

export interface ForwardPlan {
  readonly streams: readonly StreamPlan[];
  readonly shares: readonly LcoreShare[];
  /** The topology is paired and the last port has no partner: it is its own. */
  readonly oddPort: boolean;
}

/** @param ports the ports that forward, in order. lcores: nb_fwd_lcores */
export function planForwarding(settings: Settings, ports: readonly number[], lcores: number): ForwardPlan {
  const { rxq, txq, forwardMode, topology } = settings;
  if (forwardMode === "icmpecho") return planEcho(ports, rxq, txq, lcores);
  const multi = rxq > 1 && txq > 1;
  const queues = multi ? Math.floor(Math.min(rxq, txq) / settings.numProcs) : 1;
  const start = multi ? Math.floor((settings.procId * Math.min(rxq, txq)) / settings.numProcs) : 0;
  const streams = Array.from({ length: queues }, (_, q) =>
    ports.map((rxPort, i) => {
      const queue = start + q;
      return { rxPort, rxQueue: queue, txPort: ports[txIndex(topology, i, ports.length)]!, txQueue: queue };
    }),
  ).flat();
  return {
    streams,
    shares: shareStreams(streams.length, Math.min(lcores, streams.length)),
    oddPort: topology === "paired" && ports.length % 2 === 1,
  };
}

/** icmpecho answers on the port and queue that it heard on; streams run through a port's queues first. */
function planEcho(ports: readonly number[], rxq: number, txq: number, lcores: number): ForwardPlan {
  const streams = ports.flatMap((port) =>
    Array.from({ length: rxq }, (_, queue) => ({ rxPort: port, rxQueue: queue, txPort: port, txQueue: queue })),
  );
  const used = Math.min(lcores, txq * ports.length, streams.length);
  return { streams, shares: shareStreams(streams.length, used), oddPort: false };
}

/** The topology goes by places in the list of forwarding ports, not by port ids. */
function txIndex(topology: PortTopology, index: number, ports: number): number {
  if (topology === "loop") return index;
  if (topology === "chained") return (index + 1) % ports;
  const pair = index ^ 1;
  return pair < ports ? pair : index;
}

/** Contiguous shares; what does not divide goes one each to the last lcores. */
function shareStreams(streams: number, lcores: number): LcoreShare[] {
  if (lcores === 0) return [];
  const each = Math.floor(streams / lcores);
  const plain = lcores - (streams % lcores);
  let first = 0;
  return Array.from({ length: lcores }, (_, lcore) => {
    const share = { first, count: each + (lcore < plain ? 0 : 1) };
    first += share.count;
    return share;
  });
}
