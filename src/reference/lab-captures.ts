// lab-captures - packets of two captures of one port, in order, by their bytes.

export interface PacketDifference {
  /** The first one, in words. */
  readonly what: string;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** The packets of a classic capture as DPDK writes it. */
function* packets(file: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length; ) {
    const length = view.getUint32(at + 8, true);
    yield file.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length);
    at += RECORD_HEADER_BYTES + length;
  }
}

function hex(byte: number | undefined): string {
  return byte === undefined ? "nothing" : `0x${byte.toString(16).padStart(2, "0")}`;
}

export function comparePackets(
  ours: Uint8Array | undefined,
  theirs: Uint8Array | undefined,
): { readonly packets: number; readonly difference: PacketDifference | undefined } {
  if (ours === undefined || theirs === undefined) {
    const who = ours === undefined ? "ours" : "theirs";
    return { packets: 0, difference: { what: `${who} has no such capture` } };
  }
  const [a, b] = [[...packets(ours)], [...packets(theirs)]];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined)
      return { packets: b.length, difference: { what: `found ${a.length} packets, expected ${b.length}` } };
    const at = Array.from({ length: Math.max(x.length, y.length) }, (_, k) => k).find((k) => x[k] !== y[k]);
    if (at !== undefined)
      return {
        packets: b.length,
        difference: { what: `packet ${i + 1}, byte ${at}: found ${hex(x[at])}, expected ${hex(y[at])}` },
      };
  }
  return { packets: b.length, difference: undefined };
}
