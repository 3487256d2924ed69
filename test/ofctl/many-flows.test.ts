// Many OpenFlow rules from standard input: how long that takes, and that a million of them find room (RINGBED_SWEEP=1).
import { describe, expect, it } from "vitest";
import { openLab } from "../../src/lab/open-lab.ts";
import { nodeLabHost } from "../../src/node/lab-host.ts";
import { runOfctl } from "../../src/ofctl/ofctl.ts";

const LIMIT_MS = 2000;
/** What else the machine does may disturb one, seldom all. */
const ATTEMPTS = 3;

function flows(n: number): string {
  const lines = Array.from({ length: n }, (_, i) => {
    const source = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    return `priority=${1 + (i % 7)},tcp,nw_src=${source},tp_dst=${i % 1000},actions=output:${1 + (i % 4)}\n`;
  });
  return lines.join("");
}

/** Adds them to a bridge. @returns how many it has then, and the milliseconds that it took */
async function add(n: number): Promise<{ readonly count: string; readonly ms: number }> {
  const lab = await openLab(
    nodeLabHost({ out: () => {}, err: () => {} }, () => false),
    {},
  );
  const text = flows(n);
  const host = { readText: () => undefined, readInput: async () => text, date: () => lab.date() };
  let found = { count: "", ms: 0 };
  let step = 0;
  const line = async (): Promise<string | undefined> => {
    if (step++ === 0) return "ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure\n";
    const begun = performance.now();
    const { code, stderr } = await runOfctl(["add-flows", "br0", "-"], lab.vswitchd, host);
    const ms = performance.now() - begun;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { stdout } = await runOfctl(["dump-aggregate", "br0"], lab.vswitchd, host);
    found = { count: /flow_count=(\d+)/.exec(stdout)?.[1] ?? "", ms };
    return undefined;
  };
  await lab.run({ line });
  return found;
}

describe("ovs-ofctl add-flows br0 -", () => {
  it("takes 100 000 rules in less than 2 s", async () => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ATTEMPTS && best >= LIMIT_MS; i++) {
      const { count, ms } = await add(100_000);
      expect(count).toBe("100000");
      best = Math.min(best, ms);
    }
    expect(best).toBeLessThan(LIMIT_MS);
  });

  it.runIf(process.env.RINGBED_SWEEP === "1")(
    "takes a million",
    async () => expect((await add(1_000_000)).count).toBe("1000000"),
    300_000,
  );
});
