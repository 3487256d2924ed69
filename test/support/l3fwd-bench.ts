// l3fwd-bench - l3fwd-power in virtual time behind net_vhost ports: frames that arrive at their times by a NIC go to port 0, frame by frame by the queue
// that each names, and what comes back by any port is kept with its time. The counterpart of test/recorded/l3fwd-power/pacer.c.
import { readFileSync } from "node:fs";
import { ENGINE_IO } from "../../assembly/abi/engines.ts";
import type { HostInput } from "../../src/capture/input.ts";
import type { DeviceContext } from "../../src/dpdk/devices/device-context.ts";
import { VhostEthdev } from "../../src/dpdk/devices/ethdev-vhost.ts";
import { VirtioLinks } from "../../src/dpdk/devices/virtio-link.ts";
import { EalLog } from "../../src/dpdk/eal/eal-log.ts";
import { VirtualTime } from "../../src/dpdk/virtual-time.ts";
import { type L3fwdHost, runL3fwdPower } from "../../src/l3fwd-power/l3fwd-power.ts";
import { parseProfile } from "../../src/run/profile.ts";
import type { Ledger } from "../../src/wasm/counters.ts";
import { makeWindow } from "../../src/wasm/guest-window.ts";
import type { Machine } from "../../src/wasm/machine.ts";
import { freshMachine } from "./engine.ts";
import { stream } from "./lab.ts";
import { type Arrival, feed, left } from "./ports.ts";

const PROFILE = new URL("../../profiles/testpmd-22.11.json", import.meta.url);
/** When the first frame comes: the program is up by then. */
const START_PS = 100_000_000_000n;
const VHOST = { driver: "net_vhost", devargs: "", client: false, iommuSupport: false, postcopySupport: false } as const;
const PLAIN = { tso: false, linearBuffer: false, extBuffer: false, legacyOlFlags: false } as const;

export interface Back {
  readonly port: number;
  readonly bytes: Uint8Array;
  /** ps since the first frame could have come */
  readonly time: bigint;
}

export interface Routed {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
  readonly back: readonly Back[];
  readonly ledger: Ledger;
}

export interface BenchOptions {
  readonly ports?: number;
  readonly queues?: number;
  /** Arguments of net_virtio_user behind path, cq, queues and mac. */
  readonly driver?: string;
  readonly eal?: readonly string[];
  /** ms after the last frame at which SIGINT comes. */
  readonly lastMs?: number;
}

/** A capture that is read whole. */
function inputOf(path: string): HostInput {
  const bytes = path === "/dev/null" ? new Uint8Array() : readFileSync(path);
  let at = 0;
  return {
    name: path,
    size: bytes.length,
    mtimeNs: undefined,
    read(into) {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
    rewind: () => {
      at = 0;
    },
    close: () => {},
  };
}

/** A context of devices in virtual time. */
export function benchContext(
  machine: Machine,
  log: EalLog,
): { -readonly [K in keyof DeviceContext]: DeviceContext[K] } {
  let macs = 0;
  return {
    machine,
    cpu: { simdBits: 512, hasAvx512: true },
    files: {
      openInput: (path) => inputOf(path),
      create: () => ({ fd: -1, write: () => {}, close: () => {} }),
    },
    mainLcore: machine.addLcore(true, 1, 0),
    window: makeWindow(machine.engine, machine.arena, 0),
    epochNs: 0n,
    log,
    event: () => {},
    hasLive: false,
    dpdkQuirks: false,
    live: async () => {
      throw new Error("test: found a peer outside, expected none");
    },
    randomMac: () => 0x02n | (BigInt(++macs) << 40n),
  };
}

/** A vhost port of the machine, with a pool of its own. */
export function benchVhost(
  machine: Machine,
  links: VirtioLinks,
  path: string,
  id: number,
  queues: number,
): VhostEthdev {
  const vdev = { ...VHOST, ...PLAIN, name: `net_vhost${id}`, iface: path, queues };
  const dev = new VhostEthdev(links.at(path), id, vdev, benchContext(machine, new EalLog({ err: () => {} })));
  dev.configure({ rxq: queues, txq: queues, rxd: 256, txd: 256 }, machine.addPool(4096, 64, 8));
  dev.start();
  return dev;
}

/** Runs it until some time after the last frame. words: those behind EAL's `--` */
export async function routed(
  words: readonly string[],
  arrivals: readonly Arrival[],
  { ports = 1, queues = 1, driver = "", eal = ["-l", "0-1"], lastMs = 30 }: BenchOptions = {},
): Promise<Routed> {
  const machine = freshMachine();
  machine.setProfile(parseProfile(readFileSync(PROFILE, "utf8"), "the shipped one").costs);
  const time = new VirtualTime(machine, 16, async () => {});
  const links = new VirtioLinks(machine);
  const host = machine.addLcore(true, 64, 0);
  const pool = machine.addPool(8192, 64, 8);
  const source = machine.addIngress(true, false, undefined);
  const egresses = Array.from({ length: ports }, () => machine.addEgress(true, 4 << 20, 20_000, 1 << 20, 512));
  const devices = egresses.map((_, i) => benchVhost(machine, links, `/s${i}`, 8 + i, queues));
  for (const [i, dev] of devices.entries()) {
    const line = machine.addNicTxPort(0);
    for (let q = 0; q < queues; q++) {
      if (i === 0) stream(machine, host, ENGINE_IO, machine.addNicRx(0, q, 1024, pool, source, 0), dev.txQueues[q]!);
      stream(machine, host, ENGINE_IO, dev.rxQueues[q]!, machine.addNicTx(16 + i, q, 1024, line, egresses[i]!.at));
    }
  }
  feed(
    machine,
    source,
    arrivals.map((one) => ({ ...one, time: START_PS + (one.time ?? 0n) })),
  );
  await time.join({
    work: [{ index: 0, lcore: host, cores: [], files: [], sides: [], sleeps: false }],
    inputs: () => ({ finite: false, endless: false }),
    onDumps: () => {},
  });
  let out = "";
  let err = "";
  const last = arrivals.reduce((most, { time: at = 0n }) => (at > most ? at : most), 0n);
  const seat: L3fwdHost = {
    program: "l3fwd-power",
    io: {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
    machine: { cpus: [0, 1, 2, 3], affinity: [0, 1, 2, 3], numaNodes: 1 },
    time,
    links,
    pci: [],
    context: (log) => benchContext(machine, log),
    pathKind: (path) => (links.hasHost(path) ? "socket" : "missing"),
    interrupted: () => time.advance(Number((START_PS + last - time.nowPs) / 1_000_000_000n) + lastMs),
  };
  const vdevs = devices.flatMap((_, i) => [
    "--vdev",
    `net_virtio_user${i},path=/s${i},cq=1,queues=${queues},mac=02:00:00:00:00:0${i + 1}${driver}`,
  ]);
  const code = await runL3fwdPower([...eal, "--no-pci", ...vdevs, "--", ...words], seat);
  const back = egresses.flatMap((egress, port) =>
    left(machine, egress).map(({ bytes, time: at }) => ({ port, bytes, time: at - START_PS })),
  );
  const lines = err.split("\n").filter((line) => line !== "");
  return {
    code,
    out,
    err: lines,
    back: back.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
    ledger: machine.ledger(),
  };
}

/** Wake-ups by lcore and queue, in their order. */
export function wakeUps(err: readonly string[]): string[] {
  return err.flatMap(
    (line) =>
      /lcore (\d+) is waked up from rx interrupt on port (\d+) queue (\d+)$/.exec(line)?.slice(1).join(" ") ?? [],
  );
}
