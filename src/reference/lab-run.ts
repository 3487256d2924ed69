// lab-run - one script on the real switch and in the lab: every command of Open vSwitch with what it answered, and the captures that it left.
// Both sides run in a folder of their own that has the script's neighbours, so relative names mean the same.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { RunError, UsageError } from "../errors.ts";
import { textLines } from "../lab/line-source.ts";
import { openLab } from "../lab/open-lab.ts";
import { nodeLabHost } from "../node/lab-host.ts";
import { OvsProcess } from "./ovs-process.ts";

/** A command of Open vSwitch as it ran. */
export interface RanCommand {
  readonly words: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface LabRun {
  readonly commands: readonly RanCommand[];
  /** Captures that the run wrote, by name. */
  readonly captures: ReadonlyMap<string, Uint8Array>;
  readonly code: number;
  readonly stdout: string;
}

/** The commands whose answers are compared. */
export const COMPARED = ["ovs-vsctl", "ovs-ofctl", "ovs-appctl", "ovsdb-client"] as const;
const SCRIPT_TIMEOUT_MS = 120_000;

export interface LabJob {
  /** Path of the script. */
  readonly script: string;
  /** $CAPTURE of the script. */
  readonly capture?: string;
  readonly pci: ReadonlyMap<string, string>;
  /** Ours is on the wall's clock, and its guests are programs of this machine, as the real one's are. */
  readonly live?: boolean;
}

/** @throws UsageError naming the first that is not there */
export function checkFiles(paths: readonly string[]): void {
  for (const path of paths) if (!existsSync(path)) throw new UsageError(`script: found no ${path}, expected a file`);
}

/** A folder with links to the script's neighbours; their names. */
function stage({ script, capture }: LabJob): { readonly folder: string; readonly inputs: ReadonlySet<string> } {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-lab-"));
  const from = dirname(resolve(script));
  const inputs = new Set<string>();
  for (const name of readdirSync(from)) {
    if (!/\.p?cap(ng)?$/.test(name)) continue;
    symlinkSync(join(from, name), join(folder, name));
    inputs.add(name);
  }
  if (capture !== undefined) {
    rmSync(join(folder, "capture.pcap"), { force: true });
    symlinkSync(resolve(capture), join(folder, "capture.pcap"));
    inputs.add("capture.pcap");
  }
  return { folder, inputs };
}

function captures(folder: string, inputs: ReadonlySet<string>): Map<string, Uint8Array> {
  const names = readdirSync(folder).filter((name) => /\.pcap$/.test(name) && !inputs.has(name));
  return new Map(names.sort().map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
}

/** The script on the real switch, by bash. @throws RunError when it does not end */
export async function runReal(job: LabJob): Promise<LabRun> {
  const { folder, inputs } = stage(job);
  const ovs = await OvsProcess.start(folder);
  try {
    const log = join(folder, "commands");
    const bin = join(folder, "bin");
    mkdirSync(log);
    mkdirSync(bin);
    for (const name of COMPARED) writeWrapper(bin, log, name);
    let text = readFileSync(job.script, "utf8").replace(/^\s*\$ (?=\S)/gm, "");
    for (const [address, vdev] of job.pci) text = text.replaceAll(address, vdev);
    const env = { ...ovs.env, PATH: `${bin}:${process.env.PATH}`, CAPTURE: "capture.pcap" };
    const options = { cwd: folder, env, encoding: "utf8", timeout: SCRIPT_TIMEOUT_MS } as const;
    const ran = spawnSync("bash", ["-c", text], options);
    if (ran.status === null)
      throw new RunError(`compare lab: found the real script ended by ${ran.signal}, expected an exit code`);
    const commands = readLog(log);
    await ovs.stop();
    return { commands, captures: captures(folder, inputs), code: ran.status, stdout: ran.stdout };
  } finally {
    await ovs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program of that name that writes down what the real one answers. */
function writeWrapper(bin: string, log: string, name: string): void {
  const path = join(bin, name);
  const real = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
  const lines = [
    "#!/bin/sh",
    `d=$(printf '%s/%06d' "${log}" "$(ls "${log}" | wc -l)"); mkdir "$d"`,
    `printf '%s\\0' ${name} "$@" >"$d/words"`,
    `${real} "$@" >"$d/out" 2>"$d/err"; c=$?; echo $c >"$d/code"`,
    'cat "$d/out"; cat "$d/err" >&2; exit $c',
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  chmodSync(path, 0o755);
}

function readLog(log: string): RanCommand[] {
  const read = (entry: string, name: string): string => readFileSync(join(log, entry, name), "utf8");
  return readdirSync(log)
    .sort()
    .map((entry) => ({
      words: read(entry, "words").split("\0").slice(0, -1),
      stdout: read(entry, "out"),
      stderr: read(entry, "err"),
      code: Number(read(entry, "code")),
    }));
}

/** The script in the lab, in this process. cores: of the host; as many as the real switch has here */
export async function runOurs(job: LabJob, cores: number = cpus().length): Promise<LabRun> {
  const { folder, inputs } = stage(job);
  try {
    let stdout = "";
    const out = (text: string): void => {
      stdout += text;
    };
    const host = nodeLabHost({ out, err: () => {} }, () => false);
    const commands: RanCommand[] = [];
    const lab = await openLab(
      { ...host, files: filesIn(folder, host.files) },
      {
        pci: job.pci,
        cores,
        cwd: folder,
        env: { CAPTURE: "capture.pcap", ...(job.live === true ? { OVS_RUNDIR: folder } : {}) },
        live: job.live === true,
        onCommand: (ran) => commands.push(ran),
      },
    );
    const code = await lab.run(textLines(readFileSync(job.script, "utf8")));
    return { commands, captures: captures(folder, inputs), code, stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Files = ReturnType<typeof nodeLabHost>["files"];

/** Devices' files relative to a folder, as the switch's working folder has it. */
function filesIn(folder: string, files: Files): Files {
  return {
    openInput: (path) => files.openInput(resolve(folder, path)),
    create: (path) => files.create(resolve(folder, path)),
  };
}

export function nameOf({ script, capture }: LabJob): string {
  return capture === undefined ? basename(script) : `${basename(script)} ${basename(capture)}`;
}
