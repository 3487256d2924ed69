// machine-host - a machine in this process's memory, threads for its lcores, and sockets to peers.
import { readFileSync } from "node:fs";
import type { Executor } from "../dpdk/executor.ts";
import type { LiveOpener } from "../dpdk/live.ts";
import { compileEngine, createMemory, instantiateEngine } from "../wasm/engine.ts";
import { Machine } from "../wasm/machine.ts";
import { LcoreExecutor } from "./lcore-executor.ts";
import { packageFile } from "./package-file.ts";
import { openVhostUserHost } from "./vhost-user-host.ts";

export interface MachineHost extends LiveOpener {
  /** There is one memory, and so one machine. */
  makeMachine(): Machine;
  makeExecutor(machine: Machine): Executor;
}

/** startNs: process.hrtime of the wall clock's 0 */
export function machineHost(startNs: bigint): MachineHost {
  const module = compileEngine(new Uint8Array(readFileSync(packageFile("build/engine.wasm"))));
  const memory = createMemory();
  let executor: LcoreExecutor | undefined;
  return {
    makeMachine: () => new Machine(instantiateEngine(module, memory), memory),
    makeExecutor: (machine) => {
      executor = new LcoreExecutor(machine, module, memory, startNs);
      return executor;
    },
    openLive: async (bytes, room) => {
      const host = await openVhostUserHost(bytes, room);
      return { ...host, admitPeers: async (usedBytes) => executor?.moveOut(host, usedBytes) };
    },
  };
}
