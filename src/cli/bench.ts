// bench - the verb: throughput of the PVP loop against its peers. The measuring is in bench/, which the published package does not carry;
// there, only our own figures are shown.
import { Command } from "commander";
import { nodeHost } from "../node/host.ts";
import { textTable } from "../report/table.ts";
import { measureLoop } from "../run/throughput.ts";
import { decimal, wholeNumber } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example:
  ringbed bench --seconds 0.5

Million packets a second through NIC -> vhost -> guest mac -> vhost -> NIC on one core, wall clock. In a checkout, \`npm run bench\` adds
the peers: the same loop in C, on typed arrays, and real testpmd's.`;
const LENGTHS = [64, 512, 1518];

export function benchCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("bench")
    .description("Measures how many packets a second this machine moves through the simulated PVP loop.")
    .option("--seconds <s>", "wall time of each run", decimal("seconds", 0.01, 60), 0.5)
    .option("--runs <n>", "runs a length; the median is shown", wholeNumber("runs", 1, 1000), 5)
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action((options: { seconds: number; runs: number; json?: boolean }) => {
      const host = nodeHost((line) => terminal.err(`ringbed: ${line}\n`));
      const rows = LENGTHS.map((lengthBytes) => measureLoop(host, lengthBytes, options.seconds, options.runs));
      if (options.json) terminal.out(`${JSON.stringify({ format: "ringbed-bench/1", pvp: rows }, undefined, 2)}\n`);
      else {
        const cells = rows.map((r) => [
          `${r.length} bytes`,
          r.median.toFixed(1),
          r.least.toFixed(1),
          r.most.toFixed(1),
        ]);
        terminal.out(`${textTable(["pvp, one core, Mpps", "median", "least", "most"], cells).join("\n")}\n`);
      }
      done(0);
    });
}
