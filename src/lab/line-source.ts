// line-source - the lines of a script, a pipe or a person: the shell takes those of a command, and a program that it starts in the foreground the
// ones behind it. A `$ ` before a line, as documents print it, is a prompt and not part of the command.
import { type LineInput, textInput } from "../shell/host.ts";

function withoutPrompts(lines: LineInput): LineInput {
  return { isScript: true, line: async () => (await lines.line())?.replace(/^\s*\$ (?=\S)/, "") };
}

/** The lines of a text. */
export function textLines(text: string): LineInput {
  return withoutPrompts(textInput(text));
}

/** The lines of bytes that come as they come; undefined: the end. */
export function chunkLines(read: () => Promise<Uint8Array | undefined>): LineInput {
  const decoder = new TextDecoder();
  let held = "";
  let ended = false;
  return withoutPrompts({
    line: async () => {
      while (!held.includes("\n") && !ended) {
        const chunk = await read();
        if (chunk === undefined) ended = true;
        else held += decoder.decode(chunk, { stream: true });
      }
      if (held === "") return undefined;
      const end = held.indexOf("\n") + 1 || held.length;
      const line = held.slice(0, end);
      held = held.slice(end);
      return line;
    },
  });
}
