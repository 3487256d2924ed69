// What the real testpmd 22.11 printed for command lines: test/recorded/testpmd-commands, made by record-commands.py.
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../recorded/testpmd-commands/", import.meta.url);

export interface RecordedCommand {
  readonly line: string;
  readonly out: string;
  readonly err: string;
}

export const recordedSessions = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -4));

/** The commands of one session of the program, in order. */
export function recordedSession(name: string): RecordedCommand[] {
  const commands: { line: string; out: string; err: string }[] = [];
  for (const text of readFileSync(new URL(`${name}.txt`, FOLDER), "utf8").split("\n")) {
    const rest = text.slice(2);
    const last = commands.at(-1);
    if (text.startsWith("> ")) commands.push({ line: rest, out: "", err: "" });
    else if (text.startsWith("| ") && last !== undefined) last.out += `${rest}\n`;
    else if (text.startsWith("! ") && last !== undefined) last.err += `${rest}\n`;
  }
  return commands;
}
