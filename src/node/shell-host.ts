// shell-host - what the lab's shell asks of the machine, over Node: files and programs.
import { spawnSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import type { ShellHost } from "../shell/host.ts";
import { errnoWords } from "./errno-words.ts";

const GRAMMAR = "tree-sitter-bash/tree-sitter-bash.wasm";
/** Bytes of output that a program may print. */
const OUTPUT_MAX = 256 << 20;

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
  run: (program, args, { cwd, env, stdin }) => {
    const there = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true;
    const ran = spawnSync(program, [...args], {
      cwd: there ? cwd : "/",
      env: { ...process.env, ...env },
      input: stdin,
      encoding: "utf8",
      maxBuffer: OUTPUT_MAX,
    });
    if (ran.error !== undefined && "code" in ran.error && ran.error.code === "ENOENT") return undefined;
    return { stdout: ran.stdout ?? "", stderr: ran.stderr ?? "", code: ran.status ?? 1 };
  },
};
