// console-input - standard input as the testpmd console reads it: byte by byte as it comes, from a terminal in raw mode, a pipe or a file.
import { spawnSync } from "node:child_process";
import type { ReadStream } from "node:tty";
import type { ConsoleInput } from "../testpmd/host.ts";

/** A console's input that can be told that a signal came: a read that waits then ends. As in testpmd one before the prompt is forgotten. */
export interface NodeConsoleInput extends ConsoleInput {
  readonly isInterrupted: boolean;
  interrupt(): void;
  close(): void;
}

export function consoleInput(stream: NodeJS.ReadStream): NodeConsoleInput {
  const chunks: Uint8Array[] = [];
  let ended = false;
  let interrupted = false;
  let started = false;
  let wake: () => void = () => {};
  const end = (): void => {
    ended = true;
    wake();
  };
  const start = (): void => {
    started = true;
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      wake();
    });
    stream.on("end", end);
    stream.on("error", end);
  };
  const read = async (): Promise<Uint8Array | undefined> => {
    if (!started) start();
    while (chunks.length === 0 && !ended && !interrupted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return chunks.shift();
  };
  let raw = false;
  return {
    read,
    readKeys() {
      if (!raw) interrupted = false;
      if (stream.isTTY && !raw) {
        (stream as ReadStream).setRawMode(true);
        // Node's raw mode takes more away than testpmd does: Ctrl-S and Ctrl-Q hold the output there.
        spawnSync("stty", ["ixon", "icrnl", "iexten"], { stdio: ["inherit", "ignore", "ignore"] });
      }
      raw = true;
      return read();
    },
    get isInterrupted() {
      return interrupted;
    },
    interrupt() {
      interrupted = true;
      wake();
    },
    close() {
      if (raw && stream.isTTY) (stream as ReadStream).setRawMode(false);
      stream.destroy();
    },
  };
}
