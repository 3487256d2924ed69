// qemu-guest - a real Linux guest with vhost-user NICs, in QEMU under TCG, for live tests: started, given shell commands on its serial line,
// always ended, by its own process id.
// vectors=0 (interrupts by INTx): Debian's QEMU 7.2 crashes under TCG when a vhost-user NIC uses MSI-X, with any back-end.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { GUEST_DONE, GUEST_READY, type GuestImage, guestImage } from "./qemu-image.ts";

const QEMU = "qemu-system-x86_64";
/** A test process that is killed takes it with it; setpriv becomes QEMU: same process id. */
const WITH_US = ["setpriv", "--pdeathsig", "KILL"] as const;

/** What a guest boots, or why none can run here. */
export function findGuest(): GuestImage | { readonly missing: string } {
  if (process.platform !== "linux" || process.arch !== "x64") return { missing: "Linux on x64" };
  const [setpriv, ...words] = WITH_US;
  if (spawnSync(setpriv, [...words, QEMU, "--version"], { stdio: "ignore" }).status !== 0) return { missing: QEMU };
  try {
    createRequire(import.meta.url).resolve("koffi");
  } catch {
    return { missing: "koffi" };
  }
  return guestImage();
}

export interface GuestNic {
  readonly path: string;
  /** Options of its chardev: "server=on", "reconnect=1". */
  readonly chardev?: string;
  /** Of its virtio-net-pci: "mrg_rxbuf=off". */
  readonly device?: string;
  /** Queue pairs; undefined: 1, and no mq. */
  readonly queues?: number;
}

export interface GuestOptions {
  readonly nics: readonly GuestNic[];
  readonly memoryMB?: number;
  readonly cpus?: number;
  /** Unix socket of its monitor. */
  readonly monitor?: string;
  /** Where another guest's state comes from, instead of booting: "unix:PATH". */
  readonly incoming?: string;
}

export class Guest {
  /** All that it has printed, QEMU's own words included. */
  text = "";
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly onExit = (): void => this.kill();
  private alive = true;
  private wake: () => void = () => {};
  private readonly over: Promise<void>;

  /** number: in its MAC addresses, 52:54:00:00:<number>:<nic> */
  private constructor(image: GuestImage, options: GuestOptions, number: number) {
    const { nics, memoryMB = 192, cpus = 1, monitor, incoming } = options;
    const monitorWords =
      monitor === undefined
        ? ["-monitor", "none"]
        : ["-chardev", `socket,id=monitor,path=${monitor},server=on,wait=off`, "-mon", "chardev=monitor"];
    const memory = `memory-backend-memfd,id=memory,size=${memoryMB}M,share=on`;
    const hex = (n: number): string => n.toString(16).padStart(2, "0");
    const devices = nics.flatMap(({ path, chardev = "", device = "", queues }, i) => {
      const [more, mq] = queues === undefined ? ["", ""] : [`,queues=${queues}`, ",mq=on"];
      const nic = `virtio-net-pci,netdev=n${i},mac=52:54:00:00:${hex(number)}:${hex(i)}`;
      const own = device === "" ? "" : `,${device}`;
      return [
        ...["-chardev", `socket,id=c${i},path=${path}${chardev === "" ? "" : `,${chardev}`}`],
        ...["-netdev", `vhost-user,id=n${i},chardev=c${i}${more}`],
        ...["-device", `${nic},disable-legacy=on,romfile=,vectors=0${mq}${own}`],
      ];
    });
    const [setpriv, ...own] = WITH_US;
    this.child = spawn(setpriv, [
      ...[...own, QEMU],
      ...["-accel", "tcg", "-machine", "q35,memory-backend=memory", "-cpu", "max", "-smp", String(cpus)],
      ...["-object", memory, "-m", String(memoryMB), "-nodefaults", "-no-user-config", "-display", "none"],
      ...["-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial", "-no-reboot"],
      ...monitorWords,
      ...(incoming === undefined ? [] : ["-incoming", incoming]),
      ...["-kernel", image.kernel, "-initrd", image.initramfs, "-append", "console=ttyS0 quiet panic=-1"],
      ...devices,
    ]);
    process.once("exit", this.onExit);
    const take = (chunk: Buffer): void => {
      this.text += chunk.toString("latin1").replaceAll("\r", "");
      this.wake();
    };
    this.child.stdout.on("data", take);
    this.child.stderr.on("data", take);
    this.child.stdin.on("error", () => {});
    this.over = new Promise((resolve) => {
      const end = (): void => {
        this.alive = false;
        process.removeListener("exit", this.onExit);
        this.wake();
        resolve();
      };
      this.child.on("error", end);
      this.child.on("close", end);
    });
  }

  /** Boots one: 2 to 4 seconds. */
  static async start(image: GuestImage, options: GuestOptions, number = 0): Promise<Guest> {
    const guest = new Guest(image, options, number);
    try {
      await guest.until(GUEST_READY, 0, 30_000);
    } catch (error) {
      guest.kill();
      throw error;
    }
    return guest;
  }

  /** One that waits for another's state: what that one's shell goes on with is printed here. */
  static incoming(image: GuestImage, options: GuestOptions, number: number): Guest {
    return new Guest(image, options, number);
  }

  /** What it prints from now on up to the end of a shell line that another guest began. */
  async finish(line: string, timeoutMs = 20_000): Promise<string> {
    const done = await this.until(GUEST_DONE, 0, timeoutMs, line);
    return this.text.slice(0, done.index);
  }

  /** Gives its monitor a command (HMP). @returns what it answers */
  static async monitor(path: string, command: string): Promise<string> {
    const socket = connect(path);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    const prompts = async (n: number): Promise<void> => {
      while (text.split("(qemu) ").length <= n) {
        if (socket.destroyed) throw new Error(`monitor: found it closed after ${command}:\n${text}`);
        await sleep(5);
      }
    };
    await prompts(1);
    const from = text.length;
    socket.write(`${command}\n`);
    await prompts(2);
    socket.destroy();
    return text.slice(from);
  }

  /** Runs a line of shell. @returns what it printed. @throws when it fails, or is not done in time */
  async run(line: string, timeoutMs = 20_000): Promise<string> {
    const { text, status } = await this.attempt(line, timeoutMs);
    if (status !== 0) throw new Error(`guest: found status ${status} of "${line}":\n${text}`);
    return text;
  }

  /** Likewise, whatever its status. */
  async attempt(line: string, timeoutMs = 20_000): Promise<{ text: string; status: number }> {
    const from = this.text.length;
    this.child.stdin.write(`${line}\n`);
    const done = await this.until(GUEST_DONE, from, timeoutMs, line);
    return { text: this.text.slice(from, from + done.index), status: Number(done[1]) };
  }

  private async until(pattern: RegExp, from: number, timeoutMs: number, what = "boot"): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.text.slice(from));
      if (match !== null) return match;
      const left = deadline - Date.now();
      if (!this.alive || left <= 0) {
        const why = this.alive ? `nothing for ${timeoutMs} ms` : "QEMU ended";
        throw new Error(`guest: found ${why}, expected the end of "${what}":\n${this.text.slice(-2000)}`);
      }
      await Promise.race([sleep(Math.min(left, 100)), new Promise<void>((resolve) => (this.wake = resolve))]);
    }
  }

  /** Gives a NIC its address and waits for its link. */
  async address(nic: string, cidr: string): Promise<void> {
    await this.run(`ip addr add ${cidr} dev ${nic} && ip link set ${nic} up`);
    await this.run(`for i in $(seq 100); do grep -q 1 /sys/class/net/${nic}/carrier && break; sleep 0.05; done`);
  }

  /** Numbers of the feature bits that a NIC's driver agreed on. */
  async features(nic: string): Promise<number[]> {
    const bits = (await this.run(`cat /sys/class/net/${nic}/device/features`)).trim();
    return [...bits].flatMap((bit, i) => (bit === "1" ? [i] : []));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Powers it off; killed when that takes too long. */
  async end(timeoutMs = 5000): Promise<void> {
    if (this.alive) this.child.stdin.write("poweroff -f\n");
    const timer = setTimeout(() => this.kill(), timeoutMs);
    await this.over;
    clearTimeout(timer);
  }

  /** Ends QEMU at once. */
  kill(): void {
    if (this.alive) this.child.kill("SIGKILL");
  }
}
