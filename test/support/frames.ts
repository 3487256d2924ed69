// frames - Ethernet frames for tests, each different: UDP over IPv4 of a numbered flow.
import { bytes, type ClassicPacket, classic, NANOSECONDS, u16, u32 } from "./captures.ts";

/** A frame of `length` bytes (at least 42) from 10.0.0.1 to 10.1.x.y of flow `flow`, with `number` in its payload where there is room. */
export function udpFrame(length: number, flow = 0, number = 0): Uint8Array {
  const addresses = [2, 0, 0, 0, 0, 0x11, 2, 0, 0, 0, 0, 0x22, 8, 0];
  const ip = [0x45, 0, ...u16(length - 14, false), ...u16(0, false), 0, 0, 64, 17, 0, 0, 10, 0, 0, 1];
  const udp = [...u16(1024 + flow, false), ...u16(9, false), ...u16(length - 34, false), 0, 0];
  const frame = bytes(addresses, ip, [10, 1, (flow >> 8) & 255, flow & 255], udp, new Uint8Array(length - 42));
  if (length >= 46) frame.set(u32(number, false), 42);
  return frame;
}

/** What a host that has moved is announced by: a reverse ARP request for its own MAC address, 64 bytes. */
export function rarp(mac: readonly number[]): Uint8Array {
  const ethernet = [...Array<number>(6).fill(0xff), ...mac, 0x80, 0x35];
  const arp = [0, 1, 8, 0, 6, 4, 0, 3, ...mac, 0, 0, 0, 0, ...mac, 0, 0, 0, 0];
  return Uint8Array.from({ length: 64 }, (_, i) => [...ethernet, ...arp][i] ?? 0);
}

/** A capture of `count` frames of the given lengths in turn, over `flows` flows, `gapNs` apart. */
export function traffic(count: number, gapNs: number, lengths: readonly number[] = [60], flows = 1): Uint8Array {
  const packets = Array.from({ length: count }, (_, i): ClassicPacket => {
    const ns = i * gapNs;
    const data = udpFrame(lengths[i % lengths.length]!, i % flows, i);
    return { seconds: 1_700_000_000 + Math.floor(ns / 1e9), subsecond: ns % 1e9, data };
  });
  return classic(packets, { magic: NANOSECONDS, snaplen: 262_144 });
}

/** Date of a capture's first packet that `traffic` makes, nanoseconds since 1970. */
export const TRAFFIC_NS = 1_700_000_000n * 1_000_000_000n;
