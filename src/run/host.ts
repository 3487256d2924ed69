// host - what a run asks of the machine it runs on. src/node implements it over Node; a web page could over its own.

import type { HostInput } from "../capture/input.ts";

/** A file being written: complete after commit, absent after abort. */
export interface HostOutput {
  write(chunk: Uint8Array): void;
  commit(): void;
  abort(): void;
}

export interface Digest {
  update(bytes: Uint8Array): void;
  hex(): string;
}

export interface Host {
  /** The bytes of engine.wasm. */
  engineBytes(): Uint8Array<ArrayBuffer>;
  openInput(path: string): HostInput;
  openOutput(path: string): HostOutput;
  /** A whole file. what: the word that errors call it by. @throws UsageError with words when it cannot be read */
  readFile(path: string, what: string): Uint8Array;
  /** Path of the shipped cost profile. */
  defaultProfile(): string;
  sha256(): Digest;
  /** Milliseconds since some moment. */
  nowMs(): number;
  /** Nanoseconds since 1970. */
  dateNs(): bigint;
  /** Lets timers and signals in. */
  rest(): Promise<void>;
  /** The run was asked to stop (SIGINT). */
  interrupted(): boolean;
  /** A line for the user beside the result: warnings, corrections. */
  warn(line: string): void;
}
