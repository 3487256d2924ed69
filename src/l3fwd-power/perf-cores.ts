// perf-cores - which lcores --perf-config means: update_lcore_params of 22.11's perf_core.c. Without power management all lcores are fast ones.
import { type Io, rteExit } from "../dpdk/io.ts";
import type { RxParams } from "./lists.ts";
import type { Options } from "./options.ts";

/** lcores: those that are enabled, ascending. @throws Exit where a place is none */
export function perfLcores({ perf, highPerfCores }: Options, lcores: readonly number[], io: Io): RxParams[] {
  const high = highPerfCores.length > 0 ? highPerfCores : lcores;
  const rest = lcores.filter((id) => !high.includes(id));
  const params = perf.map(({ port, queue, isHighPerf, index }): RxParams => {
    const lcore = (isHighPerf ? high : rest)[index];
    if (lcore !== undefined) return { port, queue, lcore };
    io.out("Performance cores configuration error\n");
    return rteExit(io, "update_lcore_params failed\n");
  });
  io.out("Updated performance core configuration\n");
  for (const { port, queue, lcore } of params) io.out(`\t(${port},${queue},${lcore})\n`);
  return params;
}
