// pin - ties a thread to cores, through libc's sched_setaffinity and koffi. Without koffi, or off Linux, nothing is pinned and the
// reason is told: a measurement then moves with the scheduler's whims, a run is as right as before.
// Follows: sched_setaffinity(2): pid 0 is the calling thread; a mask may name any core of the cpuset, whatever the thread had before.
import { readFileSync } from "node:fs";

export type Pinned = { readonly cores: readonly number[] } | { readonly cores: undefined; readonly reason: string };

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(declaration: string): (...args: readonly unknown[]) => unknown };
}

/** Bytes of the mask: 1024 cores. */
const MASK_BYTES = 128;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

function isKoffi(value: unknown): value is Koffi {
  return typeof value === "object" && value !== null && "load" in value && typeof value.load === "function";
}

async function loadKoffi(): Promise<Koffi | undefined> {
  const specifier: string = "koffi"; // an optional dependency: not known to the compiler
  try {
    const loaded: unknown = await import(specifier);
    const library = typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : loaded;
    return isKoffi(library) ? library : undefined;
  } catch {
    return undefined;
  }
}

function setAffinity(koffi: Koffi): ((...args: readonly unknown[]) => unknown) | undefined {
  for (const library of LIBRARIES) {
    try {
      return koffi.load(library).func("int sched_setaffinity(int pid, size_t length, const uint8_t *mask)");
    } catch {
      // not this C library
    }
  }
  return undefined;
}

/** Pins the calling thread. @returns the cores, or why it was not pinned; never throws */
export async function pinThread(cores: readonly number[]): Promise<Pinned> {
  const refused = (reason: string): Pinned => ({ cores: undefined, reason });
  if (process.platform !== "linux") return refused("threads are pinned on Linux only");
  const koffi = await loadKoffi();
  if (koffi === undefined) return refused("koffi is not installed (npm install koffi)");
  const set = setAffinity(koffi);
  if (set === undefined) return refused("no C library with sched_setaffinity");
  const mask = new Uint8Array(MASK_BYTES);
  for (const core of cores) mask[core >> 3]! |= 1 << (core & 7);
  if (set(0, MASK_BYTES, mask) !== 0) return refused(`core ${cores.join(", ")} is not this process's to use`);
  return { cores };
}

/** Numbers of the cores that this process may use; empty where the system does not say. */
export function allowedCores(): number[] {
  let text = "";
  try {
    text = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "";
  } catch {
    return [];
  }
  return text.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
