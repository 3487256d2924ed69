// builtins - the shell's own commands: those that change its state, and the few that scripts cannot do without.
import { UsageError } from "../errors.ts";
import { type Command, Leave } from "./command.ts";
import type { Streams } from "./host.ts";
import { testWords } from "./test-command.ts";

function escapes(text: string): string {
  const named: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", e: "\x1b" };
  return text.replace(/\\(0[0-7]{0,3}|x[0-9a-fA-F]{1,2}|[\s\S])/g, (all, code: string) => {
    if (code.startsWith("0")) return String.fromCharCode(Number.parseInt(code, 8) || 0);
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return code === "\\" ? "\\" : (named[code] ?? all);
  });
}

const echo: Command = (args, { out }) => {
  let words = args;
  let end = "\n";
  let escaped = false;
  while (/^-[neE]+$/.test(words[0] ?? "")) {
    if (words[0]!.includes("n")) end = "";
    if (words[0]!.includes("e")) escaped = true;
    words = words.slice(1);
  }
  const text = words.join(" ");
  out((escaped ? escapes(text) : text) + end);
  return 0;
};

const printf: Command = ([format = "", ...args], { out }) => {
  const rest = [...args];
  do {
    const text = escapes(format).replace(
      /%(-?0?\d*)(?:\.(\d+))?([sdixXc%])/g,
      (_, width: string, cut: string | undefined, kind: string) => {
        if (kind === "%") return "%";
        const value = rest.shift() ?? "";
        const number = Number.parseInt(value, /^0x/i.test(value) ? 16 : 10) || 0;
        const shown =
          kind === "s" || kind === "c"
            ? value.slice(0, kind === "c" ? 1 : cut === undefined ? undefined : Number(cut))
            : kind === "x"
              ? number.toString(16)
              : kind === "X"
                ? number.toString(16).toUpperCase()
                : String(number);
        const size = Math.abs(Number(width)) || 0;
        return width.startsWith("-") ? shown.padEnd(size) : shown.padStart(size, /^0\d/.test(width) ? "0" : " ");
      },
    );
    out(text);
  } while (rest.length > 0 && /%[^%]/.test(format));
  return 0;
};

const cd: Command = ([folder], { err }, shell) => {
  const target = folder === "-" ? (shell.get("OLDPWD") ?? shell.cwd) : (folder ?? shell.get("HOME") ?? "/");
  const path = shell.host.resolve(shell.cwd, target);
  // a document's folders need not be on this machine: what runs in them is the lab's
  if (shell.host.pathKind(path) === "file") {
    err(`ringbed: cd: ${target}: Not a directory\n`);
    return 1;
  }
  shell.set("OLDPWD", shell.cwd);
  shell.cwd = path;
  return 0;
};

const set: Command = (args, { err }, shell) => {
  for (let i = 0; i < args.length; i++) {
    const [, sign = "", letters = ""] = /^([-+])(\w*)$/.exec(args[i]!) ?? [];
    if (sign === "") {
      shell.positional = args.slice(args[i] === "--" ? i + 1 : i);
      return 0;
    }
    const on = sign === "-";
    for (const letter of letters) {
      if (letter === "e") shell.errexit = on;
      else if (letter === "u") shell.nounset = on;
      else if (letter === "x") shell.xtrace = on;
      else if (letter === "o") {
        const name = args[++i];
        if (name === "pipefail") shell.pipefail = on;
        else if (name === "errexit") shell.errexit = on;
        else if (name === "nounset") shell.nounset = on;
        else if (name === "xtrace") shell.xtrace = on;
      } else {
        err(`ringbed: set: ${sign}${letter}: invalid option\n`);
        return 2;
      }
    }
  }
  return 0;
};

const pwd: Command = (_, { out }, shell) => {
  out(`${shell.cwd}\n`);
  return 0;
};

const shift: Command = ([n = "1"], _, shell) => {
  shell.positional = shell.positional.slice(Number(n));
  return 0;
};

const leave =
  (what: Leave["what"]): Command =>
  ([value], _, shell) => {
    const usual = what === "exit" || what === "return" ? shell.lastCode : 1;
    throw new Leave(what, value === undefined ? usual : Number(value) & 0xff);
  };

const read: Command = async (args, { input }, shell) => {
  const names = args.filter((word) => !word.startsWith("-"));
  const line = await input.line();
  const words = (line ?? "")
    .replace(/\n$/, "")
    .trim()
    .split(/[ \t]+/);
  names.forEach((name, i) => {
    shell.set(name, i === names.length - 1 ? words.slice(i).join(" ") : (words[i] ?? ""));
  });
  return line === undefined ? 1 : 0;
};

const sleep: Command = async (args, { err }, shell) => {
  const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };
  let seconds = 0;
  for (const word of args) {
    const [, number, unit = ""] = /^(\d*\.?\d+)([smhd]?)$/.exec(word) ?? [];
    if (number === undefined) {
      err(`sleep: invalid time interval '${word}'\nTry 'sleep --help' for more information.\n`);
      return 1;
    }
    seconds += Number(number) * units[unit]!;
  }
  if (args.length === 0) {
    err("sleep: missing operand\nTry 'sleep --help' for more information.\n");
    return 1;
  }
  await shell.options.sleep(seconds);
  return 0;
};

/** `%N`: the Nth job; else what `$!` said. */
function jobId(word: string): number {
  return word.startsWith("%") ? Number(word.slice(1)) + 1 : Number(word);
}

const wait: Command = async (args, _, shell) => {
  const ids = args.length > 0 ? args.map(jobId) : [...shell.jobs.keys()];
  let code = 0;
  for (const id of ids) {
    const job = shell.jobs.get(id);
    if (job === undefined) continue;
    code = await job.done;
    shell.jobs.delete(id);
  }
  return code;
};

const kill: Command = (args, { err }, shell) => {
  let code = 0;
  for (const word of args) {
    if (word.startsWith("-")) continue;
    const job = shell.jobs.get(jobId(word));
    if (job === undefined) {
      err(`ringbed: kill: (${word}) - No such process\n`);
      code = 1;
    } else job.interrupt?.();
  }
  return code;
};

const test: Command = (args, _, shell) =>
  testWords(args, { host: shell.host, cwd: shell.cwd, patterns: false }) ? 0 : 1;

const source: Command = async ([path = ""], streams: Streams, shell) => {
  const file = shell.host.readText(shell.host.resolve(shell.cwd, path));
  if ("error" in file) throw new UsageError(`${path}: ${file.error}`);
  return shell.runText(file.text, streams);
};

export const BUILTINS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [":", () => 0],
  ["true", () => 0],
  ["false", () => 1],
  ["echo", echo],
  ["printf", printf],
  ["cd", cd],
  ["pwd", pwd],
  ["set", set],
  ["shift", shift],
  ["exit", leave("exit")],
  ["return", leave("return")],
  ["break", leave("break")],
  ["continue", leave("continue")],
  ["read", read],
  ["sleep", sleep],
  ["wait", wait],
  ["kill", kill],
  ["test", test],
  ["eval", (args, streams, shell) => shell.runText(args.join(" "), streams)],
  ["source", source],
  [".", source],
  ["trap", () => 0],
]);
