// cli - command lines for tests: in this process, with what it printed as strings, or as a process of its own from the build in dist/.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { ringbed } from "../../src/cli/program.ts";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `ringbed WORDS` in this process. */
export async function cli(...words: string[]): Promise<Ended> {
  let out = "";
  let err = "";
  const code = await ringbed(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** Starts `ringbed WORDS` from dist/ as a process of its own. */
export function start(words: readonly string[], stdout: "pipe" | number = "pipe", cwd?: string): ChildProcess {
  if (!existsSync(MAIN)) throw new Error("test: found no dist/src/cli/main.js, expected it (npm run build)");
  return spawn(process.execPath, [MAIN, ...words], { stdio: ["pipe", stdout, "pipe"], cwd });
}

/** Waits for a process's end; one that does not end in 20 s is killed. */
export function ended(child: ChildProcess): Promise<Ended> {
  const text = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    text.out += chunk.toString("latin1");
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    text.err += chunk.toString("latin1");
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, ...text });
    });
  });
}

/** Runs `ringbed WORDS` from dist/ with `input` on its standard input. */
export function cliProcess(words: readonly string[], input?: Uint8Array, stdout?: number): Promise<Ended> {
  const child = start(words, stdout);
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return ended(child);
}

/** Nothing on standard output, one line on standard error that begins `ringbed: ` and holds `words`. */
export function expectOneLine(run: Ended, code: number, words: string | RegExp): void {
  expect({ code: run.code, out: run.out }).toEqual({ code, out: "" });
  expect(run.err).toMatch(/^ringbed: [^\n]+\n$/);
  if (typeof words === "string") expect(run.err).toContain(words);
  else expect(run.err).toMatch(words);
}
