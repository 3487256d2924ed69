// host - what a testpmd console asks of the machine it runs on. src/node implements it over Node.

import type { Clock } from "../dpdk/clock.ts";
import type { DeviceFiles } from "../dpdk/devices/device-context.ts";
import type { PciDevice } from "../dpdk/devices/pci-devices.ts";
import type { VirtioLinks } from "../dpdk/devices/virtio-link.ts";
import type { EalMachine } from "../dpdk/eal/eal.ts";
import type { Executor } from "../dpdk/executor.ts";
import type { Io } from "../dpdk/io.ts";
import type { LiveOpener } from "../dpdk/live.ts";
import type { Machine } from "../wasm/machine.ts";

/** The console's standard input. */
export interface ConsoleInput {
  /** The next bytes; undefined: its end, or a signal came. */
  read(): Promise<Uint8Array | undefined>;
  /** The same; a terminal gives each key as it is pressed, and shows nothing by itself. */
  readKeys(): Promise<Uint8Array | undefined>;
}

/** A place in a simulated machine that others are in as well. */
export interface Seat {
  readonly time: Clock;
  /** Where vhost devices and their drivers meet. */
  readonly links: VirtioLinks;
  /** What is on the PCI bus. */
  readonly pci: readonly PciDevice[];
}

export interface TestpmdHost extends LiveOpener {
  /** In virtual time, among others; undefined: by itself. */
  readonly seat?: Seat;
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
  /** Threads for the forwarding lcores. */
  makeExecutor(machine: Machine): Executor;
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
