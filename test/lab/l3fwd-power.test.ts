// The virtio guide's example of rx interrupts in a lab: QEMU's command line with vectors, l3fwd-power as the document writes it, and what a guest without
// enough vectors, or with another kernel driver, is told. The frames are held against those that the real l3fwd-power sent back.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";

const RECORDED = new URL("../recorded/l3fwd-power/", import.meta.url);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-l3fwd-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const pci = (): ReadonlyMap<string, string> =>
  new Map([
    ["0000:01:00.0", `net_pcap0,rx_pcap=${new URL("routes.pcap", RECORDED).pathname},tx_pcap=/dev/null`],
    ["0000:01:00.1", `net_pcap1,tx_pcap=${folder}/out.pcap`],
  ]);

const SCRIPT = readFileSync(new URL("../../docs/rx-interrupts.sh", import.meta.url), "utf8");

async function run(script: string) {
  const { stdout, stderr, code } = await lab(script, { pci: pci() });
  return { lines: stdout.split("\n"), stderr, code, frames: frames(readFileSync(join(folder, "out.pcap"))) };
}

/** A capture's packets as text. */
function frames(data: Buffer): string[] {
  const found: string[] = [];
  for (let at = 24; at < data.length; ) {
    const length = data.readUInt32LE(at + 8);
    found.push(data.subarray(at + 16, at + 16 + length).toString("hex"));
    at += 16 + length;
  }
  return found;
}

const REAL = frames(readFileSync(new URL("runs/routes.pcap", RECORDED)));
const refused = (script: string): Promise<string[]> => run(script).then(({ lines }) => lines);

describe("the document's command line", () => {
  it("the guest's lcore sleeps and is woken, and sends what the real one sends; of a tx queue that is not its own, full buffers only", async () => {
    const { lines, stderr, code, frames: sent } = await run(SCRIPT);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(lines.filter((line) => line.includes("L3FWD_POWER: lcore"))).toEqual([
      "L3FWD_POWER: lcore 0 has nothing to do",
      "L3FWD_POWER: lcore 1 is waked up from rx interrupt on port 0 queue 0",
      "L3FWD_POWER: lcore 1 sleeps until interrupt triggers",
    ]);
    expect(sent).toEqual(REAL.slice(0, 32));
  });

  it("with two queue pairs each lcore is woken by its own queue, and all leave", async () => {
    const two = SCRIPT.replace("queues=1", "queues=2")
      .replace("vectors=4", "vectors=6")
      .replace("(0,0,1)", "(0,0,0),(0,1,1)");
    const { lines, frames: sent } = await run(two.replace("pmd-cpu-mask=0x2", "pmd-cpu-mask=0x6"));
    const woken = lines.filter((line) => line.includes("is waked up"));
    expect(new Set(woken).size).toBe(woken.length);
    expect(woken.length).toBeGreaterThan(0);
    for (const line of woken) expect(line).toMatch(/lcore (\d) is waked up from rx interrupt on port 0 queue \1$/);
    expect([...sent].sort()).toEqual([...REAL].sort());
  });

  it("the same script prints the same with another seed", async () => {
    const one = await lab(SCRIPT, { pci: pci(), seed: 1 });
    const two = await lab(SCRIPT, { pci: pci(), seed: 2 });
    expect(two.stdout).toBe(one.stdout);
  });
});

describe("how it is called", () => {
  it("as dpdk-l3fwd-power it says so", async () => {
    const { lines, code } = await run(
      `${SCRIPT.slice(0, SCRIPT.indexOf("l3fwd-power -l"))}dpdk-l3fwd-power -l 0-1 -- --what 2>&1\n`,
    );
    expect(code).toBe(1);
    expect(lines).toContain("dpdk-l3fwd-power: unrecognized option '--what'");
    expect(lines.some((line) => line.startsWith("dpdk-l3fwd-power [EAL options] -- -p PORTMASK"))).toBe(true);
  });

  it("in the foreground it runs until nothing more comes, in a guest by ssh as well", async () => {
    const ports = SCRIPT.slice(SCRIPT.indexOf("ovs-vsctl add-port br0 phy1"), SCRIPT.indexOf("sleep 1\nkill"));
    const start = SCRIPT.slice(0, SCRIPT.indexOf("l3fwd-power -l"));
    const line = 'l3fwd-power -l 0-1 -- -p 1 -P --config="(0,0,1)" --no-numa --parse-ptype 2>&1';
    const { lines, stderr, code } = await run(`${start}${ports}ssh root@vm0 <<'END'\n${line}\nEND\necho over\n`);
    expect({ stderr, code, last: lines.at(-2) }).toEqual({ stderr: "", code: 0, last: "over" });
    expect(lines).toContain("L3FWD_POWER: lcore 0 has nothing to do");
  });
});

describe("again and again", () => {
  it("ten times the guest's driver comes and goes, and each time it is woken (case 95)", async () => {
    const start = SCRIPT.indexOf("l3fwd-power -l");
    const end = SCRIPT.indexOf("wait\n") + "wait\n".length;
    const once = SCRIPT.slice(start, end);
    const ports = "ovs-vsctl del-port br0 phy0\novs-vsctl del-port br0 phy1\n";
    const { lines, stderr, code } = await run(SCRIPT.slice(0, start) + `${once}${ports}`.repeat(10));
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(lines.filter((line) => line.includes("is waked up"))).toHaveLength(10);
  });

  it("a testpmd that comes after it polls", async () => {
    const { lines } = await run(`${SCRIPT}testpmd -l 0-1 -- -i --auto-start\nsleep 1\nstop\nquit\n`);
    expect(lines.filter((line) => line.includes("is waked up"))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("Bye"))).toHaveLength(1);
  });
});

describe("vectors", () => {
  it.each([2, 3, 4])("%i are enough for one rx queue", async (vectors) => {
    expect(await refused(SCRIPT.replace("vectors=4", `vectors=${vectors}`))).toContain(
      "Port 0 Link up at Unknown FDX Autoneg",
    );
  });

  it("without the word QEMU gives 2N+2", async () => {
    expect(await refused(SCRIPT.replace(",vectors=4", ""))).toContain("Port 0 Link up at Unknown FDX Autoneg");
  });

  it("one is too few: vector 0 is the configuration's", async () => {
    const lines = await refused(SCRIPT.replace("vectors=4", "vectors=1"));
    expect(lines.filter((line) => /MSI-X|interrupt|Cause|dev_configure/.test(line)).slice(-5)).toEqual([
      "EAL: Error enabling MSI-X interrupts for fd 20",
      "virtio_configure_intr(): interrupt enable failed",
      "virtio_init_device(): failed to configure interrupt",
      "Port0 dev_configure = -22",
      "  Cause: Cannot configure device: err=-22, port=0",
    ]);
  });

  it.each([
    ["no MSI-X", SCRIPT.replace("vectors=4", "vectors=0")],
    ["igb_uio", SCRIPT.replace("dpdk-devbind.py -b vfio-pci", "dpdk-devbind.py -b igb_uio")],
  ])("%s: one interrupt a device, none a queue", async (_, script) => {
    const lines = await refused(script);
    expect(lines.filter((line) => /vector|Cause|dev_configure/.test(line))).toEqual([
      "virtio_configure_intr(): Multiple intr vector not supported",
      "Port0 dev_configure = -95",
      "  Cause: Cannot configure device: err=-95, port=0",
    ]);
  });
});
