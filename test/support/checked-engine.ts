// checked-engine - a Machine whose every load and store is looked at before it happens: one of a byte that nobody has reserved, or that is
// forbidden for the time being, ends the test with its address. Engine: build/checked.wasm, binaryen's instrument-memory over the same code.
// Atomic read-modify-writes are not seen; they concern locks and counts, none of them in memory that a peer has.
import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import { compileEngine, type Engine } from "../../src/wasm/engine.ts";
import { Machine } from "../../src/wasm/machine.ts";

export const READ = 1;
export const WRITE = 2;
/** Linear addresses below this are looked at, all above are nobody's. */
const LOOKED_AT = 1 << 26;
/** The checked module's memory.copy holds its ends against the memory's size in 32 bits: 4 GiB would be 0. */
const PAGES = 16384;

let compiled: WebAssembly.Module | undefined;

export class Checker {
  /** READ and WRITE of each byte. */
  private readonly may = new Uint8Array(LOOKED_AT);
  /** Loads and stores so far. */
  accesses = 0;

  allow(at: number, bytes: number, rights = READ | WRITE): void {
    this.may.fill(rights, at, at + bytes);
  }

  private look(address: number, offset: number, bytes: number, need: number): void {
    const at = (address >>> 0) + (offset >>> 0);
    this.accesses++;
    for (let i = at; i < at + bytes; i++) {
      if (((this.may[i] ?? 0) & need) !== 0) continue;
      const what = need === READ ? "load" : "store";
      throw new Error(
        `${what} of ${bytes} bytes at ${at}: found byte ${i - at} of it nobody's, expected memory in reach`,
      );
    }
  }

  /** What the instrumented module imports. */
  get imports(): Record<string, (...args: number[]) => number> {
    const same = (_: number, value = 0): number => value;
    const seen =
      (need: number) =>
      (_: number, bytes = 0, offset = 0, address = 0): number => {
        this.look(address, offset, bytes, need);
        return address;
      };
    const values = ["i32", "i64", "f32", "f64"].flatMap((type) => [`load_val_${type}`, `store_val_${type}`]);
    return {
      load_ptr: seen(READ),
      store_ptr: seen(WRITE),
      memory_grow_pre: same,
      memory_grow_post: same,
      ...Object.fromEntries(values.map((name) => [name, same])),
    };
  }
}

/** A machine with nothing in it, and who looks over its shoulder. */
export function checkedMachine(): { readonly machine: Machine; readonly checker: Checker } {
  const bytes = new Uint8Array(readFileSync(new URL("../../build/checked.wasm", import.meta.url)));
  compiled ??= compileEngine(bytes);
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: 65536, shared: true });
  const checker = new Checker();
  const { exports } = instantiateSync<Engine>(compiled, { env: { memory, ...checker.imports } });
  checker.allow(PAGE_BYTES, LOOKED_AT - PAGE_BYTES);
  const machine = new Machine(exports, memory);
  const { arena } = machine;
  const allocate = arena.allocate.bind(arena);
  // What the machine reserved for itself so far ends where the next piece begins.
  const end = allocate(0, "nothing");
  checker.allow(end, LOOKED_AT - end, 0);
  arena.allocate = (size, what, align) => {
    const at = allocate(size, what, align);
    checker.allow(at, size);
    return at;
  };
  return { machine, checker };
}
