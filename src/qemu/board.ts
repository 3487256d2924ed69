// board - what a QEMU process acts on: the simulated machine's clock, the guest's kernel, and the host's NICs. The lab implements it.
import type { RxFilter } from "../wasm/control-queue.ts";
import type { VfioDevice, VirtioNetDevice } from "./devices.ts";

export interface Board {
  nowPs(): bigint;
  /** Calls `fire` when that time has come. @returns what takes it back */
  at(ps: bigint, fire: () => void): () => void;
  /** CPUs run or stand still. */
  run(isRunning: boolean): void;
  /** The function is the guest's, and its driver binds it after `bindPs`. @throws QemuError when the host has none at that address */
  plug(device: VfioDevice, bindPs: bigint): void;
  /** The guest's driver lets go of the function: it is closed, its rings are polled no more. */
  release(device: VfioDevice): void;
  /** The function is the host's again: reset. */
  eject(device: VfioDevice): void;
  /** Sends reverse ARP requests by a NIC's back-end, at those times (ps). */
  announce(device: VirtioNetDevice, timesPs: readonly bigint[]): void;
  setLink(device: VirtioNetDevice, isUp: boolean): void;
  /** What the device was told by its control queue. */
  rxFilter(device: VirtioNetDevice): RxFilter;
  /** Where a migration goes: the process that listens at the URI; undefined: nobody does */
  destination(uri: string): Destination | undefined;
  /** A line on its standard error. */
  warn(text: string): void;
}

/** Who takes a guest over. */
export interface Destination {
  /** The stream begins to come. */
  begin(): void;
  /** CPUs stand still at the source: the guest is the destination's from now on. */
  takeOver(): void;
  fail(): void;
}
