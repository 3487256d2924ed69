// lab-compare - a script's run in the lab against the real one: command by command, and capture by capture.
import { comparePackets, type PacketDifference } from "./lab-captures.ts";
import { normal } from "./lab-normal.ts";
import type { LabRun, RanCommand } from "./lab-run.ts";

export interface CommandDifference {
  /** From 0. */
  readonly number: number;
  readonly command: string;
  /** The first line that differs. */
  readonly ours: string;
  readonly theirs: string;
}

export interface LabComparison {
  readonly commands: number;
  readonly captures: readonly {
    readonly name: string;
    readonly packets: number;
    readonly difference: PacketDifference | undefined;
  }[];
  readonly commandDifferences: readonly CommandDifference[];
  readonly differences: number;
}

function shown({ words }: RanCommand): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(" ");
}

export function compareLab(ours: LabRun, theirs: LabRun): LabComparison {
  const commandDifferences: CommandDifference[] = [];
  const count = Math.max(ours.commands.length, theirs.commands.length);
  for (let number = 0; number < count; number++) {
    const [a, b] = [ours.commands[number], theirs.commands[number]];
    const [x, y] = [a === undefined ? [] : normal(a).split("\n"), b === undefined ? [] : normal(b).split("\n")];
    const at = Array.from({ length: Math.max(x.length, y.length) }, (_, i) => i).find((i) => x[i] !== y[i]);
    if (at === undefined) continue;
    const command = shown((b ?? a)!);
    commandDifferences.push({ number, command, ours: x[at] ?? "(nothing)", theirs: y[at] ?? "(nothing)" });
  }
  const names = [...new Set([...ours.captures.keys(), ...theirs.captures.keys()])].sort();
  const captures = names.map((name) => ({
    name,
    ...comparePackets(ours.captures.get(name), theirs.captures.get(name)),
  }));
  const differing = captures.filter(({ difference }) => difference !== undefined).length;
  return { commands: count, captures, commandDifferences, differences: commandDifferences.length + differing };
}

/** The table that people read. */
export function comparisonText(
  name: string,
  { commands, captures, commandDifferences, differences }: LabComparison,
): string {
  let text = `${name}: ${commands} commands, ${commandDifferences.length} different\n`;
  for (const { number, command, ours, theirs } of commandDifferences)
    text += `  command ${number + 1}: ${command}\n    ours:   ${ours}\n    theirs: ${theirs}\n`;
  for (const { name: capture, packets, difference } of captures) {
    text += `  ${capture}: ${packets} packets${difference === undefined ? ", equal" : ""}\n`;
    if (difference !== undefined) text += `    ${difference.what}\n`;
  }
  return `${text}${differences} differences\n`;
}
