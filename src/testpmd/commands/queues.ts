// queues - single queues of a port: `port N rxq Q start|stop`, ring sizes, deferred start, set-up, descriptors.
// Follows cmd_config_rxtx_queue_parsed and its neighbours of app/test-pmd 22.11. Ring sizes and deferred starts are kept per port:
// no device here has rings of its own size or starts queues later.

import { FALLBACK_RING_SIZE } from "../../dpdk/devices/dev-info.ts";
import { EINVAL } from "../../dpdk/devices/errno.ts";
import type { App, Port } from "../app.ts";
import { command } from "../console/command.ts";
import { keepPer } from "../keep.ts";
import { ethdevPort, forwardingStopped, knownQueue, QUEUES, reconfigure, testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

type Side = "rx" | "tx";
const sideOf = (queue: "rxq" | "txq"): Side => (queue === "rxq" ? "rx" : "tx");

const deferred = keepPer((_: Port) => new Set<string>());

/** rx_free_thresh in 22.11 is an int of -1 until it is set: every size is above it. */
function setRingSize(app: App, id: number, side: Side, queue: number, size: number): void {
  const port = testpmdPort(app, id);
  if (port === undefined || !knownQueue(app, side, queue)) return;
  const threshold = app.settings.rxFreeThreshold;
  if (side === "rx" && size !== 0 && size <= threshold) {
    app.err(`Invalid rx ring_size, must > rx_free_thresh: ${threshold}\n`);
    return;
  }
  if (queue === 0) port[side === "rx" ? "rxd" : "txd"] = size;
  reconfigure(port, QUEUES);
}

/** rte_eth_dev_rx_queue_start and its likes, which say on the log that nothing was to do. */
function operateQueue(app: App, id: number, side: Side, queue: number, start: boolean): void {
  const port = startedPort(app, id);
  if (port === undefined || !knownQueue(app, side, queue)) return;
  if (!port.dev.startsQueues) {
    app.err("Function not supported in PMD\n");
    return;
  }
  const states = side === "rx" ? port.rxQueueStarted : port.txQueueStarted;
  if ((states[queue] ?? true) === start) {
    app.err(`Queue ${queue} of device with port_id=${id} already ${start ? "started" : "stopped"}\n`);
  }
  states[queue] = start;
}

function startedPort(app: App, id: number): Port | undefined {
  if (!forwardingStopped(app)) return undefined;
  const port = testpmdPort(app, id);
  if (port === undefined || port.status === "started") return port;
  app.err(`Please start port ${id} first\n`);
  return undefined;
}

function setDeferredStart(app: App, id: number, side: Side, queue: number, on: boolean): void {
  const port = testpmdPort(app, id);
  if (port === undefined) return;
  if (port.status === "started") {
    app.err(`Please stop port ${id} first\n`);
    return;
  }
  if (!knownQueue(app, side, queue)) return;
  const queues = deferred(port);
  const name = `${side}${queue}`;
  if (queues.has(name) === on) return;
  if (on) queues.add(name);
  else queues.delete(name);
  reconfigure(port, QUEUES);
}

/** A queue of a port that runs cannot be set up. */
function setupQueue(app: App, id: number, side: Side, queue: number): void {
  const port = testpmdPort(app, id);
  if (port === undefined) return;
  if (!knownQueue(app, side, queue)) app.err(`Invalid ${side} queue\n`);
  else if (side === "tx" && port.txd < app.settings.txSegments.length) {
    app.err("Failed to setup TX queue: not enough descriptors\n");
  } else if (port.status === "started") app.err(`Failed to setup ${side.toUpperCase()} queue\n`);
}

export const queueCommands = [
  command(
    "port config <port_id:u16> <rxtxq:rxq|txq> <queue_id:u16> ring_size <value:u16>",
    "",
    (app, { port_id, rxtxq, queue_id, value }) => setRingSize(app, port_id, sideOf(rxtxq), queue_id, value),
  ),
  command(
    "port <port_id:u16> <rxtxq:rxq|txq> <queue_id:u16> <opname:start|stop>",
    "",
    (app, { port_id, rxtxq, queue_id, opname }) =>
      operateQueue(app, port_id, sideOf(rxtxq), queue_id, opname === "start"),
  ),
  command(
    "port <port_id:u16> <rxtxq:rxq|txq> <queue_id:u16> deferred_start <state:on|off>",
    "",
    (app, { port_id, rxtxq, queue_id, state }) =>
      setDeferredStart(app, port_id, sideOf(rxtxq), queue_id, state === "on"),
  ),
  command("port <port_id:u16> <rxtxq:rxq|txq> <queue_idx:u16> setup", "", (app, { port_id, rxtxq, queue_idx }) =>
    setupQueue(app, port_id, sideOf(rxtxq), queue_idx),
  ),
];

/** The rings of a software device lie in no memory zone. */
export const readDescriptor = command(
  "read <rxd_txd:rxd|txd> <port_id:u16> <queue_id:u16> <desc_id:u16>",
  "",
  (app, { rxd_txd, port_id, queue_id, desc_id }) => {
    const port = ethdevPort(app, port_id);
    if (port === undefined) return;
    const side = rxd_txd === "rxd" ? "rx" : "tx";
    const queues = side === "rx" ? app.settings.rxq : app.settings.txq;
    if (queue_id >= queues) {
      app.err(`Invalid ${side === "rx" ? "Rx" : "Tx"} queue_id=${queue_id}\n`);
      return;
    }
    const size = (side === "rx" ? port.rxd : port.txd) || FALLBACK_RING_SIZE;
    if (desc_id >= size) {
      return app.err(`Invalid ${side.toUpperCase()} descriptor ${desc_id} (must be < ring_size=${size})\n`);
    }
    app.err(
      `${side}_ring ring memory zoneof (port ${port_id}, queue ${queue_id}) not found ` +
        `(zone name = eth_p${port_id}_q${queue_id}_${side}_ring\n`,
    );
  },
);

/** Queues cannot tell about their mbufs. */
export const cleanupTxQueue = command(
  "port cleanup <port_id:u16> txq <queue_id:u16> <free_cnt:u32>",
  "",
  (app, { port_id, queue_id }) => {
    if (!forwardingStopped(app)) return;
    ethdevPort(app, port_id);
    app.err(`Failed to get port ${port_id} Tx queue ${queue_id} info\n`);
  },
);

export const rateLimit = command(
  "set port <port_id:u16> queue <queue_id:u8> rate <rate_value:u32>",
  ": Set rate limit for a queue on port_id",
  (app, { port_id, queue_id, rate_value }) => {
    const port = testpmdPort(app, port_id);
    if (port === undefined) return;
    const { speedMbps } = port.dev.link();
    if (speedMbps !== 0xffff_ffff && rate_value > speedMbps) {
      return app.err(`Invalid rate value:${rate_value} bigger than link speed: ${speedMbps}\n`);
    }
    const known = queue_id < port.dev.info.maxTxQueues;
    if (!known) app.err(`Set queue rate limit:port ${port_id}: invalid queue ID=${queue_id}\n`);
    const [diag, words] = known ? [95, "Operation not supported"] : [EINVAL, "Invalid argument"];
    app.err(
      `rte_eth_set_queue_rate_limit for port_id=${port_id} failed diag=-${diag}\nqueue_rate_limit_cmd error: (${words})\n`,
    );
  },
);

const describes = (app: App, id: number): boolean => {
  if (!app.ports.has(id)) app.err(`invalid port id ${id}\n`);
  return app.ports.has(id);
};

/** Descriptors that no device here has. */
export const descriptorCommands = [
  command(
    "show port <port_id:u16> <rxtxq:rxq|txq> <queue_id:u16> desc <desc_id:u16> status",
    "",
    (app, { port_id, queue_id, desc_id }) => {
      if (describes(app, port_id)) app.err(`Invalid input: queue id = ${queue_id}, desc id = ${desc_id}\n`);
    },
  ),
  command("show port <port_id:u16> rxq <queue_id:u16> desc used count", "", (app, { port_id, queue_id }) => {
    if (describes(app, port_id)) app.err(`Invalid queueid = ${queue_id}\n`);
  }),
];

export const availableThreshold = command(
  "set port <port_id:u16> rxq <queue_id:u16> avail_thresh <0..99:u8>",
  ": Set available descriptors threshold for Rx queue",
  (app, { port_id }) => {
    const known = testpmdPort(app, port_id) !== undefined;
    app.out(`rxq_avail_thresh_cmd error: (${known ? "Operation not supported" : "Invalid argument"})\n`);
  },
);

export const vxlanPort = refused(
  "rx_vxlan_port <what:add|rm> <udp_port:u16> <port_id:u16>",
  ": Add/Remove a tunneling UDP port filter",
  "ethdev",
  "udp tunneling add error: ({strerror})\n",
);
