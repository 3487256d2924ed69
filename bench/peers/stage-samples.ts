// stage-samples - what each stage of a real testpmd costs, in TSC cycles a call, by packets a call and frame length.
// Follows: bench/peers/stage-probe.c, whose lines it reads. One testpmd at a time, one forwarding lcore; each arrangement
// is started anew three times, because testpmd's speed has levels that go with the start of a process.
// Two time stamps cost 22 cycles here and hide as much work: what is cheaper is measured by stage-turns.ts.
// Not modelled: more than one lcore or queue, real NICs.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { sleep, withOneCorePvp } from "./testpmd-pvp.ts";

/** One cell of the probe in one run. */
export interface Sample {
  /** Where it was taken, e.g. "pvp/mac". */
  readonly place: string;
  readonly kind: string;
  /** The port's stage name: "null", "vhost", ... */
  readonly port: string;
  readonly packets: number;
  readonly lengthBytes: number;
  readonly calls: number;
  readonly cycles: number;
}

export const BURSTS: readonly number[] = [1, 2, 4, 8, 16, 32, 64];
const LENGTHS: readonly number[] = [256, 512, 1024, 1514];
const STARTS = 3;
const FEWEST_CALLS = 200;
const PVP_PORTS: readonly string[] = ["null", "vhost", "vhost", "null", "virtio", "virtio"];

async function signal(testpmd: TestpmdProcess, name: "SIGUSR1" | "SIGUSR2", until: RegExp): Promise<string> {
  const from = testpmd.text.length;
  process.kill(testpmd.pid!, name);
  await testpmd.waitFor(until, from);
  return testpmd.text.slice(from);
}

const attach = (testpmd: TestpmdProcess): Promise<string> => signal(testpmd, "SIGUSR1", /probe attached\n/);
const dump = (testpmd: TestpmdProcess): Promise<string> => signal(testpmd, "SIGUSR2", /probe end\n/);

function read(text: string, place: string, ports: readonly string[], lengthBytes: number): Sample[] {
  const out: Sample[] = [];
  for (const m of text.matchAll(/probe (\w+) (\d+) (\d+) (\d+) (\d+)/g)) {
    const calls = Number(m[4]);
    if (calls < FEWEST_CALLS) continue;
    const port = ports[Number(m[2])]!;
    out.push({ place, kind: m[1]!, port, packets: Number(m[3]), lengthBytes, calls, cycles: Number(m[5]) / calls });
  }
  return out;
}

/** Runs one engine at one burst for a moment; no cell when other programs disturbed it four times over. */
async function window(testpmd: TestpmdProcess, engine: string, burst: number, ms: number): Promise<string> {
  await testpmd.command(`set fwd ${engine}`, /Set .* packet forwarding mode/);
  await testpmd.command(`set burst ${burst}`, /Number of packets per burst set to/);
  for (let attempt = 0; attempt < 4; attempt++) {
    await testpmd.startForwarding();
    await sleep(80);
    await dump(testpmd);
    const waited = testpmd.waitedMs();
    await sleep(ms);
    const text = await dump(testpmd);
    const disturbed = testpmd.waitedMs() - waited > 0.03 * ms;
    await testpmd.stopForwarding();
    if (!disturbed) return text;
  }
  return "";
}

async function pvp(probe: string): Promise<Sample[]> {
  const out: Sample[] = [];
  const common = { eal: ["-d", probe], app: ["--no-flush-rx"] };
  for (const [lengthBytes, bursts, engines] of [
    [60, BURSTS, ["mac", "io", "macswap", "mac retry"]],
    ...LENGTHS.map((length) => [length, [32], ["mac"]] as const),
  ] as const) {
    await withOneCorePvp({ ...common, lengthBytes }, async (testpmd) => {
      await attach(testpmd);
      await window(testpmd, "mac", 32, 200); // until every mbuf has been used once, small bursts are slow
      for (const engine of engines) {
        for (const burst of bursts) {
          const text = await window(testpmd, engine, burst, 250);
          out.push(...read(text, `pvp/${engine}`, PVP_PORTS, lengthBytes));
        }
      }
    });
  }
  return out;
}

async function single<T>(
  probe: string,
  vdevs: readonly string[],
  use: (testpmd: TestpmdProcess) => Promise<T>,
  topology = "loop",
): Promise<T> {
  const testpmd = await TestpmdProcess.start({
    prefix: `stage${process.pid}`,
    lcores: "0@0,1@1",
    vdevs,
    eal: ["-d", probe],
    app: ["--no-flush-rx", "--total-num-mbufs=16384", `--port-topology=${topology}`],
  });
  try {
    await attach(testpmd);
    return await use(testpmd);
  } finally {
    await testpmd.quit();
  }
}

async function nullEngines(probe: string): Promise<Sample[]> {
  const out: Sample[] = [];
  await single(probe, ["net_null0,size=60"], async (testpmd) => {
    for (const engine of ["io", "rxonly", "txonly"]) {
      for (const burst of BURSTS) {
        out.push(...read(await window(testpmd, engine, burst, 150), `null/${engine}`, ["null"], 60));
      }
    }
  });
  return out;
}

/** A classic capture of `n` frames of `length` bytes. */
function writeCapture(path: string, n: number, length: number): void {
  const header = Buffer.alloc(24);
  [0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1].forEach((word, i) => {
    header.writeUInt32LE(word, 4 * i);
  });
  const packet = Buffer.alloc(16 + length, 0x5a);
  [1, 0, length, length].forEach((word, i) => {
    packet.writeUInt32LE(word, 4 * i);
  });
  const file = openSync(path, "w");
  writeSync(file, header);
  const many = Buffer.concat(Array.from({ length: 1000 }, () => packet));
  for (let i = 0; i < n; i += 1000) writeSync(file, many);
  closeSync(file);
}

async function pcap(probe: string): Promise<Sample[]> {
  const out: Sample[] = [];
  const folder = mkdtempSync(join(tmpdir(), "ringbed-stage-"));
  const [input, output] = [join(folder, "in.pcap"), join(folder, "out.pcap")];
  const cases = [...BURSTS.map((burst) => [burst, 60] as const), ...LENGTHS.map((length) => [32, length] as const)];
  try {
    for (const [burst, length] of cases) {
      // The whole file is read within the first moments: the cells are not cleared before.
      writeCapture(input, length > 1000 ? 50_000 : 200_000, length);
      await single(probe, [`net_pcap0,rx_pcap=${input}`], async (testpmd) => {
        await testpmd.command("set fwd rxonly", /Set rxonly packet/);
        await testpmd.command(`set burst ${burst}`, /Number of packets/);
        await testpmd.startForwarding();
        await sleep(400);
        const text = await dump(testpmd);
        await testpmd.stopForwarding();
        out.push(...read(text, "pcap/rxonly", ["pcap"], length));
      });
      const tx = [`net_null0,size=${length},copy=1`, `net_pcap1,tx_pcap=${output}`];
      await single(
        probe,
        tx,
        async (testpmd) => {
          out.push(...read(await window(testpmd, "io", burst, 100), "pcap/io", ["null-copy", "pcap-tx"], length));
        },
        "paired",
      );
      rmSync(output, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return out;
}

/** All samples, of all starts; takes some minutes. `say` is told what comes next. */
export async function takeSamples(probe: string, say: (what: string) => void): Promise<Sample[]> {
  const out: Sample[] = [];
  for (let start = 0; start < STARTS; start++) {
    for (const [name, take] of Object.entries({ pvp, nullEngines, pcap })) {
      say(`start ${start + 1}: ${name}`);
      out.push(...(await take(probe)));
    }
  }
  return out;
}
