// lab-host - what a lab asks of the machine it runs on. src/node implements it over Node.
import type { DeviceFiles } from "../dpdk/devices/device-context.ts";
import type { Executor } from "../dpdk/executor.ts";
import type { LiveOpener } from "../dpdk/live.ts";
import type { ShellHost } from "../shell/host.ts";
import type { Machine } from "../wasm/machine.ts";

export interface LabHost {
  readonly shell: ShellHost;
  readonly files: DeviceFiles;
  makeMachine(): Machine;
  /** The wall's clock: threads for lcores, and sockets to peers. */
  makeExecutor(machine: Machine): Executor;
  readonly openLive: LiveOpener["openLive"];
  /** Of this machine: its cores, its time stamp counter's frequency, and the time since 1970. */
  readonly cpus: number;
  readonly clockMHz: number;
  dateMs(): number;
  /** The shipped cost profile's JSON. */
  profileText(): string;
  pathKind(path: string): "missing" | "socket" | "other";
  /** A whole text file. @returns an errno's words when it cannot be read */
  readText(path: string): { readonly text: string } | { readonly error: string };
  /** Lets timers and signals in. */
  rest(): Promise<void>;
  /** SIGINT or SIGTERM came. */
  isInterrupted(): boolean;
  out(text: string): void;
  err(text: string): void;
}
