// main - the whole benchmark: loops on one core and two beside their peers, replay, captures, start-up; or the stages by themselves.
// Loaded by the verb `bench` in a checkout. Nothing runs beside a measurement: one after the other, ours and theirs in turn.
import { availableParallelism, cpus, loadavg } from "node:os";
import { allowedCores } from "../src/node/pin.ts";
import { captures } from "./captures.ts";
import { live, MATRIX, USUAL } from "./live.ts";
import { oneCore } from "./one-core.ts";
import { ovsCaches, ovsPeers } from "./ovs.ts";
import { benchText, type Environment } from "./render.ts";
import { FULL, QUICK, Results } from "./rows.ts";
import { stages } from "./stages.ts";
import { testpmdModes } from "./testpmd-modes.ts";
import { twoCores } from "./two-core.ts";
import { vectorPaths } from "./vector.ts";

export interface BenchOptions {
  /** Few short runs, not judged. */
  readonly quick: boolean;
  /** The stages by themselves, and nothing else. */
  readonly stages: boolean;
  /** Over real vhost-user sockets, and nothing else. */
  readonly live: boolean;
  /** Over real vhost-user sockets, every layout of rings, and nothing else. */
  readonly matrix: boolean;
  /** Seconds of each loop's measured run; undefined: as the effort says */
  readonly seconds: number | undefined;
  /** Pairs and repetitions, likewise. */
  readonly runs: number | undefined;
  /** Told what is being done, line by line. */
  readonly progress: (line: string) => void;
}

export interface BenchOutcome {
  readonly text: string;
  /** The document of `ringbed-bench/1`. */
  readonly json: object;
  /** Names of the rows that miss their goals. */
  readonly missed: readonly string[];
}

/** Runs it: about four minutes, `quick` half a minute. */
export async function runBench(options: BenchOptions): Promise<BenchOutcome> {
  const effort = { ...(options.quick ? QUICK : FULL) };
  const results = new Results(
    { ...effort, seconds: options.seconds ?? effort.seconds, runs: options.runs ?? effort.runs },
    options.progress,
  );
  const cores = allowedCores().length || availableParallelism();
  const loadBefore = loadavg()[0] ?? 0;
  let unpinned: string | undefined;
  if (options.stages) {
    unpinned = await stages(results.in("stages: ns a packet, bursts of 32, 64 bytes"), options.quick ? 50 : 500);
    vectorPaths(results.in("vector burst functions beside plain ones, 64 bytes, slices in turn"));
  } else if (options.live || options.matrix) {
    await live(results.in("live vhost-user, one core a side"), options.matrix ? MATRIX : USUAL);
  } else {
    unpinned = await oneCore(results);
    twoCores(results, cores);
    captures(results);
    ovsCaches(results.in("OVS datapath, bursts of 32, all hits"));
    await ovsPeers(results.in("OVS datapath beside Open vSwitch 3.1, one thread, 64 bytes"));
    await testpmdModes(results.in("ringbed testpmd on two net_null ports, 64 bytes"));
  }
  const environment: Environment = {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores,
    node: process.versions.node,
    load: Math.round(loadBefore * 100) / 100,
    unpinned,
    quick: options.quick,
  };
  const missed = results.rows.filter((r) => r.result === "miss").map((r) => `${r.section}: ${r.name}`);
  const json = { format: "ringbed-bench/1", ...environment, rows: results.rows, skipped: results.skipped };
  return { text: benchText(environment, results.rows, results.skipped, options.stages), json, missed };
}
