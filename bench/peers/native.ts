// native - builds the C peers with gcc into the .bench folder of the checkout and runs them.
// Follows: nothing; a peer that cannot be built or run gives a reason in place of a figure, never an error.
// Not modelled: other compilers, cross compilation.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** A figure, or why there is none. */
export type Outcome = { readonly value: number } | { readonly value: undefined; readonly reason: string };

type Built = { readonly path: string } | { readonly path: undefined; readonly reason: string };

/** The checkout: the folder above this module, source or compiled, that holds the C sources. */
function checkout(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "bench", "peers", "pvp.c")) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

const SOURCES = join(checkout(), "bench", "peers");
const CACHE = join(checkout(), ".bench");

/** When a C source or header was last changed, in milliseconds. */
function newestSource(): number {
  const files = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name));
  return Math.max(...files.map((name) => statSync(join(SOURCES, name)).mtimeMs));
}

function build(name: string, output: string, flags: readonly string[]): Built {
  const source = join(SOURCES, `${name}.c`);
  const path = join(CACHE, output);
  if (!existsSync(source)) return { path: undefined, reason: `${name}.c is not part of this installation` };
  if (existsSync(path) && statSync(path).mtimeMs >= newestSource()) return { path };
  mkdirSync(CACHE, { recursive: true });
  const partial = `${path}.${process.pid}`;
  try {
    execFileSync("gcc", ["-O3", "-march=native", "-pthread", ...flags, source, "-o", partial], { stdio: "pipe" });
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { path: undefined, reason: missing ? "gcc is not installed (apt-get install gcc)" : String(error) };
  }
  renameSync(partial, path);
  return { path };
}

function run(name: string, args: readonly string[]): Outcome {
  const built = build(name, name, []);
  if (built.path === undefined) return { value: undefined, reason: built.reason };
  try {
    const text = execFileSync(built.path, args, { timeout: 60_000, stdio: ["ignore", "pipe", "pipe"] });
    return { value: Number(text.toString()) };
  } catch (error) {
    return { value: undefined, reason: `${name} ${args.join(" ")}: ${String(error)}` };
  }
}

/** The C twin: millions of packets a second through the whole PVP loop, on one thread or on two pinned ones. */
export function runNativePvp(lengthBytes: number, seconds: number, threads: 1 | 2 = 1): Outcome {
  return run("pvp", [String(lengthBytes), String(seconds), String(threads)]);
}

/** Nanoseconds for a cache line to go from core 0 to core 1 and back. */
export function runPingPong(seconds = 0.2): Outcome {
  return run("pingpong", [String(seconds)]);
}

/** The EAL plugin stage-probe.so; needs DPDK's headers besides gcc. */
export function buildStageProbe(): Built {
  try {
    const cflags = execFileSync("pkg-config", ["--cflags", "libdpdk"], { stdio: "pipe" })
      .toString()
      .trim()
      .split(/\s+/);
    return build("stage-probe", "stage-probe.so", ["-O2", "-shared", "-fPIC", ...cflags]);
  } catch {
    return { path: undefined, reason: "pkg-config finds no libdpdk (apt-get install dpdk-dev pkg-config)" };
  }
}
