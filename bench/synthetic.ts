// synthetic - captures made up for measurements: UDP over IPv4, classic pcap of microseconds (pcap-parser reads nothing else).
import { frameTemplate } from "../src/run/throughput.ts";

const FRAME_BYTES = 60;
const RECORD_BYTES = 16 + FRAME_BYTES;
const NW_SRC = 26;
const TP_SRC = 34;
const FIRST_SOURCE = 0x0a000000;

/** A capture's bytes: `count` frames of 60 bytes, a microsecond apart, the UDP source port counting; flows: so many sources in turn, one port */
export function syntheticCapture(count: number, flows?: number): Uint8Array {
  const bytes = new Uint8Array(24 + count * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  [0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  const frame = frameTemplate(FRAME_BYTES).subarray(0, FRAME_BYTES);
  for (let i = 0, at = 24; i < count; i++, at += RECORD_BYTES) {
    view.setUint32(at, 1_700_000_000 + Math.floor(i / 1e6), true);
    view.setUint32(at + 4, i % 1e6, true);
    view.setUint32(at + 8, FRAME_BYTES, true);
    view.setUint32(at + 12, FRAME_BYTES, true);
    bytes.set(frame, at + 16);
    if (flows === undefined) view.setUint16(at + 16 + TP_SRC, i & 0xffff);
    else view.setUint32(at + 16 + NW_SRC, FIRST_SOURCE + (i % flows));
  }
  return bytes;
}
