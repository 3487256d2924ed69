// forwarding-refusal - why forwarding does not start: what start_packet_forwarding and the engines' begin hooks of 22.11 check.

import { rteExit } from "../dpdk/io.ts";
import type { App } from "./app.ts";

/** Bytes of the headers that txonly writes. */
const TXONLY_HEADERS = 14 + 20 + 8;

export const forwardingRefusal = {
  /** Modes want queues: the real program ends where there are none. */
  queues(app: App): void {
    const { forwardMode, rxq, txq } = app.settings;
    if (forwardMode === "rxonly") {
      if (rxq === 0) rteExit(app, "rxq are 0, cannot use rxonly fwd mode\n");
    } else if (forwardMode === "txonly") {
      if (txq === 0) rteExit(app, "txq are 0, cannot use txonly fwd mode\n");
    } else if (rxq === 0 || txq === 0) {
      rteExit(app, `Either rxq or txq are 0, cannot use ${forwardMode} fwd mode\n`);
    }
  },

  /** The engine's begin hook. @returns what is printed when it refuses */
  begin(app: App, txFirst: number): string | undefined {
    const { forwardMode } = app.settings;
    if (forwardMode === "noisy") beginNoisy(app);
    return forwardMode === "txonly" || txFirst > 0 ? beginTxonly(app) : undefined;
  },
};

function beginNoisy(app: App): void {
  const [port = 0] = app.config.ports;
  const { bufferSize, lookupMemoryMb, reads, writes, readsWrites } = app.settings.noisy;
  if (bufferSize > 0 && (bufferSize & (bufferSize - 1)) !== 0) {
    app.err("RING: Requested number of elements is invalid, must be power of 2, and not exceed 2147483647\n");
    rteExit(app, `rte_ring_create(${port}), size ${bufferSize}) failed\n`);
  }
  if (lookupMemoryMb === 0n && reads + writes + readsWrites > 0n) {
    rteExit(app, "--noisy-lkup-memory-size must be > 0\n");
  }
}

function beginTxonly({ settings }: App): string | undefined {
  const [first = 0] = settings.txSegments;
  if ((settings.txSplit !== "rand" && !settings.txMultiFlow) || first >= TXONLY_HEADERS) return undefined;
  const what = "Random segment number or multiple flow is enabled";
  return `${what}, but tx_pkt_seg_lengths[0] ${first} < ${TXONLY_HEADERS} (needed)\nPacket forwarding is not ready\n`;
}
