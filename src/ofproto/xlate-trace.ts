// xlate-trace - what a translation tells of its way while it is traced: a tree of remarks (struct oftrace_node), and the tree as ofproto/trace
// prints it.

export type TraceType = "bridge" | "table" | "bucket" | "thaw" | "action" | "detail" | "warn" | "error";

export interface TraceNode {
  readonly type: TraceType;
  readonly text: string;
  readonly subs: TraceNode[];
}

/** What comes behind these, in the same list, is indented as they are. */
const TERMINAL: readonly TraceType[] = ["bucket", "action", "detail", "warn", "error"];
const MARKS: Partial<Record<TraceType, readonly [string, string]>> = {
  detail: [" -> ", ""],
  warn: [" >> ", ""],
  error: [" >>>> ", " <<<<"],
};

export function formatTrace(nodes: readonly TraceNode[], level = 0): string {
  return nodes
    .map((node, i) => {
      // what is last in its list, and what is behind it, is not indented: pipelines grow downwards
      const more = i < nodes.length - 1 || TERMINAL.includes(node.type) ? 1 : 0;
      const indent = " ".repeat((level + more) * 4);
      const [before, after] = MARKS[node.type] ?? ["", ""];
      const line = `${indent}${before}${node.text}${after}\n`;
      const whole = node.type === "bridge" ? `\n${line}${indent}${"-".repeat(node.text.length)}\n` : line;
      return whole + formatTrace(node.subs, level + 2 * more);
    })
    .join("");
}
