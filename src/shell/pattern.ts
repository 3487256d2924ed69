// pattern - `*`, `?` and `[...]` of the shell.

/** A shell pattern as a regular expression over a whole string. */
export function patternOf(pattern: string): RegExp {
  let text = "";
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!;
    const set = c === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (c === "*") text += "[\\s\\S]*";
    else if (c === "?") text += "[\\s\\S]";
    else if (set !== null) {
      text += `[${set[1] === "" ? "" : "^"}${set[2]!.replace(/[\\\]]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else {
      const literal = c === "\\" && at + 1 < pattern.length ? pattern[++at]! : c;
      text += literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  return new RegExp(`^${text}$`);
}
