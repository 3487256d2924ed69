/**
 * What is wrong with a capture, in words a user can act on: exit code 2.
 *
 * Messages read `<name>: <what>: found X, expected Y (byte N, packet M)`; bytes are counted from 0 over the whole file,
 * packets from 1 as Wireshark numbers them, and the packet is left out where the fault lies before the first one.
 */
import { UsageError } from "../errors.ts";

export class CaptureError extends UsageError {
  /** Position of the fault in the file, in bytes from 0. */
  readonly byte: number;
  /** Number of the packet that could not be read, from 1; undefined in a file or interface header. */
  readonly packet: number | undefined;

  constructor(name: string, fault: CaptureFault) {
    const where = fault.packet === undefined ? `byte ${fault.byte}` : `byte ${fault.byte}, packet ${fault.packet}`;
    super(`${name}: ${fault.what}: found ${fault.found}, expected ${fault.expected} (${where})`);
    this.byte = fault.byte;
    this.packet = fault.packet;
  }
}

/** The parts of a fault's message. */
export interface CaptureFault {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
  readonly byte: number;
  readonly packet?: number | undefined;
}

/** `1 byte`, `17 bytes`: a length in words. */
export function bytesInWords(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

/** A 32-bit word as eight hexadecimal digits. */
export function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
