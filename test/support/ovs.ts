// ovs - a private Open vSwitch with its DPDK datapath, for live tests: own folder, database and sockets; always ended, by its own process ids.
// Needs no hugepages: EAL refuses --no-huge with the --in-memory that OVS adds, unless --legacy-mem is there too.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Debian's name ovs-vswitchd may stand for the build without DPDK. */
const VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
const BRIDGE = "rbbr0";
const MEMORY_MB = 512;

/** Why no OVS-DPDK can run here; undefined: it can. */
export function whyNoOvs(): string | undefined {
  if (!existsSync(VSWITCHD)) return "found no ovs-vswitchd-dpdk";
  const tool = spawnSync("setpriv", ["--pdeathsig", "KILL", "ovsdb-tool", "--version"], { stdio: "ignore" });
  if (tool.status !== 0) return "found no ovsdb-tool";
  if (process.getuid?.() !== 0) return "not root, which OVS needs for its bridge's own port";
  if (!existsSync("/dev/net/tun")) return "found no /dev/net/tun, which OVS needs for its bridge's own port";
  try {
    createRequire(import.meta.url).resolve("koffi");
  } catch {
    return "found no koffi";
  }
  return undefined;
}

export type OvsStatistics = Readonly<Record<string, number>>;

export class Ovs {
  /** Its sockets and files are there; it goes away at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), "ringbed-ovs-"));
  private readonly prefix = `ringbed-ovs-${process.pid}`;
  private readonly env: NodeJS.ProcessEnv;
  private readonly children: ChildProcess[] = [];
  private readonly onExit = (): void => this.abandon();

  private constructor() {
    const { folder } = this;
    const own = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
    this.env = { ...process.env, ...own };
    process.once("exit", this.onExit);
  }

  /** Starts database and switch, and adds a bridge without flows. pmdMask: cores of its polling threads; lcoreMask: of all else */
  static async start(lcoreMask: number, pmdMask: number): Promise<Ovs> {
    const ovs = new Ovs();
    try {
      const database = join(ovs.folder, "conf.db");
      ovs.run("ovsdb-tool", "create", database, SCHEMA);
      ovs.spawn("ovsdb-server", database, `--remote=punix:${ovs.folder}/db.sock`, `--unixctl=${ovs.folder}/db.ctl`);
      await ovs.path("db.sock");
      ovs.vsctl("--no-wait", "init");
      const extra = `--no-pci --no-huge --legacy-mem -m ${MEMORY_MB} --file-prefix=${ovs.prefix}`;
      const config = [`dpdk-extra="${extra}"`, `dpdk-lcore-mask="${lcoreMask}"`, `pmd-cpu-mask="${pmdMask}"`];
      const words = ["dpdk-init=true", ...config].map((word) => `other_config:${word}`);
      ovs.vsctl("--no-wait", "set", "Open_vSwitch", ".", ...words);
      ovs.spawn(VSWITCHD, `unix:${ovs.folder}/db.sock`, `--unixctl=${ovs.folder}/vswitchd.ctl`);
      await ovs.path("vswitchd.ctl");
      ovs.vsctl("add-br", BRIDGE, "--", "set", "bridge", BRIDGE, "datapath_type=netdev", "fail-mode=secure");
      return ovs;
    } catch (error) {
      ovs.abandon();
      throw error;
    }
  }

  private spawn(program: string, ...words: string[]): void {
    const own = ["--no-chdir", "-vconsole:off", `--log-file=${this.folder}/${program.replace(/.*\//, "")}.log`];
    const pid = `--pidfile=${this.folder}/${program.replace(/.*\//, "")}.pid`;
    // a test process that is killed takes it with it; setpriv becomes the program: same process id
    const all = ["--pdeathsig", "KILL", program, ...words, ...own, pid];
    this.children.push(spawn("setpriv", all, { env: this.env, stdio: "ignore" }));
  }

  private run(program: string, ...words: string[]): string {
    const done = spawnSync(program, words, { env: this.env, encoding: "latin1", timeout: 25_000 });
    if (done.status !== 0) {
      throw new Error(`${program} ${words.join(" ")}: found ${done.status ?? done.signal}\n${done.stderr}${this.log}`);
    }
    return done.stdout;
  }

  /** What the switch has logged of warnings and errors. */
  get log(): string {
    const path = join(this.folder, "ovs-vswitchd-dpdk.log");
    if (!existsSync(path)) return "";
    return readFileSync(path, "latin1")
      .split("\n")
      .filter((line) => /\|(WARN|ERR|EMER)\|/.test(line))
      .join("\n");
  }

  private async path(name: string): Promise<void> {
    for (let i = 0; i < 400 && !existsSync(join(this.folder, name)); i++) await sleep(25);
  }

  vsctl(...words: string[]): string {
    return this.run("ovs-vsctl", `--db=unix:${this.folder}/db.sock`, "--timeout=20", ...words);
  }

  /** Adds an interface. more: other columns, "options:..." */
  addPort(name: string, type: string, ofport: number, ...more: string[]): void {
    const columns = [`type=${type}`, `ofport_request=${ofport}`, ...more];
    this.vsctl("add-port", BRIDGE, name, "--", "set", "Interface", name, ...columns);
    const error = this.vsctl("get", "Interface", name, "error").trim();
    if (error !== "[]") throw new Error(`ovs: found ${error}, expected port ${name}`);
  }

  deletePort(name: string): void {
    this.vsctl("del-port", BRIDGE, name);
  }

  addFlow(flow: string): void {
    this.run("ovs-ofctl", "add-flow", BRIDGE, flow);
  }

  appctl(...words: string[]): string {
    return this.run("ovs-appctl", "-t", `${this.folder}/vswitchd.ctl`, ...words);
  }

  /** Counters of a port, as of now: the database's are up to five seconds old. */
  counters(ofport: number): OvsStatistics {
    const text = this.run("ovs-ofctl", "dump-ports", BRIDGE, String(ofport));
    const found = [...text.matchAll(/(rx|tx) pkts=(\d+), bytes=(\d+), drop=(\d+|\?)/g)];
    return Object.fromEntries(
      found.flatMap(([, way = "", packets, bytes, dropped]) => [
        [`${way}_packets`, Number(packets)],
        [`${way}_bytes`, Number(bytes)],
        [`${way}_dropped`, Number(dropped)],
      ]),
    );
  }

  /** Waits until `done`. @throws when that takes too long */
  async until(done: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; !done(); await sleep(50)) {
      if (Date.now() > deadline) throw new Error(`ovs: found no ${what} in ${timeoutMs} ms\n${this.log}`);
    }
  }

  async end(): Promise<void> {
    const [server, switchd] = this.children;
    if (switchd !== undefined && switchd.exitCode === null) {
      const over = new Promise((resolve) => switchd.once("exit", resolve));
      spawnSync("ovs-appctl", ["-t", `${this.folder}/vswitchd.ctl`, "exit", "--cleanup"], { timeout: 10_000 });
      await Promise.race([over, sleep(5000)]);
    }
    if (server !== undefined && server.exitCode === null) {
      const over = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGTERM");
      await Promise.race([over, sleep(2000)]);
    }
    this.abandon();
  }

  /** Ends it at once. */
  private abandon(): void {
    process.removeListener("exit", this.onExit);
    for (const child of this.children) if (child.exitCode === null) child.kill("SIGKILL");
    for (const path of [this.folder, `/var/run/dpdk/${this.prefix}`]) rmSync(path, { recursive: true, force: true });
  }
}
