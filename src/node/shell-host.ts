// shell-host - what the lab's shell asks of the machine, over Node: files and programs.
import { spawn } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import type { ShellHost } from "../shell/host.ts";
import { errnoWords } from "./errno-words.ts";

const GRAMMAR = "tree-sitter-bash/tree-sitter-bash.wasm";
/** A program that a signal ended: its number is added. */
const SIGNALLED = 128;

function attempt<Result>(act: () => Result): { readonly value: Result } | { readonly error: string } {
  try {
    return { value: act() };
  } catch (error) {
    return { error: errnoWords(error) };
  }
}

export const nodeShellHost: ShellHost = {
  grammar: () => {
    try {
      return new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(GRAMMAR)));
    } catch {
      throw new UsageError(
        "shell: found no tree-sitter-bash, expected it beside ringbed (npm install tree-sitter-bash)",
      );
    }
  },
  readText: (path) => {
    const read = attempt(() => readFileSync(path, "utf8"));
    return "error" in read ? read : { text: read.value };
  },
  writeText: (path, text, append) => {
    const wrote = attempt(() => (append ? appendFileSync(path, text) : writeFileSync(path, text)));
    return "error" in wrote ? wrote.error : undefined;
  },
  pathKind: (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "missing";
    return stat.isDirectory() ? "folder" : stat.isSocket() ? "socket" : "file";
  },
  list: (folder) => {
    const read = attempt(() => readdirSync(folder));
    return "error" in read ? [] : read.value;
  },
  resolve: (folder, path) => resolve(folder, path),
  run: (program, args, { cwd, env, stdin, out, err, started }) => {
    const there = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true;
    const child = spawn(program, [...args], { cwd: there ? cwd : "/", env: { ...process.env, ...env } });
    child.stdout.setEncoding("utf8").on("data", out);
    child.stderr.setEncoding("utf8").on("data", err);
    child.stdin.on("error", () => {}); // it reads no more
    child.stdin.end(stdin);
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    if (child.pid !== undefined) started(() => child.kill("SIGTERM"));
    return new Promise((resolve, reject) => {
      child.on("error", (error: NodeJS.ErrnoException) => {
        process.removeListener("exit", kill);
        if (error.code === "ENOENT") resolve(undefined);
        else reject(new UsageError(`${program}: ${errnoWords(error)}`));
      });
      child.on("close", (code, signal) => {
        process.removeListener("exit", kill);
        resolve(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  },
};
