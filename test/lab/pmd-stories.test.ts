// PMD threads as the real Open vSwitch 3.1 has them on machines of one and several NUMA nodes: every run of test/recorded/pmd, what each command
// answers and what is logged by the next one.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { textLines } from "../../src/lab/line-source.ts";
import { openLab } from "../../src/lab/open-lab.ts";
import { nodeLabHost } from "../../src/node/lab-host.ts";

interface Step {
  readonly command: string;
  readonly output: string;
  readonly log: readonly string[];
}

interface Story {
  readonly name: string;
  readonly nodes: string;
  readonly steps: readonly Step[];
}

const stories = JSON.parse(
  readFileSync(new URL("../recorded/pmd/stories.json", import.meta.url), "utf8"),
) as readonly Story[];

/** What the recordings begin with. */
const BRIDGE = "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=secure";

async function tell({ nodes, steps }: Story): Promise<Step[]> {
  const told: Step[] = [];
  let log: string[] = [];
  const host = nodeLabHost({ out: () => {}, err: () => {} }, () => false);
  const lab = await openLab(host, {
    numa: nodes.split(",").map(Number),
    enableDummy: true,
    onLog: (line) => {
      const [, module, level, text] = /^[^|]*\|\d+\|([^|]*)\|([^|]*)\|(.*)$/s.exec(line) ?? [];
      if (module === "dpif_netdev" || module === "ovs_numa") log.push(`${module}|${level}|${text}`);
    },
    onCommand: ({ stdout, stderr }) => {
      told.push({ command: steps[told.length]!.command, output: stdout + stderr, log });
      log = [];
    },
  });
  log = lab.logged
    .map((line) => line.replace(/^[^|]*\|\d+\|/, ""))
    .filter((line) => /^(dpif_netdev|ovs_numa)\|/.test(line));
  await lab.run(textLines([BRIDGE, ...steps.slice(1).map(({ command }) => command)].join("\n")));
  return told;
}

/** Threads come and go in the order of maps of their addresses. */
function settled(steps: readonly Step[]): Step[] {
  const isThread = (line: string): boolean => /PMD thread .* (created|destroyed)/.test(line);
  return steps.map(({ command, output, log }) => ({
    command,
    output,
    log: [...log.filter(isThread).sort(), ...log.filter((line) => !isThread(line))],
  }));
}

describe("PMD threads, as the real ones", () => {
  it.each(stories.map((story) => [story.name, story] as const))("%s", async (_, story) => {
    expect(settled(await tell(story))).toEqual(settled(story.steps));
  });
});
