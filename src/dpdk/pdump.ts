// pdump - dpdk-pdump's --pdump argument, and the captures that it asks for (app/pdump and lib/pdump of DPDK 22.11): what a port's queues
// receive goes to rx-dev, what they are given to send to tx-dev, both to one file if they are one.
// Not modelled: interfaces as rx-dev and tx-dev, which are files here; the ring and the pool between the two processes.
import { UsageError } from "../errors.ts";
import type { Machine, Queue } from "../wasm/machine.ts";
import type { DeviceFile, DeviceFiles } from "./devices/device-context.ts";
import type { Ethdev } from "./devices/ethdev.ts";
import { addPcapEgress, pcapFile, writePcapHeader } from "./devices/pcap-output.ts";
import type { ExecutorFile } from "./executor.ts";

export interface PdumpTuple {
  /** The ethdev's id, or its name. */
  readonly port: number | string;
  readonly queue: number | "*";
  readonly rxDev?: string;
  readonly txDev?: string;
}

const KEYS = ["port", "device_id", "queue", "rx-dev", "tx-dev", "ring-size", "mbuf-size", "total-num-mbufs"];
const MBUFS_MIN = 1025;
const MBUFS_MAX = 65535;

/** @throws UsageError */
export function parsePdump(text: string): PdumpTuple {
  const refuse = (found: string, expected: string): never => {
    throw new UsageError(`pdump: found ${found}, expected ${expected}`);
  };
  const values = new Map<string, string>();
  for (const part of text.split(",")) {
    const [, key = "", value = ""] = /^([^=]*)=(.+)$/s.exec(part.trim()) ?? [];
    if (!KEYS.includes(key)) refuse(part, `one of ${KEYS.join(", ")} with a value`);
    if (values.has(key)) refuse(`${key} twice`, "it once");
    values.set(key, value);
  }
  const number = (key: string): number | undefined => {
    const value = values.get(key);
    if (value !== undefined && !/^\d+$/.test(value)) refuse(`${key}=${value}`, "a number");
    return value === undefined ? undefined : Number(value);
  };
  const [port, device, queue] = [number("port"), values.get("device_id"), values.get("queue")];
  if ((port === undefined) === (device === undefined)) refuse(text, "one of port= and device_id=");
  if (queue === undefined) refuse(text, "queue=");
  const [rxDev, txDev] = [values.get("rx-dev"), values.get("tx-dev")];
  if (rxDev === undefined && txDev === undefined) refuse(text, "rx-dev= or tx-dev=");
  const ring = number("ring-size");
  if (ring !== undefined && (ring === 0 || (ring & (ring - 1)) !== 0)) refuse(`ring-size=${ring}`, "a power of two");
  const mbufs = number("total-num-mbufs") ?? MBUFS_MAX;
  if (mbufs < MBUFS_MIN || mbufs > MBUFS_MAX) refuse(`total-num-mbufs=${mbufs}`, `${MBUFS_MIN} to ${MBUFS_MAX}`);
  return {
    port: port ?? device!,
    queue: queue === "*" ? "*" : number("queue")!,
    ...(rxDev === undefined ? {} : { rxDev }),
    ...(txDev === undefined ? {} : { txDev }),
  };
}

export interface PdumpParts {
  readonly machine: Machine;
  readonly files: DeviceFiles;
  /** Nanoseconds since 1970 of time 0. */
  readonly epochNs: bigint;
  /** Has an executor empty a file. @returns what ends that */
  tap(file: ExecutorFile): () => void;
}

/** One tuple at work. */
export class PdumpCapture {
  /** Copies that were written. */
  packets = 0;
  /** Copies for which there was no room. */
  lost = 0;
  private readonly parts: PdumpParts;
  private readonly ends: (() => void)[] = [];

  /** @throws FileError when a file cannot be made, UsageError for a queue that is not there */
  constructor(parts: PdumpParts, dev: Ethdev, { queue, rxDev, txDev }: PdumpTuple) {
    this.parts = parts;
    const chosen = (queues: readonly Queue[]): readonly Queue[] => {
      const found = queue === "*" ? queues : queues.slice(queue, queue + 1);
      if (found.length === 0)
        throw new UsageError(`pdump: found queue ${queue}, expected one of ${queues.length} of ${dev.name}`);
      return found;
    };
    const [rx, tx] = [chosen(dev.rxQueues), chosen(dev.txQueues)];
    if (rxDev !== undefined && rxDev === txDev) this.open(rxDev, [...rx, ...tx]);
    else {
      if (rxDev !== undefined) this.open(rxDev, rx);
      if (txDev !== undefined) this.open(txDev, tx);
    }
  }

  private open(path: string, queues: readonly Queue[]): void {
    const { machine, files, epochNs, tap } = this.parts;
    const file = files.create(path);
    writePcapHeader(file);
    const egress = addPcapEgress(machine, epochNs, true);
    const end = tap(pcapFile(egress, this.counting(file)));
    for (const queue of queues) machine.tap(queue, egress.at);
    this.ends.push(() => {
      for (const queue of queues) machine.tap(queue, 0);
      end();
      this.lost += machine.engine.egressLost(egress.at) >>> 0;
      file.close();
    });
  }

  private counting(file: DeviceFile): DeviceFile {
    const write = (chunk: Uint8Array): void => {
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
      for (let at = 0; at < chunk.length; this.packets++) at += 16 + view.getUint32(at + 8, true);
      file.write(chunk);
    };
    return { ...file, write };
  }

  stop(): void {
    for (const end of this.ends.splice(0)) end();
  }
}
