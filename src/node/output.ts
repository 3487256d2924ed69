/**
 * Opens a file for writing, so that it is complete or absent.
 *
 * A regular file is written under a temporary name in its folder and renamed by `commit`; whatever it replaces stays whole until
 * then. Devices, pipes and standard output (`-`) are written as they come. A link is followed, not replaced.
 * Whoever opens an output ends it with `commit` or `abort`; a failed write has already aborted it.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { RunError, UsageError } from "../errors.ts";
import { codeOf, pause } from "./input.ts";

const STANDARD_OUTPUT = 1;
const NAME_ATTEMPTS = 1000;

export interface Output {
  /** What messages call it: the path, or `standard output`. */
  readonly name: string;
  /** Writes all of a chunk. @throws RunError when it cannot: the disk is full, the reader of a pipe is gone */
  write(chunk: Uint8Array): void;
  /** Makes the file appear under its name. @throws RunError */
  commit(): void;
  /** Leaves no trace of a regular file; does nothing after commit. */
  abort(): void;
}

/**
 * Opens `path`, or standard output for `-`.
 * @throws UsageError when the folder is missing, the path is a folder, or it may not be written
 */
export function openOutput(path: string): Output {
  if (path === "-") return outputOn(STANDARD_OUTPUT, "standard output", undefined);
  const existing = statOf(path);
  if (existing?.isDirectory()) throw refusal(path, "a folder");
  if (existing !== undefined && (!existing.isFile() || isDevicePath(path))) {
    return outputOn(open(path, path, "w"), path, undefined);
  }
  const target = existing === undefined ? path : realpathSync(path);
  if (existing !== undefined) checkWritable(target, path);
  const [fd, temporary] = openTemporary(target, path);
  if (existing !== undefined) fchmodSync(fd, existing.mode & 0o777);
  return outputOn(fd, path, { temporary, target });
}

function outputOn(fd: number, name: string, file: { temporary: string; target: string } | undefined): Output {
  let ended = false;
  const close = () => {
    ended = true;
    if (fd !== STANDARD_OUTPUT) closeSync(fd);
  };
  const abort = () => {
    if (ended) return;
    try {
      close();
    } finally {
      if (file !== undefined) unlinkSync(file.temporary);
    }
  };
  return {
    name,
    write(chunk) {
      if (ended) throw new Error(`${name}: written after its end`);
      try {
        writeAll(fd, chunk);
      } catch (error) {
        const code = codeOf(error);
        abort();
        throw failure(name, code);
      }
    },
    commit() {
      if (ended) throw new Error(`${name}: committed after its end`);
      try {
        close();
        if (file !== undefined) renameSync(file.temporary, file.target);
      } catch (error) {
        if (file !== undefined) unlinkSync(file.temporary);
        throw failure(name, codeOf(error));
      }
    },
    abort,
  };
}

function writeAll(fd: number, chunk: Uint8Array): void {
  let written = 0;
  while (written < chunk.length) {
    try {
      written += writeSync(fd, chunk, written, chunk.length - written);
    } catch (error) {
      const code = codeOf(error);
      if (code !== "EAGAIN" && code !== "EINTR") throw error;
      pause();
    }
  }
}

/** Paths that name a device or an open descriptor even where that is a regular file: /dev/stdout sent to a file. */
function isDevicePath(path: string): boolean {
  return path.startsWith("/dev/") || path.startsWith("/proc/");
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refusal(path, inWords(codeOf(error)));
  }
}

function checkWritable(target: string, path: string): void {
  try {
    accessSync(target, constants.W_OK);
  } catch (error) {
    throw refusal(path, inWords(codeOf(error)));
  }
}

function openTemporary(target: string, path: string): [fd: number, temporary: string] {
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
    const temporary = join(dirname(target), `.ringbed-${process.pid}-${attempt}.tmp`);
    try {
      return [openSync(temporary, "wx"), temporary];
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw refusal(path, inWords(codeOf(error)));
    }
  }
  throw refusal(path, `${NAME_ATTEMPTS} temporary files left in its folder`);
}

function open(file: string, path: string, flags: string): number {
  try {
    return openSync(file, flags);
  } catch (error) {
    throw refusal(path, inWords(codeOf(error)));
  }
}

function refusal(path: string, found: string): UsageError {
  return new UsageError(`output: found ${found}, expected a file that can be written (${path})`);
}

function failure(name: string, code: string): RunError {
  return new RunError(`output: found ${inWords(code)} while writing, expected room for all of it (${name})`);
}

function inWords(code: string): string {
  if (code === "ENOENT") return "no such folder";
  if (code === "ENOTDIR") return "a file where its folder should be";
  if (code === "EISDIR") return "a folder";
  if (code === "EACCES" || code === "EPERM") return "no permission to write";
  if (code === "EROFS") return "a read-only file system";
  if (code === "ENXIO") return "a socket";
  if (code === "ENOSPC") return "no space left on the device";
  if (code === "EDQUOT") return "the disk quota used up";
  if (code === "EFBIG") return "the largest file size allowed";
  if (code === "EPIPE") return "the reader of the pipe gone";
  if (code === "EIO") return "an input/output error";
  if (code === "ELOOP") return "links that lead in a circle";
  if (code === "ENAMETOOLONG") return "a name too long";
  return code;
}
