// vdev-virtio-user - net_virtio_user's arguments, and what its driver says to those that it does not take.
// Follows virtio_user_pmd_probe and virtio_dev_devargs_parse of drivers/net/virtio (22.11). Some arguments are judged only when
// the device on the other side has answered: those complaints are `virtioUserFault`'s.
// Not modelled: vhost-kernel (iface) and vhost-vdpa backends.

import { formatMac, parseMac } from "../address.ts";
import { strtoul } from "../eal/c-number.ts";
import type { DevArgs } from "../eal/devargs.ts";
import { type EalLog, LOG_ERR, LOG_INFO, LOG_NOTICE } from "../eal/eal-log.ts";
import { type Kvargs, parseKvargs } from "../eal/kvargs.ts";
import type { QueueSetup, RefusedQueues } from "./ethdev.ts";
import type { Refusal, VdevBase } from "./vdev-base.ts";
import { logVirtioQueue, logVirtioUserMac } from "./virtio-user-log.ts";

/** VIRTIO_MAX_VIRTQUEUE_PAIRS and VIRTIO_USER_DEF_Q_SZ. */
const MAX_QUEUE_PAIRS = 8;
const QUEUE_SIZE = 256;
/** Link speeds that the driver has a capability for, Mbps. */
const SPEEDS = [10_000, 20_000, 25_000, 40_000, 50_000, 56_000, 100_000, 200_000];

const KEYS = [
  "queues",
  "cq",
  "mac",
  "path",
  "queue_size",
  "iface",
  "server",
  "mrg_rxbuf",
  "in_order",
  "packed_vq",
  "speed",
  "vectorized",
];

export interface VirtioUserVdev extends VdevBase {
  readonly driver: "net_virtio_user";
  readonly path: string;
  /** undefined: none given, or none that can be read: a random one. */
  readonly mac: bigint | undefined;
  /** Queue pairs. */
  readonly queues: number;
  /** 0: no queue can be made. */
  readonly queueSize: number;
  readonly cq: boolean;
  readonly server: boolean;
  readonly mrgRxbuf: boolean;
  readonly inOrder: boolean;
  readonly packedVq: boolean;
  readonly vectorized: boolean;
  /** Mbps; undefined: not given, so unknown; NaN: one that the driver refuses. */
  readonly speedMbps: number | undefined;
}

export interface VirtioUserContext {
  readonly log: EalLog;
  /** What a path is: the kind of backend follows from it. */
  pathKind(path: string): "missing" | "socket" | "other";
}

/** A number that its driver cannot read: the key. */
class Unreadable extends Error {}

export function parseVirtioUser(device: DevArgs, context: VirtioUserContext): VirtioUserVdev | Refusal {
  const refuse = (text: string): Refusal => {
    logVirtioUser(context.log, "virtio_user_pmd_probe", text);
    return "failed";
  };
  const kvargs = parseKvargs(device.args, KEYS);
  if (kvargs === undefined) return refuse("error when parsing param");
  try {
    const vdev = read(device, kvargs, context);
    return typeof vdev === "string" ? refuse(vdev) : vdev;
  } catch (error) {
    if (error instanceof Unreadable) return refuse(`error to parse ${error.message}`);
    throw error;
  }
}

/** In the driver's order of reading, which decides what is complained about first. */
function read(device: DevArgs, kvargs: Kvargs, context: VirtioUserContext): VirtioUserVdev | string {
  if (kvargs.count("path") !== 1) return "arg path is mandatory for virtio_user";
  const path = text(kvargs, "path") ?? "";
  if (context.pathKind(path) === "other") return `unable to determine backend type for path ${path}`;
  context.log.log("pmd.net.virtio.init", LOG_INFO, "virtio_user_pmd_probe(): Backend type detected: VHOST_USER\n");
  if (kvargs.count("iface") === 1) return "arg iface applies only to vhost-kernel backend";
  const mac = text(kvargs, "mac");
  const queueSize = integer(kvargs, "queue_size", QUEUE_SIZE);
  const queues = integer(kvargs, "queues", 1);
  const server = integer(kvargs, "server", 0) !== 0n;
  const cq = integer(kvargs, "cq", queues > 1n ? 1 : 0) !== 0n;
  const packedVq = integer(kvargs, "packed_vq", 0) !== 0n;
  const vectorized = integer(kvargs, "vectorized", 0) !== 0n;
  if (queues > 1n && !cq) return "multi-q requires ctrl-q";
  if (queues > MAX_QUEUE_PAIRS) return `arg queues ${queues} exceeds the limit ${MAX_QUEUE_PAIRS}`;
  const mrgRxbuf = integer(kvargs, "mrg_rxbuf", 1) !== 0n;
  const inOrder = integer(kvargs, "in_order", 1) !== 0n;
  return {
    driver: "net_virtio_user",
    name: device.name,
    devargs: device.args,
    path,
    mac: mac === undefined ? undefined : parseMac(mac),
    queues: Number(queues),
    queueSize: Number(BigInt.asUintN(16, queueSize)),
    cq,
    server,
    mrgRxbuf,
    inOrder,
    packedVq,
    vectorized,
    speedMbps: speed(kvargs),
  };
}

function text(kvargs: Kvargs, key: string): string | undefined {
  const pair = kvargs.single(key);
  if (pair !== undefined && pair.value === undefined) throw new Unreadable(key);
  return pair?.value;
}

function integer(kvargs: Kvargs, key: string, fallback: number): bigint {
  const given = text(kvargs, key);
  if (given === undefined) return BigInt(fallback);
  const { value, overflow } = strtoul(given, 0);
  if (overflow) throw new Unreadable(key);
  return value;
}

/** Mbit/s; NaN: none that there is. undefined: not said */
export function speed(kvargs: Kvargs): number | undefined {
  const pair = kvargs.single("speed");
  if (pair === undefined) return undefined;
  const value = Number(BigInt.asUintN(32, strtoul(pair.value ?? "", 0).value));
  return SPEEDS.includes(value) ? value : Number.NaN;
}

/** What the driver says and finds wrong once the backend is there; false: nothing. All lines have been logged. */
export function logVirtioUserFault(log: EalLog, vdev: VirtioUserVdev): boolean {
  const { path, mac, speedMbps, queues, cq } = vdev;
  logVirtioUserMac(log, path, mac === undefined ? undefined : formatMac(mac));
  const fault = virtioUserFault(vdev);
  const tried = Number.isNaN(speedMbps) ? 0 : fault === undefined ? 2 * queues + (cq ? 1 : 0) : 1;
  for (let number = 0; number < tried; number++) logVirtioQueue(log, number);
  if (fault === undefined) return false;
  logVirtioUser(log, fault[0], fault[1]);
  logVirtioUser(log, "virtio_user_pmd_probe", "eth_virtio_dev_init fails");
  return true;
}

function virtioUserFault({ queueSize, packedVq, speedMbps }: VirtioUserVdev): [from: string, text: string] | undefined {
  if (Number.isNaN(speedMbps)) return ["virtio_dev_devargs_parse", "Failed to parse speed"];
  if (queueSize === 0) return ["virtio_init_queue", "virtqueue does not exist"];
  const powerOfTwo = (queueSize & (queueSize - 1)) === 0;
  if (!packedVq && !powerOfTwo) return ["virtio_init_queue", "split virtqueue size is not power of 2"];
  return undefined;
}

/** Nobody listens at the path, or (server) it cannot be bound. reason: strerror's words */
export function logVirtioUserNoSocket(
  log: EalLog,
  { path, server }: Pick<VirtioUserVdev, "path" | "server">,
  reason: string,
): void {
  if (server) {
    const why = `failed to bind to ${path}: ${reason}; remove it and try again`;
    log.log("pmd.net.virtio.driver", LOG_ERR, `vhost_user_start_server(): ${why}\n`);
    logVirtioUser(log, "vhost_user_setup", "virtio-user startup fails in server mode");
  } else {
    logVirtioUser(log, "vhost_user_setup", `connect error, ${reason}`);
  }
  logVirtioUser(log, "virtio_user_dev_setup", `(${path}) Failed to setup backend`);
  logVirtioUser(log, "virtio_user_dev_init", `(${path}) backend set up fails`);
  logVirtioUser(log, "virtio_user_pmd_probe", "virtio_user_dev_init fails");
}

/** Its device went, or (server) another one came. */
export function logVirtioUserLink(log: EalLog, port: number, what: "down" | "again"): void {
  const type = "pmd.net.virtio.driver";
  if (what === "down") {
    log.log(type, LOG_ERR, `vhost_user_update_link_state(): virtio-user port ${port} is down\n`);
  } else {
    const text = "server mode virtio-user reconnection succeeds!";
    log.log(type, LOG_NOTICE, `virtio_user_dev_server_reconnect(): ${text}\n`);
  }
}

/** DEFAULT_RX_FREE_THRESH and DEFAULT_TX_FREE_THRESH: of rings large enough for them. */
const FREE_THRESHOLD = 32;

/** What virtio_dev_tx_queue_setup and virtio_dev_rx_queue_setup find wrong with a threshold, in that order. size: the ring's. @returns whose */
export function logVirtioUserThresholds(
  log: EalLog,
  port: number,
  size: number,
  { rxFreeThreshold = 0, txFreeThreshold = 0 }: Partial<Pick<QueueSetup, "rxFreeThreshold" | "txFreeThreshold">>,
): RefusedQueues {
  const own = Math.min(size >> 2, FREE_THRESHOLD);
  const [rx, tx] = [rxFreeThreshold, txFreeThreshold].map((given) => (given > 0 ? given : own)) as [number, number];
  const refuse = (side: "rx" | "tx", rule: string): typeof side => {
    const where = `(${side}_free_thresh=${side === "rx" ? rx : tx} port=${port} queue=0)`;
    logVirtioUser(log, `virtio_dev_${side}_queue_setup`, `${side}_free_thresh must be ${rule}. ${where}`);
    return side;
  };
  if (tx >= size - 3) return refuse("tx", `less than the number of TX entries minus 3 (${size - 3})`);
  if (rx % 4 !== 0) return refuse("rx", "multiples of four");
  if (rx >= size) return refuse("rx", `less than the number of RX entries (${size})`);
  return undefined;
}

export function logVirtioUser(log: EalLog, from: string, text: string): void {
  log.log("pmd.net.virtio.init", LOG_ERR, `${from}(): ${text}\n`);
}
