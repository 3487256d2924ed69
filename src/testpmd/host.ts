// host - what a testpmd console asks of the machine it runs on. src/node implements it over Node.
import type { Machine } from "../wasm/machine.ts";
import type { DeviceFiles, LiveHost } from "./devices/device-context.ts";
import type { EalMachine } from "./eal/eal.ts";
import type { Executor } from "./executor.ts";
import type { Io } from "./io.ts";

/** The console's standard input. */
export interface ConsoleInput {
  /** The next bytes; undefined: its end, or a signal came. */
  read(): Promise<Uint8Array | undefined>;
  /** The same; a terminal gives each key as it is pressed, and shows nothing by itself. */
  readKeys(): Promise<Uint8Array | undefined>;
}

export interface TestpmdHost {
  /** argv[0] in messages. */
  readonly program: string;
  readonly io: Io;
  readonly input: ConsoleInput;
  readonly files: DeviceFiles;
  readonly machine: EalMachine;
  /** MHz of the clock that cycles are counted in: the time stamp counter's. */
  readonly clockMHz: number;
  /** A machine over a fresh memory. */
  makeMachine(): Machine;
  /** Threads for the forwarding lcores. contexts: their linear addresses; cpus: where each may run */
  makeExecutor(machine: Machine, contexts: readonly number[], cpus: readonly (readonly number[])[]): Executor;
  /** Sockets to peers in other processes, whose memory goes into `room` of `bytes`. @throws UsageError where they cannot be had */
  openLive(
    bytes: Uint8Array<SharedArrayBuffer>,
    room: { readonly linear: number; readonly size: number },
  ): Promise<LiveHost>;
  /** The shipped cost profile's JSON. */
  profileText(): string;
  pathKind(path: string): "missing" | "socket" | "other";
  /** A whole text file. @returns an errno's words when it cannot be read */
  readText(path: string): { readonly text: string } | { readonly error: string };
  randomMac(): bigint;
  /** Nanoseconds since 1970. */
  dateNs(): bigint;
  /** Nanoseconds of the executors' clock. */
  nowNs(): bigint;
  /** Lets timers and signals in. */
  rest(): Promise<void>;
  /** SIGINT or SIGTERM came. */
  isInterrupted(): boolean;
}
