// qtest-virtio - real QEMU's virtio-net under the hand of a test: no CPU runs, its PCI bus and memory by the qtest protocol, its control queue as a ring that
// is written descriptor by descriptor. Modern PCI transport: virtio 1.3, 4.1.4.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAM = "qemu-system-x86_64";
const WITH_US = ["setpriv", "--pdeathsig", "KILL"] as const;
const SLOT = 5;
const BAR = 0xe100_0000;
const RING = 0x10_0000;
const AVAIL = RING + 0x1000;
const USED = RING + 0x2000;
const ROOM = RING + 0x1_0000;
const SIZE = 64;
/** Capabilities' cfg_type. */
const [COMMON, NOTIFY] = [1, 2];
const ADDRESS_SPACE_BYTES = 0x60_0000;

/** Why there is none; undefined: there is. */
export function whyNoQtest(): string | undefined {
  const { stdout } = spawnSync(PROGRAM, ["--version"], { encoding: "latin1" });
  return / 7\.2\./.test(stdout ?? "") ? undefined : `no ${PROGRAM} 7.2`;
}

export interface QtestOptions {
  readonly packed: boolean;
  /** Of the NIC: "mq=on". */
  readonly device?: string;
  readonly mac: string;
  /** Bits that the driver agrees on, besides VERSION_1 and the layout. */
  readonly features: readonly number[];
  /** The control queue's number. */
  readonly queue: number;
  readonly folder: string;
}

/** A buffer of a chain: bytes to read, or a number of bytes to write. */
export type QtestPart = readonly number[] | number;

export class QtestVirtio {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly packed: boolean;
  private readonly monitor: Socket;
  private waiting: ((line: string) => void)[] = [];
  private answers: ((answer: string) => void)[] = [];
  private common = 0;
  private kickAt = 0;
  private queue = 0;
  private position = 0;
  private wrap = 1;
  private free = ROOM;

  private constructor(child: ChildProcessWithoutNullStreams, monitor: Socket, { packed }: QtestOptions) {
    this.child = child;
    this.monitor = monitor;
    this.packed = packed;
    eachLine(child.stdout, (line) => {
      if (/^(?:OK|FAIL|ERR)/.test(line)) this.waiting.shift()?.(line);
    });
    eachLine(monitor, (line) => {
      if (/^\{"(?:return|error)"/.test(line)) this.answers.shift()?.(line);
    });
  }

  static async open(options: QtestOptions): Promise<QtestVirtio> {
    const { device = "", mac, packed, folder } = options;
    const path = join(folder, `qtest-${process.pid}-${Math.trunc(performance.now())}.sock`);
    const nic = `virtio-net-pci,id=net0,netdev=n0,mac=${mac},addr=${SLOT},disable-legacy=on,romfile=,ioeventfd=off`;
    const words = [nic, ...(device === "" ? [] : [device]), `packed=${packed ? "on" : "off"}`];
    const [setpriv, ...own] = WITH_US;
    const child = spawn(setpriv, [
      ...[...own, PROGRAM, "-machine", "q35", "-accel", "tcg", "-S", "-m", "16", "-nodefaults", "-display", "none"],
      ...[
        "-qtest",
        "stdio",
        "-qtest-log",
        "/dev/null",
        "-qmp",
        `unix:${path},server=on,wait=off`,
        "-netdev",
        "hubport,id=n0,hubid=0",
      ],
      ...["-device", words.join(",")],
    ]);
    const monitor = await patiently(path);
    const made = new QtestVirtio(child, monitor, options);
    await made.ask("qmp_capabilities");
    await made.setUp(options);
    return made;
  }

  private say(line: string): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(`${line}\n`);
    });
  }

  private async number(line: string): Promise<number> {
    return Number((await this.say(line)).split(" ")[1]);
  }

  /** A monitor's command. @returns what it answers */
  ask(execute: string, args: object = {}): Promise<unknown> {
    return new Promise((resolve) => {
      this.answers.push((line) => resolve((JSON.parse(line) as { return?: unknown }).return));
      this.monitor.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    });
  }

  private async config(register: number): Promise<number> {
    await this.say(`outl 0xcf8 ${0x8000_0000 + (SLOT << 11) + register}`);
    return this.number("inl 0xcfc");
  }

  private async setConfig(register: number, value: number): Promise<void> {
    await this.say(`outl 0xcf8 ${0x8000_0000 + (SLOT << 11) + register}`);
    await this.say(`outl 0xcfc ${value}`);
  }

  private async setUp({ features, queue }: QtestOptions): Promise<void> {
    await this.setConfig(0x20, BAR);
    await this.setConfig(0x24, 0);
    await this.setConfig(4, 6);
    let [notify, step] = [0, 0];
    for (let at = (await this.config(0x34)) & 0xff; at !== 0; ) {
      const head = await this.config(at);
      const type = head >>> 24;
      if ((head & 0xff) === 9 && type === COMMON) this.common = BAR + (await this.config(at + 8));
      if ((head & 0xff) === 9 && type === NOTIFY)
        [notify, step] = [BAR + (await this.config(at + 8)), await this.config(at + 16)];
      at = (head >>> 8) & 0xff;
    }
    const { common } = this;
    for (const status of [0, 1, 3]) await this.say(`writeb ${common + 20} ${status}`);
    const mask = [32, ...(this.packed ? [34] : []), ...features].reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
    for (const half of [0, 1]) {
      await this.say(`writel ${common + 8} ${half}`);
      await this.say(`writel ${common + 12} ${BigInt.asUintN(32, mask >> BigInt(32 * half))}`);
    }
    await this.say(`writeb ${common + 20} 11`);
    await this.say(`writew ${common + 22} ${queue}`);
    await this.say(`writew ${common + 24} ${SIZE}`);
    for (const [i, at] of [RING, AVAIL, USED].entries()) {
      await this.say(`writel ${common + 32 + 8 * i} ${at}`);
      await this.say(`writel ${common + 36 + 8 * i} 0`);
    }
    this.kickAt = notify + step * (await this.number(`readw ${common + 30}`));
    this.queue = queue;
    await this.say(`writew ${common + 28} 1`);
    await this.say(`writeb ${common + 20} 15`);
  }

  /** The device's status: 64: it needs a reset. */
  status(): Promise<number> {
    return this.number(`readb ${this.common + 20}`);
  }

  private poke(at: number, bytes: readonly number[]): Promise<string> {
    const hex = Buffer.from(bytes).toString("hex");
    return bytes.length === 0 ? Promise.resolve("OK") : this.say(`write ${at} ${bytes.length} 0x${hex}`);
  }

  private async peek(at: number, length: number): Promise<number[]> {
    if (length === 0) return [];
    return [...Buffer.from((await this.say(`read ${at} ${length}`)).slice(5), "hex")];
  }

  /** A chain through the control queue. table: by an indirect one. @returns what was written, and the length that says so; undefined: not used */
  async chain(
    parts: readonly QtestPart[],
    table = false,
  ): Promise<{ readonly used: number; readonly bytes: readonly number[] } | undefined> {
    const done: Promise<string>[] = [];
    const buffers = parts.map((part) => {
      const length = typeof part === "number" ? part : part.length;
      const at = this.free;
      this.free = (at + length + 63) & ~63;
      done.push(this.poke(at, typeof part === "number" ? new Array<number>(part).fill(0xee) : part));
      return { at, length, write: typeof part === "number" };
    });
    const place = (this.free + 15) & ~15;
    this.free = place;
    if (table) this.free += 16 * buffers.length;
    if (this.free > RING + ADDRESS_SPACE_BYTES) this.free = ROOM;
    const used = this.packed
      ? await this.packedChain(buffers, table ? place : undefined, done)
      : await this.splitChain(buffers, table ? place : undefined, done);
    if (used === undefined) return undefined;
    const written = await Promise.all(
      buffers.filter(({ write }) => write).map(({ at, length }) => this.peek(at, length)),
    );
    return { used, bytes: written.flat() };
  }

  private async splitChain(
    buffers: readonly Buf[],
    table: number | undefined,
    done: Promise<string>[],
  ): Promise<number | undefined> {
    for (const [i, { at, length, write }] of buffers.entries()) {
      const more = i + 1 < buffers.length;
      const flags = (more ? 1 : 0) | (write ? 2 : 0);
      done.push(
        this.poke((table ?? RING) + 16 * i, [
          ...le(at, 8),
          ...le(length, 4),
          ...le(flags, 2),
          ...le(more ? i + 1 : 0, 2),
        ]),
      );
    }
    if (table !== undefined) done.push(this.poke(RING, [...le(table, 8), ...le(16 * buffers.length, 4), 4, 0, 0, 0]));
    done.push(this.poke(AVAIL + 4 + 2 * (this.position % SIZE), [0, 0]));
    done.push(this.poke(AVAIL + 2, le(++this.position & 0xffff, 2)));
    await Promise.all(done);
    await this.say(`writew ${this.kickAt} ${this.queue}`);
    const [low = 0, high = 0] = await this.peek(USED + 2, 2);
    if (low + 256 * high !== (this.position & 0xffff)) return undefined;
    const length = await this.peek(USED + 4 + 8 * ((this.position - 1) % SIZE) + 4, 4);
    return Buffer.from(length).readUInt32LE(0);
  }

  private async packedChain(
    buffers: readonly Buf[],
    table: number | undefined,
    done: Promise<string>[],
  ): Promise<number | undefined> {
    const first = RING + 16 * this.position;
    const { wrap } = this;
    let head: number[] = [];
    const put = (at: number, length: number, flags: number, isFirst: boolean): void => {
      const bits = flags | (this.wrap ? 0x80 : 0x8000);
      done.push(this.poke(RING + 16 * this.position, [...le(at, 8), ...le(length, 4), 7, 0]));
      if (isFirst) head = le(bits, 2);
      else done.push(this.poke(RING + 16 * this.position + 14, le(bits, 2)));
      if (++this.position === SIZE) [this.position, this.wrap] = [0, this.wrap ^ 1];
    };
    for (const [i, { at, length, write }] of buffers.entries()) {
      if (table === undefined) put(at, length, (i + 1 < buffers.length ? 1 : 0) | (write ? 2 : 0), i === 0);
      else done.push(this.poke(table + 16 * i, [...le(at, 8), ...le(length, 4), 0, 0, write ? 2 : 0, 0]));
    }
    if (table !== undefined) put(table, 16 * buffers.length, 4, true);
    await Promise.all(done);
    await this.poke(first + 14, head);
    await this.say(`writew ${this.kickAt} ${this.queue}`);
    const used = Buffer.from(await this.peek(first + 8, 8));
    return (used.readUInt16LE(6) & 0x8080) === (wrap ? 0x8080 : 0) ? used.readUInt32LE(0) : undefined;
  }

  end(): void {
    this.monitor.destroy();
    this.child.kill("SIGKILL");
  }
}

interface Buf {
  readonly at: number;
  readonly length: number;
  readonly write: boolean;
}

function le(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (i < 4 ? (value >>> (8 * i)) & 0xff : 0));
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (text + chunk.toString("latin1")).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) take(line.trim());
  });
}

/** Connects to a socket that comes up soon. */
async function patiently(path: string): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = connect(path);
    const failed = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(false));
      socket.once("error", () => resolve(true));
    });
    if (!failed) return socket;
    if (tries === 100) throw new Error(`found nobody at ${path}, expected QEMU's monitor`);
    await sleep(20);
  }
}
