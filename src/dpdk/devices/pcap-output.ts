// pcap-output - a capture that an lcore writes as net_pcap does: records in the engine's memory, handed to a file in chunks.
import { CHAINED_MAX, MAX_BURST, MAX_FRAME } from "../../../assembly/abi/limits.ts";
import { EGRESS_BYTES } from "../../../assembly/abi/sizes.ts";
import type { Machine } from "../../wasm/machine.ts";
import type { ExecutorFile } from "../executor.ts";
import type { DeviceFile } from "./device-context.ts";

/** Bytes after which an lcore writes its egress out, and room behind them for one more burst of the longest frames that are written. */
const HIGH_WATER = 1 << 20;
const RECORD_BYTES = 16;
const SLACK = MAX_BURST * (CHAINED_MAX + RECORD_BYTES) + MAX_FRAME;
const UNCOUNTED = 0xffff_ffff;
/** net_pcap's magic, 2.4, snaplen 65535, Ethernet. */
const FILE_HEADER = new Uint32Array([0xa1b23c4d, 0x0004_0002, 0, 0, 65535, 1]);

/** Where an lcore writes packets down: linear addresses. */
export interface PcapEgress {
  readonly at: number;
  /** 0: packets are counted, not kept */
  readonly buffer: number;
}

export function addPcapEgress(machine: Machine, epochNs: bigint, kept: boolean): PcapEgress {
  const at = machine.arena.allocate(EGRESS_BYTES, "an egress");
  const buffer = kept ? machine.arena.allocate(HIGH_WATER + SLACK, "egress packets") : 0;
  machine.engine.egressInit(at, buffer, HIGH_WATER, 0, UNCOUNTED);
  machine.engine.egressAsRecords(at, epochNs);
  return { at, buffer };
}

export function writePcapHeader(file: DeviceFile): void {
  file.write(new Uint8Array(FILE_HEADER.buffer));
}

/** What an executor empties into the file. */
export function pcapFile({ at, buffer }: PcapEgress, file: DeviceFile): ExecutorFile {
  return { egress: at, buffer, highWater: HIGH_WATER, fd: file.fd, write: (chunk) => file.write(chunk) };
}
