// testpmd-run - one testpmd command line with its commands, run to its end: by the real program, by ours as a program of its own on the
// wall clock, or by ours in virtual time in this process. All give the same: what was printed, the exit code, the captures.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "../node/package-file.ts";
import { nodeTestpmdHost } from "../node/testpmd-host.ts";
import { runTestpmd } from "../testpmd/session.ts";
import { runConsole } from "./console-process.ts";
import { type Places, readTestpmdWords } from "./testpmd-words.ts";

export interface TestpmdRun {
  readonly words: readonly string[];
  readonly commands: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  /** Bytes of the captures written, by name; those that the program did not create are missing. */
  readonly captures: ReadonlyMap<string, Uint8Array>;
}

export type Runner = (words: readonly string[], commands: readonly string[], places?: Places) => Promise<TestpmdRun>;

/** The installed dpdk-testpmd, unbuffered. program: another one's path */
export function realRunner(program: string): Runner {
  return (words, commands, places) => runProgram(["stdbuf", "-o0", program], words, commands, places);
}

/** Ours on the wall clock. */
export const wallRunner: Runner = (words, commands, places) => {
  const main = fileURLToPath(packageFile("dist/src/cli/main.js"));
  return runProgram([process.execPath, main, "testpmd"], words, commands, places);
};

async function runProgram(
  program: readonly string[],
  words: readonly string[],
  commands: readonly string[],
  places: Places | undefined,
): Promise<TestpmdRun> {
  return inFolder(async (cwd) => {
    const read = readTestpmdWords(words, commands, places);
    const { placed, placedCommands, interactive, outputs, asGiven } = read;
    const argv = [...program, ...placed];
    const { stdout, stderr, exitCode } = await runConsole({ argv, cwd, commands: placedCommands, interactive });
    const captures = readCaptures(cwd, outputs);
    return { words, commands, stdout: asGiven(stdout), stderr: asGiven(stderr), exitCode, captures };
  });
}

/** Ours in virtual time. */
export const virtualRunner: Runner = (words, commands, places = {}) =>
  inFolder(async (folder) => {
    const at = { ...places, output: (name: string) => join(folder, name) };
    const { placed, placedCommands, outputs, asGiven } = readTestpmdWords(words, commands, at);
    let stdout = "";
    let stderr = "";
    const io = {
      out: (text: string) => {
        stdout += text;
      },
      err: (text: string) => {
        stderr += text;
      },
    };
    const script = [new TextEncoder().encode(placedCommands.map((line) => `${line}\n`).join(""))];
    const read = async (): Promise<Uint8Array | undefined> => script.shift();
    const host = nodeTestpmdHost(io, { read, readKeys: read }, () => false);
    const exitCode = await runTestpmd([...placed, "--virtual"], host);
    return {
      words,
      commands,
      stdout: asGiven(stdout),
      stderr: asGiven(stderr),
      exitCode,
      captures: readCaptures(folder, outputs),
    };
  });

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ringbed-testpmd-"));
  mkdirSync(folder, { recursive: true });
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCaptures(folder: string, names: readonly string[]): Map<string, Uint8Array> {
  const present = names.filter((name) => existsSync(join(folder, name)));
  return new Map(present.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
}
