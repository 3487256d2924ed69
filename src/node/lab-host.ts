// lab-host - what a lab asks of the machine, over Node.
import { readFileSync } from "node:fs";
import type { LabHost } from "../lab/lab-host.ts";
import { compileEngine, createMemory, instantiateEngine } from "../wasm/engine.ts";
import { Machine } from "../wasm/machine.ts";
import { deviceFiles, pathKind, readText } from "./device-files.ts";
import { packageFile } from "./package-file.ts";
import { nodeShellHost } from "./shell-host.ts";

/** io: where it prints. isInterrupted: whether SIGINT or SIGTERM came */
export function nodeLabHost(io: Pick<LabHost, "out" | "err">, isInterrupted: () => boolean): LabHost {
  return {
    shell: nodeShellHost,
    files: deviceFiles,
    makeMachine: () => {
      const memory = createMemory();
      const module = compileEngine(new Uint8Array(readFileSync(packageFile("build/engine.wasm"))));
      return new Machine(instantiateEngine(module, memory), memory);
    },
    profileText: () => readFileSync(packageFile("profiles/testpmd-22.11.json"), "utf8"),
    pathKind,
    readText,
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    isInterrupted,
    out: (text) => io.out(text),
    err: (text) => io.err(text),
  };
}
