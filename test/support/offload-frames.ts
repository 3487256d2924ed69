// offload-frames - frames whose checksums somebody has to write: TCP and UDP over IPv4 and IPv6, tags, options, padding, payloads of all
// lengths, and such that no offload covers.
import { bytes, type ClassicPacket, classic, u16 } from "./captures.ts";

const ADDRESSES = [2, 0, 0, 0, 0, 0x11, 2, 0, 0, 0, 0, 0x22];
const TAG = [0x81, 0, 0x20, 0x64];

function payload(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 5)) & 255);
}

/** A TCP (with `options` words of them) or UDP header, its checksum nonsense. */
function l4(proto: number, length: number, options = 0): number[] {
  const ports = [...u16(4000 + length, false), ...u16(9, false)];
  if (proto === 17) return [...ports, ...u16(8 + length, false), 0xbe, 0xef];
  const nops = Array.from({ length: 4 * options }, () => 1);
  return [...ports, 0, 0, 0, 1, 0, 0, 0, 2, (5 + options) << 4, 0x18, 0x20, 0, 0xbe, 0xef, 0, 0, ...nops];
}

function ipv4(proto: number, length: number): number[] {
  return [0x45, 0, ...u16(20 + length, false), 0, 1, 0, 0, 64, proto, 0xde, 0xad, 10, 0, 0, 1, 10, 1, 2, 3];
}

function ipv6(proto: number, length: number): number[] {
  const address = (last: number): number[] => [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
  return [0x60, 0, 0, 0, ...u16(length, false), proto, 64, ...address(1), ...address(2)];
}

export interface FrameOptions {
  readonly version?: 4 | 6;
  readonly proto?: number;
  readonly tagged?: boolean;
  /** TCP options, words. */
  readonly options?: number;
  /** Zeros behind the packet. */
  readonly padding?: number;
}

export function l4Frame(length: number, { version = 4, proto = 6, tagged, options, padding = 0 }: FrameOptions = {}) {
  const header = l4(proto, length, options);
  const ip = (version === 4 ? ipv4 : ipv6)(proto, header.length + length);
  const type = version === 4 ? [8, 0] : [0x86, 0xdd];
  return bytes(ADDRESSES, tagged ? TAG : [], type, ip, header, payload(length, proto), new Uint8Array(padding));
}

/** Frames up to `longest` bytes of payload. */
export function offloadFrames(longest: number): Uint8Array[] {
  const kinds: FrameOptions[] = [
    ...([4, 6] as const).flatMap((version) => [6, 17].map((proto) => ({ version, proto }))),
    { tagged: true },
    { tagged: true, version: 6, proto: 17 },
    { options: 3 },
    { padding: 6 },
    { version: 6, padding: 7 },
    { proto: 17, padding: 9 },
    { proto: 1 },
    { proto: 132 },
  ];
  const lengths = [0, 1, 2, 13, 64, 333, 1000].filter((length) => length <= longest);
  return kinds.flatMap((kind) => [...lengths, longest].map((length) => l4Frame(length, kind)));
}

export function captureOf(frames: readonly Uint8Array[]): Uint8Array {
  return classic(frames.map((data, i): ClassicPacket => ({ seconds: 1_700_000_000, subsecond: i, data })));
}
