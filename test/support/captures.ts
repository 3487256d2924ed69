/**
 * Builders of captures for tests: every field is free, so that a test can put one of them wrong.
 * They share no code with the writers and readers under test.
 */
import { readFileSync } from "node:fs";
import type { IndexOptions } from "../../src/capture/chunk.ts";
import { CaptureIndexer, type Indexed } from "../../src/capture/indexer.ts";
import type { CaptureSummary } from "../../src/capture/summary.ts";

/** Bytes of numbers, lists of them and other bytes, one behind the other. */
export function bytes(...parts: (Uint8Array | number[])[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** `count` bytes that tell packets apart. */
export function payload(count: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (seed * 37 + i) & 0xff);
}

export function u16(value: number, little: boolean): number[] {
  const pair = [(value >>> 8) & 0xff, value & 0xff];
  return little ? pair.reverse() : pair;
}

export function u32(value: number, little: boolean): number[] {
  const word = [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
  return little ? word.reverse() : word;
}

export interface ClassicPacket {
  readonly seconds?: number;
  readonly subsecond?: number;
  readonly data?: Uint8Array;
  readonly captured?: number;
  readonly original?: number;
}

export interface ClassicOptions {
  readonly little?: boolean;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly snaplen?: number;
  readonly linkType?: number;
}

export const MICROSECONDS = 0xa1b2c3d4;
export const NANOSECONDS = 0xa1b23c4d;

/** A classic capture; microseconds, little-endian, Ethernet unless said otherwise. */
export function classic(packets: readonly ClassicPacket[], options: ClassicOptions = {}): Uint8Array {
  const { little = true, magic = MICROSECONDS, version = [2, 4], snaplen = 65535, linkType = 1 } = options;
  const header = [u32(magic, little), u16(version[0], little), u16(version[1], little), u32(0, little), u32(0, little)];
  const records = packets.map(({ seconds = 1_700_000_000, subsecond = 0, data = payload(60), captured, original }) =>
    bytes(
      u32(seconds, little),
      u32(subsecond, little),
      u32(captured ?? data.length, little),
      u32(original ?? captured ?? data.length, little),
      data,
    ),
  );
  return bytes(...header, u32(snaplen, little), u32(linkType, little), ...records);
}

/** One pcapng block around a body, padded to 4. */
export function block(type: number, body: Uint8Array, little = true, length?: number, trailer?: number): Uint8Array {
  const padded = bytes(body, new Uint8Array(-body.length & 3));
  const total = length ?? padded.length + 12;
  return bytes(u32(type, little), u32(total, little), padded, u32(trailer ?? total, little));
}

export function option(code: number, value: Uint8Array | number[], little = true): Uint8Array {
  return bytes(u16(code, little), u16(value.length, little), value, new Uint8Array(-value.length & 3));
}

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

export function sectionBlock(little = true, ...options: Uint8Array[]): Uint8Array {
  const version = [...u16(1, little), ...u16(0, little)];
  return block(0x0a0d0d0a, bytes(u32(0x1a2b3c4d, little), version, new Uint8Array(8).fill(0xff), ...options), little);
}

export interface InterfaceOptions {
  readonly little?: boolean;
  readonly linkType?: number;
  readonly snaplen?: number;
  readonly options?: readonly Uint8Array[];
}

export function interfaceBlock({
  little = true,
  linkType = 1,
  snaplen = 0,
  options = [],
}: InterfaceOptions = {}): Uint8Array {
  return block(1, bytes(u16(linkType, little), [0, 0], u32(snaplen, little), ...options), little);
}

export interface EnhancedOptions {
  readonly little?: boolean;
  readonly id?: number;
  readonly ticks?: bigint;
  readonly data?: Uint8Array;
  readonly captured?: number;
  readonly original?: number;
  readonly options?: readonly Uint8Array[];
  /** 6 Enhanced, 2 the obsolete Packet Block. */
  readonly type?: number;
}

export function packetBlock({
  little = true,
  id = 0,
  ticks = 1_700_000_000_000_000n,
  data = payload(60),
  captured,
  original,
  options = [],
  type = 6,
}: EnhancedOptions = {}): Uint8Array {
  const source = type === 6 ? u32(id, little) : [...u16(id, little), ...u16(0, little)];
  const length = captured ?? data.length;
  const words = [Number(ticks >> 32n), Number(ticks & 0xffffffffn), length, original ?? length];
  const fields = words.flatMap((word) => u32(word, little));
  return block(type, bytes(source, fields, data, new Uint8Array(-data.length & 3), ...options), little);
}

export function simpleBlock(data: Uint8Array, original = data.length, little = true): Uint8Array {
  return block(3, bytes(u32(original, little), data), little);
}

/** The flags option: 1 inbound, 2 outbound. */
export function flags(direction: number, little = true): Uint8Array {
  return option(2, u32(direction, little), little);
}

export interface Entry {
  readonly data: Uint8Array;
  readonly ns: bigint;
  readonly port: number;
  readonly id: number;
}

/** A date after every capture the tests hold. */
export const REFERENCE_NS = 1_800_000_000n * 1_000_000_000n;

export function options(changes: Partial<IndexOptions> = {}): IndexOptions {
  return { name: "x.pcap", tolerant: false, rawTime: false, referenceNs: REFERENCE_NS, portOf: () => 0, ...changes };
}

/** Indexes a whole capture at once and returns its entries and summary. */
export function readAll(
  capture: Uint8Array,
  changes: Partial<IndexOptions> = {},
): { entries: Entry[]; summary: CaptureSummary } {
  return readInChunks(capture, capture.length, changes);
}

/**
 * Indexes a capture as a program would: chunks of `chunk` bytes are put behind what is left of the one before, at an odd place
 * of a larger memory.
 */
export function readInChunks(
  capture: Uint8Array,
  chunk: number,
  changes: Partial<IndexOptions> = {},
  room = 1 << 16,
): { entries: Entry[]; summary: CaptureSummary } {
  const indexer = new CaptureIndexer(options(changes));
  const start = 13;
  const memory = new Uint8Array(new SharedArrayBuffer(start + capture.length + chunk));
  const index = new Uint32Array(room * 6);
  const entries: Entry[] = [];
  let held = 0;
  let given = 0;
  let last = false;
  while (!last) {
    const next = capture.subarray(given, given + chunk);
    memory.set(next, start + held);
    given += next.length;
    held += next.length;
    last = given === capture.length;
    let from = start;
    let step: Indexed;
    do {
      step = indexer.index(memory, from, from + held, last, index, 0);
      entries.push(...entriesOf(memory, index, step.packets));
      from += step.consumed;
      held -= step.consumed;
    } while (step.full);
    memory.copyWithin(start, from, from + held);
  }
  return { entries, summary: indexer.summary };
}

/** The first `count` entries of an index, their bytes copied. */
export function entriesOf(memory: Uint8Array, index: Uint32Array, count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => {
    const word = (n: number) => index[i * 6 + n] ?? 0;
    const data = memory.slice(word(0), word(0) + word(1));
    return { data, ns: (BigInt(word(3)) << 32n) | BigInt(word(2)), port: word(4), id: word(5) };
  });
}

/** A capture of `pcaps/`. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../pcaps/${name}`, import.meta.url)));
}

/** A batch as the engine hands it out: [u32 little-endian length][bytes] back to back. */
export function batchOf(packets: readonly Uint8Array[]): Uint8Array {
  return bytes(...packets.flatMap((packet) => [u32(packet.length, true), packet]));
}
