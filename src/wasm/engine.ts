// engine - loads engine.wasm over a shared memory. One module, any number of instances (one a worker) over the same memory: the
// module keeps no state of its own, so an instance is only code.
import { instantiateSync } from "@assemblyscript/loader";
import type { instantiate } from "../../build/engine.js";
import { RunError } from "../errors.ts";

/** The exports of assembly/index.ts. Addresses and u32 results come back signed: use `>>> 0`; u64 are bigint. */
export type Engine = Awaited<ReturnType<typeof instantiate>>;

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
const MIN_PAGES = 4096;

/**
 * A shared memory of 4 GiB, or what the host gives; it is never grown, because peers' pages may be mapped into it. Untouched pages
 * cost nothing.
 * @throws RunError below 256 MiB
 */
export function createMemory(): WebAssembly.Memory {
  for (let pages = MAX_PAGES; pages >= MIN_PAGES; pages /= 2) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: MAX_PAGES, shared: true });
    } catch {
      // less address space than that: try half
    }
  }
  throw new RunError(`memory: found less than ${(MIN_PAGES * PAGE_BYTES) >> 20} MiB of address space, expected more`);
}

/** Compiles engine.wasm. */
export function compileEngine(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  return new WebAssembly.Module(bytes);
}

/** An instance over `memory`. */
export function instantiateEngine(module: WebAssembly.Module, memory: WebAssembly.Memory): Engine {
  return instantiateSync<Engine>(module, { env: { memory } }).exports;
}
