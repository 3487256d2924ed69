// lab-host - what a lab asks of the machine, over Node.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { LabHost } from "../lab/lab-host.ts";
import { deviceFiles, pathKind, readText } from "./device-files.ts";
import { machineHost } from "./machine-host.ts";
import { packageFile } from "./package-file.ts";
import { nodeShellHost } from "./shell-host.ts";
import { clockMHz } from "./testpmd-host.ts";

/** io: where it prints. isInterrupted: whether SIGINT or SIGTERM came */
export function nodeLabHost(io: Pick<LabHost, "out" | "err">, isInterrupted: () => boolean): LabHost {
  return {
    shell: nodeShellHost,
    files: deviceFiles,
    ...machineHost(process.hrtime.bigint()),
    cpus: cpus().length,
    clockMHz: clockMHz(),
    dateMs: () => Date.now(),
    profileText: () => readFileSync(packageFile("profiles/testpmd-22.11.json"), "utf8"),
    pathKind,
    readText,
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    isInterrupted,
    out: (text) => io.out(text),
    err: (text) => io.err(text),
  };
}
