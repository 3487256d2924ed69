// grammar - the shell's language as tree-sitter-bash parses it: the structure of commands. What stands inside a word is words.ts'.
import { Language, type Node, Parser } from "web-tree-sitter";

export type { Node } from "web-tree-sitter";

export type Parsed =
  | { readonly kind: "program"; readonly root: Node }
  /** More lines are needed: a quote, a loop or a here-document is open. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "error"; readonly line: number; readonly near: string };

export class Grammar {
  private readonly parser: Parser;

  private constructor(parser: Parser) {
    this.parser = parser;
  }

  /** grammar: tree-sitter-bash.wasm */
  static async load(grammar: Uint8Array): Promise<Grammar> {
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(grammar));
    return new Grammar(parser);
  }

  parse(given: string): Parsed {
    const splits: number[] = [];
    if (isOpen(given, splits)) return { kind: "incomplete" };
    const text = splits.reduceRight((joined, at) => joined.slice(0, at) + joined.slice(at + 2), given);
    const root = this.parser.parse(text)?.rootNode;
    if (root === undefined) return { kind: "error", line: 1, near: text };
    const fault = root.hasError ? firstFault(root) : undefined;
    if (fault === undefined) return { kind: "program", root };
    if (fault.isMissing || endsOpen(fault, text)) return { kind: "incomplete" };
    return { kind: "error", line: fault.startPosition.row + 1, near: fault.text.split("\n")[0] ?? "" };
  }
}

/** A fault that reaches to the end of the text begins with a word that wants more. */
function endsOpen(fault: Node, text: string): boolean {
  const opens = /^\s*(?:if|for|while|until|case|select|then|else|elif|do|\{|\(|[\w-]+\s*\(\)\s*\{)/;
  return text.slice(fault.endIndex).trim() === "" && opens.test(text.slice(fault.startIndex));
}

/** The first error that is one: `&` behind a here-document's word is not, though the grammar has no place for it. */
function firstFault(node: Node): Node | undefined {
  if (node.isMissing) return node;
  if (node.type === "ERROR") return node.parent?.type === "heredoc_redirect" && node.text === "&" ? undefined : node;
  for (const child of node.children) {
    const fault = child?.hasError || child?.isMissing ? firstFault(child) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Whether a quote, a line or a here-document is still open at the end. splits: gets the places where a line's end cuts a word in two, which the grammar takes for a blank */
function isOpen(text: string, splits: number[]): boolean {
  const waiting: { readonly end: string; readonly indented: boolean }[] = [];
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") {
      if (at + 1 >= text.length || (text[at + 1] === "\n" && at + 2 >= text.length)) return true;
      if (text[at + 1] === "\n" && /\S\\\n\S/.test(text.slice(Math.max(at - 1, 0), at + 3))) splits.push(at);
      at++;
    } else if (c === "'") {
      at = text.indexOf("'", at + 1);
      if (at < 0) return true;
    } else if (c === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
      if (at >= text.length) return true;
    } else if (c === "#" && (at === 0 || /[\s;&|(]/.test(text[at - 1]!))) {
      while (at + 1 < text.length && text[at + 1] !== "\n") at++;
    } else if (c === "<" && text[at + 1] === "<" && text[at + 2] !== "<" && text[at - 1] !== "<") {
      const word = /^<<(-?)\s*(\\?["']?)([\w.-]+)["']?/.exec(text.slice(at));
      if (word !== null) {
        waiting.push({ end: word[3]!, indented: word[1] === "-" });
        at += word[0].length - 1;
      }
    } else if (c === "\n" && waiting.length > 0) {
      for (const { end, indented } of waiting.splice(0)) {
        const rest = text.slice(at + 1);
        const found = new RegExp(`^${indented ? "\\t*" : ""}${end.replace(/[.]/g, "\\.")}$`, "m").exec(rest);
        if (found === null) return true;
        at += found.index + found[0].length;
      }
    }
  }
  return waiting.length > 0;
}
