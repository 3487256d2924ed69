/**
 * Opens a capture for reading: a file, a pipe by name, or standard input as `-`.
 *
 * Bytes go straight into the memory they are indexed in. Reads block; a standard input that does not block is waited for.
 * Only a regular file has a size and a time and can be read again.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isatty } from "node:tty";
import { RunError, UsageError } from "../errors.ts";

/** Most bytes asked for at once: Node reads at most 2^31 - 1. */
const READ_BYTES_MAXIMUM = 2 ** 30;
const STANDARD_INPUT = 0;
const PAUSE_MS = 2;

export interface CaptureInput {
  /** What messages call it: the path, or `standard input`. */
  readonly name: string;
  /** Bytes of a regular file, else undefined. */
  readonly size: number | undefined;
  /** When a regular file was last written, in nanoseconds since 1970; else undefined. */
  readonly mtimeNs: bigint | undefined;
  /**
   * Reads the next bytes into `into`, as many as fit from a file, as many as are there from a pipe.
   * @returns the bytes read; 0 only at the end (or for an empty `into`)
   * @throws RunError when the medium fails
   */
  read(into: Uint8Array): number;
  /** Starts again at the first byte, for --loop. @throws UsageError for anything but a regular file */
  rewind(): void;
  close(): void;
}

/**
 * Opens a capture; nothing is read yet.
 * @param path a file's path, or `-` for standard input
 * @param what the word that errors call it by
 * @throws UsageError when there is none, it is a folder, it may not be read, or standard input is a terminal
 */
export function openInput(path: string, what = "capture"): CaptureInput {
  const standard = path === "-";
  if (standard && isatty(STANDARD_INPUT)) {
    throw new UsageError(
      `${what}: found a terminal on standard input, expected a capture (x.pcap, or a pipe from another program)`,
    );
  }
  const name = standard ? "standard input" : path;
  const fd = standard ? STANDARD_INPUT : openFile(path, what);
  const stat = fstatSync(fd, { bigint: true });
  if (stat.isDirectory()) {
    if (!standard) closeSync(fd);
    throw new UsageError(
      `${what}: found a folder, expected a readable ${what === "profile" ? "file" : "capture"} (${name})`,
    );
  }
  // A regular file on standard input may be shared with others at some position: it is read on from there, as a pipe is.
  const regular = stat.isFile() && !standard;
  let position = 0;
  return {
    name,
    size: regular ? Number(stat.size) : undefined,
    mtimeNs: regular ? stat.mtimeNs : undefined,
    read(into) {
      let filled = 0;
      while (filled < into.length) {
        const count = readSome(fd, name, what, into, filled, regular ? position : null);
        filled += count;
        position += count;
        if (count === 0 || !regular) break;
      }
      return filled;
    },
    rewind() {
      if (!regular)
        throw new UsageError(
          `--loop: found ${standard ? name : `a pipe (${name})`}, expected a file that can be read again`,
        );
      position = 0;
    },
    close() {
      if (!standard) closeSync(fd);
    },
  };
}

function openFile(path: string, what: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new UsageError(
      `${what}: found ${inWords(codeOf(error))}, expected a readable ${what === "profile" ? "file" : "capture"} (${path})`,
    );
  }
}

function readSome(
  fd: number,
  name: string,
  what: string,
  into: Uint8Array,
  offset: number,
  position: number | null,
): number {
  const length = Math.min(into.length - offset, READ_BYTES_MAXIMUM);
  while (true) {
    try {
      return readSync(fd, into, offset, length, position);
    } catch (error) {
      const code = codeOf(error);
      if (code === "EOF") return 0;
      if (code === "EISDIR")
        throw new UsageError(
          `${what}: found a folder, expected a readable ${what === "profile" ? "file" : "capture"} (${name})`,
        );
      if (code !== "EAGAIN" && code !== "EINTR") {
        throw new RunError(`${what}: found ${inWords(code)} while reading, expected more bytes (${name})`);
      }
      pause();
    }
  }
}

function inWords(code: string): string {
  if (code === "ENOENT") return "no file";
  if (code === "ENOTDIR") return "a file where its folder should be";
  if (code === "EISDIR") return "a folder";
  if (code === "EACCES" || code === "EPERM") return "a file without permission to read it";
  if (code === "ENXIO") return "a socket";
  if (code === "EIO") return "an input/output error";
  if (code === "ELOOP") return "links that lead in a circle";
  return code;
}

/** The code of a failed system call (`ENOENT`); anything else is a bug and is thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

/** Waits 2 ms, the thread standing still: for a descriptor that answered EAGAIN. */
export function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
