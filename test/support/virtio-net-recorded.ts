// virtio-net-recorded - recordings of net_virtio over QEMU's own device (test/recorded/record-virtio-net.py), and the same in a lab: a guest of our QEMU
// with our testpmd in it, over our testpmd's net_vhost.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startQemu } from "../../src/lab/commands-qemu.ts";
import type { Guest } from "../../src/lab/guest.ts";
import type { Lab } from "../../src/lab/lab.ts";
import { openLab } from "../../src/lab/open-lab.ts";
import { labTestpmdHost } from "../../src/lab/testpmd-seat.ts";
import { nodeLabHost } from "../../src/node/lab-host.ts";
import type { QemuEvent } from "../../src/qemu/events.ts";
import type { Qemu } from "../../src/qemu/qemu.ts";
import { runTestpmd } from "../../src/testpmd/session.ts";
import { classic, MICROSECONDS } from "./captures.ts";
import { packetsOf } from "./recordings.ts";
import { scratch, writeScratch } from "./replayed.ts";

const FOLDER = new URL("../recorded/virtio-net/", import.meta.url);
export const NAMES = readdirSync(FOLDER)
  .map((name) => name.replace(".txt", ""))
  .sort();

/** What a step led to, as lines with their marks. */
export interface Step {
  readonly mark: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Recording {
  readonly netdev: string;
  readonly options: string;
  readonly eal: string;
  readonly testpmd: string;
  /** What came of the start. */
  readonly start: readonly string[];
  readonly steps: readonly Step[];
}

export function readRecording(name: string): Recording {
  const lines = readFileSync(new URL(`${name}.txt`, FOLDER), "latin1").split("\n");
  const of = (mark: string): string[] => lines.filter((line) => line.startsWith(`${mark} `)).map((l) => l.slice(2));
  const start: string[] = [];
  const steps: { mark: string; text: string; lines: string[] }[] = [];
  for (const line of lines) {
    const mark = line[0] ?? "";
    if (">$h@*".includes(mark) && mark !== "") steps.push({ mark, text: line.slice(2), lines: [] });
    else if ("|=!<%".includes(mark) && mark !== "")
      (steps.at(-1)?.lines ?? start).push(mark === "=" ? `= ${JSON.stringify(JSON.parse(line.slice(2)))}` : line);
  }
  return {
    netdev: of("~")[0] ?? "",
    options: of("-").join(","),
    eal: of(":").join(" "),
    testpmd: of("+").join(" "),
    start,
    steps,
  };
}

export const MAC = "52:54:00:00:00:01";
const TO: Readonly<Record<string, string>> = {
  ...{ own: MAC, other: "02:00:00:00:00:99", added: "02:00:00:00:00:01", broadcast: "ff:ff:ff:ff:ff:ff" },
  ...{ group: "01:00:5e:00:00:01", group6: "33:33:00:00:00:05", set: "02:00:00:00:00:77" },
};
const TAGS: Readonly<Record<string, readonly number[]>> = {
  ...{ "": [], "/100": [0x81, 0, 0, 100], "/200": [0x81, 0, 0x60, 200], "/0": [0x81, 0, 0x20, 0] },
  ...{ "/ad100": [0x88, 0xa8, 0, 100] },
};
export const KINDS = Object.keys(TO).flatMap((to) => Object.keys(TAGS).map((tag) => to + tag));

/** The recorder's frame of a kind, which it names behind its type. */
export function frameOf(kind: string): Uint8Array {
  const [to = ""] = /^\w+/.exec(kind) ?? [];
  const mac = (text: string): number[] => text.split(":").map((byte) => Number.parseInt(byte, 16));
  const tag = TAGS[kind.slice(to.length)] ?? [];
  const frame = new Uint8Array(60);
  frame.set([...mac(TO[to]!), ...mac("02:00:00:00:00:aa"), ...tag, 0x88, 0xb5, ...Buffer.from(kind)]);
  return frame;
}

export function kindOf(frame: Uint8Array): string {
  const text = Buffer.from(frame).toString("latin1");
  return text.slice(text.indexOf("\x88\xb5") + 2).replace(/\0+$/, "");
}

/** A testpmd whose commands are typed one by one. */
class Console {
  text = "";
  private readonly asked: (() => void)[] = [];
  private give: ((line: string | undefined) => void) | undefined;
  private readonly over: Promise<unknown>;
  private isOver = false;

  constructor(lab: Lab, guest: Guest | undefined, words: readonly string[]) {
    const say = (more: string): void => {
      this.text += more;
    };
    const line = (): Promise<string | undefined> =>
      new Promise((resolve) => {
        this.give = resolve;
        for (const wake of this.asked.splice(0)) wake();
      });
    const streams = { input: { line }, out: say, err: say };
    this.over = runTestpmd(words, labTestpmdHost(lab, guest, streams)).then(() => {
      this.isOver = true;
      for (const wake of this.asked.splice(0)) wake();
    });
  }

  /** It waits for a command, or has ended. */
  async ready(): Promise<void> {
    if (this.give === undefined && !this.isOver) await new Promise<void>((resolve) => this.asked.push(resolve));
  }

  /** @returns what a command printed, in the order in which a terminal shows it */
  async command(line: string): Promise<string> {
    const from = this.text.length;
    const { give } = this;
    this.give = undefined;
    give?.(`${line}\n`);
    await this.ready();
    const said = this.text.slice(from).replaceAll("\r", "");
    return said.replace(/testpmd> $/, "").replace(`${line}\n`, "");
  }

  async end(): Promise<void> {
    this.give?.(undefined);
    await this.over;
  }
}

/** As the recorder leaves lines about the machine out. */
const NOISE = /^(EAL: |TELEMETRY|testpmd: |Warning: NUMA|$|Warning! port-topology)/;

function printed(text: string): string[] {
  const lines = text.split("\n");
  return lines.slice(0, -1).map((line) => `| ${line}`);
}

/** What a process's monitor is told of its NIC's receive filter. */
export class FilterWatch {
  private readonly qemu: Qemu;
  private readonly events: QemuEvent[] = [];
  private filter: Readonly<Record<string, unknown>> = {};

  constructor(qemu: Qemu) {
    this.qemu = qemu;
    qemu.events.listen((event) => this.events.push(event));
  }

  /** Events since the last call, and what changed in query-rx-filter's answer. */
  changed(): string[] {
    const [now = {}] = this.qemu.rxFilters();
    const events = this.events.splice(0).filter(({ event }) => event === "NIC_RX_FILTER_CHANGED");
    const short = (value: unknown): unknown =>
      Array.isArray(value) && value.length > 70 ? `${value.length} entries` : value;
    const before = this.filter;
    const differs = ([key, value]: [string, unknown]): boolean => JSON.stringify(value) !== JSON.stringify(before[key]);
    const change = Object.fromEntries(
      Object.entries(now)
        .filter(differs)
        .map(([key, value]) => [key, short(value)]),
    );
    this.filter = now;
    const told = events.map(({ event, data = {} }) => `! ${event} ${Object.values(data).join(" ")}`);
    return Object.keys(change).length === 0 ? told : [...told, `= ${JSON.stringify(change)}`];
  }
}

export class VirtioNetLab {
  readonly start: string[] = [];
  readonly lab: Lab;
  readonly guest: Guest;
  private readonly console: Console;
  private readonly host: Console;
  private readonly capture: string;
  private readonly watch: FilterWatch;
  private seen = 0;

  private constructor(lab: Lab, guest: Guest, console: Console, host: Console, capture: string, watch: FilterWatch) {
    this.watch = watch;
    this.lab = lab;
    this.guest = guest;
    this.console = console;
    this.host = host;
    this.capture = capture;
  }

  static async open({ netdev, options, eal, testpmd }: Recording): Promise<VirtioNetLab> {
    let errors = "";
    const err = (text: string): void => {
      errors += text;
    };
    const lab = await openLab(
      nodeLabHost({ out: err, err }, () => false),
      {},
    );
    const queues = Number(netdev.split(" ")[1] ?? 1);
    const path = join(scratch(), "v.sock");
    const packets = KINDS.map((kind, i) => ({ data: frameOf(kind), seconds: 0, subsecond: i }));
    const input = writeScratch(classic(packets, { magic: MICROSECONDS }), "kinds.pcap");
    const capture = join(scratch(), "back.pcap");
    const line = queues > 1 ? [] : [`--vdev=net_pcap0,rx_pcap=${input},tx_pcap=${capture}`];
    const numbers = ["-i", "--no-flush-rx", "--total-num-mbufs=4096", `--rxq=${queues}`, `--txq=${queues}`];
    const host = new Console(lab, undefined, [
      ...["--lcores=0@0,1@1", `--vdev=net_vhost0,iface=${path},queues=${queues}`, ...line, "--", ...numbers],
    ]);
    await host.ready();
    const vectors = options.includes("vectors") ? "" : ",vectors=0";
    const nic = `virtio-net-pci,id=net0,netdev=n0,mac=${MAC},addr=5,disable-legacy=on,romfile=${vectors}`;
    const netdevs = [`socket,id=c0,path=${path}`, `vhost-user,id=n0,chardev=c0,queues=${queues}`] as const;
    const words = ["-machine", "q35", "-m", "384", "-chardev", netdevs[0], "-netdev", netdevs[1]];
    startQemu(lab, "qemu-system-x86_64", [...words, "-device", options === "" ? nic : `${nic},${options}`], err);
    const guest = lab.guests[0];
    if (guest === undefined) throw new Error(`found ${errors}, expected a guest`);
    const watch = new FilterWatch(guest.qemu);
    const [before, behind] = [eal, testpmd].map((text) => text.split(" ").filter((word) => word !== ""));
    const inside = new Console(lab, guest, [
      ...["--lcores=0@0,1@0", "-m", "64", ...before!, "--"],
      ...["-i", "--total-num-mbufs=2048", "--nb-cores=1", ...behind!],
    ]);
    await inside.ready();
    const made = new VirtioNetLab(lab, guest, inside, host, capture, watch);
    made.start.push(...printed(inside.text.replace(/testpmd> $/, "")).filter((text) => !NOISE.test(text.slice(2))));
    made.start.push(...made.watch.changed());
    made.seen = host.text.length;
    return made;
  }

  /** Events of net_vhost's port. */
  private messages(): string[] {
    const more = this.host.text.slice(this.seen);
    this.seen = this.host.text.length;
    return [...more.matchAll(/Port 0: .* event/g)].map(([event]) => `% ${event}`);
  }

  async step({ mark, text }: Step): Promise<string[]> {
    const { console, host, guest } = this;
    if (text === "stop") await this.lab.time.advance(100); // what was sent has arrived
    switch (mark) {
      case ">":
        return [...printed(await console.command(text)), ...this.watch.changed(), ...this.messages()];
      case "h": {
        const lines = printed(await host.command(text));
        this.seen = host.text.length;
        return lines;
      }
      case "@": {
        const from = console.text.length;
        guest.qemu.setLink("net0", text === "on");
        return [...printed(console.text.slice(from)), ...this.messages()];
      }
      default:
        throw new Error(`found step ${mark}`);
    }
  }

  /** Kinds of frames that the device's receive filter lets in. */
  accepted(): string[] {
    const { lab, guest } = this;
    const { engine, arena } = lab.machine;
    const at = arena.allocate(64, "a frame");
    const { address } = guest.nics[0]!.device.control;
    return KINDS.filter((kind) => {
      arena.bytes.set(frameOf(kind), at);
      return engine.rxFilterAccepts(address, at, 60);
    });
  }

  /** Kinds of frames that came back from the guest, when the host had sent one of each. */
  async returned(): Promise<string[]> {
    await this.host.command("start");
    await this.lab.time.advance(100);
    await this.end();
    return packetsOf(this.capture).map((packet) => kindOf(packet));
  }

  async end(): Promise<void> {
    await this.console.end();
    await this.host.end();
  }
}
