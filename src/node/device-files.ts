// device-files - the files that devices read and write, and what is at a path, over Node.
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import type { HostInput } from "../capture/input.ts";
import { type DeviceFile, type DeviceFiles, FileError } from "../dpdk/devices/device-context.ts";
import { errnoWords } from "./errno-words.ts";
import { openInput } from "./input.ts";

export const deviceFiles: DeviceFiles = { openInput: openCapture, create: createFile };

export function pathKind(path: string): "missing" | "socket" | "other" {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "missing";
  return stat.isSocket() ? "socket" : "other";
}

/** A whole text file. @returns an errno's words when it cannot be read */
export function readText(path: string): { readonly text: string } | { readonly error: string } {
  try {
    return { text: readFileSync(path, "latin1") };
  } catch (error) {
    return { error: errnoWords(error) };
  }
}

function openCapture(path: string): HostInput {
  try {
    closeSync(openSync(path, "r"));
  } catch (error) {
    throw new FileError(errnoWords(error));
  }
  return openInput(path);
}

/** Creates or truncates a file that is written as it grows. */
function createFile(path: string): DeviceFile {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (error) {
    throw new FileError(errnoWords(error));
  }
  return {
    fd,
    write: (chunk) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    },
    close: () => closeSync(fd),
  };
}
