// testpmd-host - what the testpmd console asks of the machine, over Node: standard input, files, threads, clocks, signals.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Io } from "../dpdk/io.ts";
import type { ConsoleInput, TestpmdHost } from "../testpmd/host.ts";
import { deviceFiles, pathKind, readText } from "./device-files.ts";
import { machineHost } from "./machine-host.ts";
import { packageFile } from "./package-file.ts";
import { allowedCores } from "./pin.ts";

/** What scripts call it. */
const PROGRAM = "dpdk-testpmd";

/** io: where it prints. input: its standard input. isInterrupted: whether SIGINT or SIGTERM came */
export function nodeTestpmdHost(io: Io, input: ConsoleInput, isInterrupted: () => boolean): TestpmdHost {
  const startNs = process.hrtime.bigint();
  return {
    ...machineHost(startNs),
    program: PROGRAM,
    io,
    input,
    files: deviceFiles,
    machine: { cpus: cpus().map((_, i) => i), affinity: allowedCores(), numaNodes: 1, hasAvx512: hasAvx512() },
    clockMHz: clockMHz(),
    profileText: () => readFileSync(packageFile("profiles/testpmd-22.11.json"), "utf8"),
    pathKind,
    readText,
    randomMac: () => {
      const bytes = randomBytes(6);
      bytes[0] = (bytes[0]! & 0xfe) | 0x02;
      return bytes.readUIntLE(0, 6) === 0 ? 0x02n : BigInt(bytes.readUIntLE(0, 6));
    },
    dateNs: () => BigInt(Date.now()) * 1_000_000n,
    nowNs: () => process.hrtime.bigint() - startNs,
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    isInterrupted,
  };
}

/** Whether the processor has AVX-512F. */
function hasAvx512(): boolean {
  try {
    return /^flags\s*:.* avx512f(?: |$)/m.test(readFileSync("/proc/cpuinfo", "latin1"));
  } catch {
    return false;
  }
}

/** The time stamp counter's frequency as EAL rounds it; where the system does not say, 1000: cycles are then nanoseconds. */
export function clockMHz(): number {
  try {
    const found = /^cpu MHz\s*:\s*([\d.]+)/m.exec(readFileSync("/proc/cpuinfo", "latin1"));
    return Math.round(Number(found?.[1] ?? 1000) / 10) * 10;
  } catch {
    return 1000;
  }
}
