// ovs-process - a private real Open vSwitch with its DPDK datapath: own folder, database and sockets; always ended, by its own process ids. Needs
// root and no hugepages (EAL takes --no-huge only beside --legacy-mem).
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RunError } from "../errors.ts";

/** Where Debian has the build with DPDK: the usual name stands for the other. */
const VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
const MEMORY_MB = 1536;

/** Why there is no real switch to compare with; undefined: there is one. */
export function whyNoRealOvs(): string | undefined {
  if (!existsSync(VSWITCHD)) return "found no ovs-vswitchd with DPDK";
  if (spawnSync("ovsdb-tool", ["--version"], { stdio: "ignore" }).status !== 0) return "found no ovsdb-tool";
  if (spawnSync("bash", ["--version"], { stdio: "ignore" }).status !== 0) return "found no bash";
  if (process.getuid?.() !== 0) return "found no root, which OVS needs for its bridges' own ports";
  if (!existsSync("/dev/net/tun")) return "found no /dev/net/tun, which OVS needs for its bridges' own ports";
  return undefined;
}

export class OvsProcess {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly children: ChildProcess[] = [];
  private readonly onExit = (): void => this.kill("SIGKILL");

  private constructor(folder: string) {
    this.folder = folder;
    const own = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
    this.env = { ...process.env, ...own, LC_ALL: "C" };
    process.once("exit", this.onExit);
  }

  /** Starts database and switch with their working folder in `folder`. lcoreMask: cores of all but PMD threads */
  static async start(folder: string, lcoreMask = "0x1"): Promise<OvsProcess> {
    const ovs = new OvsProcess(folder);
    try {
      ovs.run("ovsdb-tool", "create", join(folder, "conf.db"), SCHEMA);
      ovs.spawn("ovsdb-server", "ovsdb-server", join(folder, "conf.db"), `--remote=punix:${folder}/db.sock`);
      await ovs.path("db.sock");
      ovs.run("ovs-vsctl", "--no-wait", "init");
      ovs.run("ovs-vsctl", "--no-wait", "set", "Open_vSwitch", ".", "ovs_version=3.1.0"); // as ovs-ctl does
      const extra = `--no-pci --no-huge --legacy-mem -m ${MEMORY_MB} --file-prefix=ringbed-lab-${process.pid}`;
      const config = ["dpdk-init=true", `dpdk-extra="${extra}"`, `dpdk-lcore-mask="${lcoreMask}"`];
      ovs.run("ovs-vsctl", "--no-wait", "set", "Open_vSwitch", ".", ...config.map((word) => `other_config:${word}`));
      ovs.spawn("ovs-vswitchd", VSWITCHD, `unix:${folder}/db.sock`);
      await ovs.path("ovs-vswitchd.pid");
      ovs.run("ovs-appctl", "version");
      return ovs;
    } catch (error) {
      ovs.kill("SIGKILL");
      throw error;
    }
  }

  private spawn(name: string, program: string, ...words: readonly string[]): void {
    const { folder, env } = this;
    const own = ["--no-chdir", "-vconsole:off", `--log-file=${folder}/${name}.log`, `--pidfile=${folder}/${name}.pid`];
    // a network of its own: bridges' ports are devices of the kernel, and another switch may have one of that name
    const named = ["--net", "bash", "-c", 'exec -a "$0" "$@"', name, program, ...words, ...own];
    this.children.push(spawn("unshare", named, { env, cwd: folder, stdio: "ignore" }));
  }

  /** A command of Open vSwitch on it. @returns what it printed. @throws RunError */
  run(program: string, ...words: readonly string[]): string {
    const ran = spawnSync(program, words, { env: this.env, encoding: "latin1", timeout: 30_000 });
    if (ran.status !== 0)
      throw new RunError(`${program} ${words.join(" ")}: found ${ran.status ?? ran.signal}: ${ran.stderr}, expected 0`);
    return ran.stdout;
  }

  private async path(name: string): Promise<void> {
    for (let i = 0; i < 800 && !existsSync(join(this.folder, name)); i++) await sleep(25);
  }

  get log(): string {
    const path = join(this.folder, "ovs-vswitchd.log");
    return existsSync(path) ? readFileSync(path, "latin1") : "";
  }

  /** Ends both, the switch first, so that it closes its devices' files. */
  async stop(): Promise<void> {
    for (const child of [...this.children].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await Promise.race([ended, sleep(5000)]);
    }
    this.kill("SIGKILL");
  }

  private kill(signal: NodeJS.Signals): void {
    process.removeListener("exit", this.onExit);
    for (const child of this.children) if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  }
}
