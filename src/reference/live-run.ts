// live-run - a capture through PVP over real vhost-user sockets: a host's testpmd and a guest's, each a process of its own and each either the
// real program or ours; and the same by ours alone in virtual time. Follows the set-up of pcaps/pvp/record.py: retry on both sides, fixed
// addresses, nothing flushed, the host started when the links are up.
// Invariant: V1 a run in which testpmd dropped a packet that the set-up could have carried is invalid and made again.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RunError } from "../errors.ts";
import { type PortReport, replay } from "../node/index.ts";
import { packageFile } from "../node/package-file.ts";
import { TestpmdProcess } from "./testpmd-process.ts";
import { type Counters, parseForwardStatistics, parseNicStatistics } from "./testpmd-stats.ts";

/** Who plays a side. */
export type Player = "ours" | "real";

export interface LiveOptions {
  readonly capture: string;
  /** The guest's mode; the host forwards as is. */
  readonly mode: string;
  readonly mergeable: boolean;
  /** The guest's rings: split ones unless told otherwise, used in order unless told otherwise. */
  readonly ring?: "split" | "packed";
  readonly inOrder?: boolean;
  readonly vectorized?: boolean;
}

export interface LiveRun {
  /** What left by phy1, as a capture. */
  readonly egress: Uint8Array;
  readonly ports: Readonly<Record<string, PortReport>>;
}

const TRIES = 3;
const LINK_TRIES = 100;
const QUIET_MS = 400;
/** Between two of 64 tries to send: a side that has only just begun may be slow, and nothing is to be lost. */
const RETRY_DELAY_US = 100;
const HOST_PORTS = ["phy0", "vhost0", "vhost1", "phy1"];
const GUEST_PORTS = ["vm0.eth0", "vm0.eth1"];

function programOf(player: Player): readonly string[] | undefined {
  if (player === "real") return undefined;
  return [process.execPath, fileURLToPath(packageFile("dist/src/cli/main.js")), "testpmd"];
}

/** Ours alone, in virtual time. */
export async function runAlone({
  capture,
  mode,
  mergeable,
  ring,
  inOrder,
  vectorized = false,
}: LiveOptions): Promise<LiveRun> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-live-"));
  const output = join(folder, "phy1.pcap");
  try {
    const report = await replay({
      captures: [capture],
      topology: "pvp",
      switch: "wire",
      phy: "pcap",
      retry: true,
      fwdMode: mode,
      mergeable,
      vectorized,
      ...(ring !== undefined && { ring }),
      ...(inOrder !== undefined && { inOrder }),
      output,
      direction: "out",
    });
    return { egress: new Uint8Array(readFileSync(output)), ports: report.ports };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A host and a guest, at once. @throws RunError when every try lost packets, or a side did not come up */
export async function runLive(host: Player, guest: Player, options: LiveOptions): Promise<LiveRun> {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), "ringbed-live-"));
    try {
      return await runOnce(host, guest, options, folder);
    } catch (error) {
      if (!(error instanceof RunError) || attempt === TRIES) throw error;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function runOnce(host: Player, guest: Player, options: LiveOptions, folder: string): Promise<LiveRun> {
  const sockets = [0, 1].map((i) => join(folder, `vhost${i}.sock`));
  const mergeable = options.mergeable ? 1 : 0;
  const packed = options.ring === "packed" ? 1 : 0;
  const order = options.inOrder === false ? 0 : 1;
  const vector = options.vectorized === true ? 1 : 0;
  const rings = `mrg_rxbuf=${mergeable},packed_vq=${packed},in_order=${order},vectorized=${vector}`;
  const common = { memoryMB: 512, app: ["--no-flush-rx", "--total-num-mbufs=16384"], cwd: folder };
  const h = await TestpmdProcess.start({
    ...common,
    program: programOf(host),
    prefix: `live${process.pid}h`,
    lcores: "0@0,1@0",
    vdevs: [
      `net_pcap0,rx_pcap=${resolve(options.capture)},tx_pcap=p0.pcap`,
      ...sockets.map((socket, i) => `net_vhost${i},iface=${socket}`),
      "net_pcap1,tx_pcap=p1.pcap",
    ],
  });
  try {
    const g = await TestpmdProcess.start({
      ...common,
      program: programOf(guest),
      prefix: `live${process.pid}g`,
      lcores: "0@1,1@1",
      eal: vector === 1 ? ["--force-max-simd-bitwidth=512"] : [],
      vdevs: sockets.map((path, i) => {
        const mac = `02:00:00:00:00:0${i}`;
        return `net_virtio_user${i},path=${path},queue_size=256,mac=${mac},${rings}`;
      }),
    });
    try {
      return await forward(h, g, options.mode, folder);
    } finally {
      await g.quit();
    }
  } finally {
    await h.quit();
  }
}

async function forward(host: TestpmdProcess, guest: TestpmdProcess, mode: string, folder: string): Promise<LiveRun> {
  await guest.command(`set fwd ${mode} retry`, /Set \w+ packet/);
  await host.command("set fwd io retry", /Set io packet/);
  for (const side of [host, guest]) await side.command(`set burst tx delay ${RETRY_DELAY_US} retry 64`);
  await guest.startForwarding();
  for (const port of [1, 2]) await linkUp(host, port);
  await host.startForwarding();
  const output = join(folder, "p1.pcap");
  await quiet(output);
  const drops = [await host.stopForwarding(), await guest.stopForwarding()].map(({ all }) => all["TX-dropped"] ?? 0);
  if (drops.some((n) => n > 0)) throw new RunError(`live run: found ${drops} packets dropped, expected none`);
  const ports = { ...(await counters(host, HOST_PORTS)), ...(await counters(guest, GUEST_PORTS)) };
  return { egress: new Uint8Array(readFileSync(output)), ports };
}

async function linkUp(testpmd: TestpmdProcess, port: number): Promise<void> {
  for (let tries = 0; tries < LINK_TRIES; tries++) {
    const text = await testpmd.command(`show port info ${port}`, /Link status: \w+/);
    if (text.includes("Link status: up")) return;
    await sleep(20);
  }
  throw new RunError(`live run: found the link of port ${port} down, expected it up`);
}

/** Waits until a file has not grown for a while. */
async function quiet(path: string): Promise<void> {
  let size = -1;
  let since = performance.now();
  while (performance.now() - since < QUIET_MS) {
    const now = statSync(path).size;
    if (now !== size) {
      size = now;
      since = performance.now();
    }
    await sleep(20);
  }
}

/** The NIC statistics of a side's ports, in the words of our report. */
async function counters(testpmd: TestpmdProcess, names: readonly string[]): Promise<Record<string, PortReport>> {
  const last = names.length - 1;
  const text = await testpmd.command(
    "show port stats all",
    new RegExp(`statistics for port ${last} [\\s\\S]*?\\n {2}#{20,}\\n`),
  );
  const forward = parseForwardStatistics(testpmd.text.replaceAll("\r", ""));
  const nic = parseNicStatistics(text.replaceAll("\r", ""));
  return Object.fromEntries(
    names.map((name, port) => [name, report(nic.get(port), forward.ports.get(port)?.counters)]),
  );
}

function report(nic: Counters = {}, forward: Counters = {}): PortReport {
  return {
    rx_packets: nic["RX-packets"] ?? 0,
    rx_bytes: nic["RX-bytes"] ?? 0,
    rx_missed: nic["RX-missed"] ?? 0,
    rx_errors: nic["RX-errors"] ?? 0,
    rx_nombuf: nic["RX-nombuf"] ?? 0,
    tx_packets: nic["TX-packets"] ?? 0,
    tx_bytes: nic["TX-bytes"] ?? 0,
    tx_dropped: forward["TX-dropped"] ?? 0,
  };
}
