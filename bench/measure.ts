// measure - starts subjects: each measurement of ours is a process of its own, as each of the C twin's is.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RunError } from "../src/errors.ts";
import { packageFile } from "../src/node/package-file.ts";
import type { Job, Measurement } from "./subject.ts";

const TIMEOUT_MS = 120_000;

/** Runs a job in a fresh process. @throws RunError with what it printed when it fails */
export function measure(job: Job): Measurement {
  const subject = fileURLToPath(packageFile("dist/bench/subject.js"));
  const run = spawnSync(process.execPath, ["--no-deprecation", subject, JSON.stringify(job)], {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (run.status !== 0) {
    const found = run.error?.message ?? run.stderr.split("\n").find((line) => line.includes("Error")) ?? "no figure";
    throw new RunError(`bench: found ${found}, expected a figure (${JSON.stringify(job)})`);
  }
  const measured: Measurement = JSON.parse(run.stdout);
  return measured;
}

/** Wall milliseconds of `ringbed replay FILE`, from the start of node to its end. @throws RunError when it fails */
export function startUpMs(file: string): number {
  const main = fileURLToPath(packageFile("dist/src/cli/main.js"));
  const start = performance.now();
  const run = spawnSync(process.execPath, [main, "replay", file], { timeout: TIMEOUT_MS, stdio: "ignore" });
  const ms = performance.now() - start;
  if (run.status !== 0) throw new RunError(`bench: found replay ended with ${run.status}, expected 0 (${file})`);
  return ms;
}
